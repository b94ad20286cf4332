import type { Args } from "../protocol/args.ts";
import { SYNTAX_ERROR } from "../protocol/command_error.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import type { PackedValue } from "../store/packed.ts";
import { List } from "../store/values/list.ts";

/** An end of a list: LEFT and RIGHT on the wire. */
export type ListEnd = "head" | "tail";

/** Returns the end that argument `i` names; throws SYNTAX_ERROR when it names none. */
export function readEnd(args: Args, i: number): ListEnd {
  if (args.is(i, "LEFT")) return "head";
  if (args.is(i, "RIGHT")) return "tail";
  throw SYNTAX_ERROR;
}

/** Takes the element at an end of a list, which has one. */
export function popAt(list: List, end: ListEnd): string {
  return (end === "head" ? list.popHead() : list.popTail())!;
}

/** Puts an element at an end of a list. */
export function pushAt(list: List, end: ListEnd, element: string): void {
  if (end === "head") list.pushHead(element);
  else list.pushTail(element);
}

/** Returns the event of elements that come at an end. */
export function pushEvent(end: ListEnd): KeyEvent {
  return end === "head" ? Events.lpush : Events.rpush;
}

/** Returns the event of elements that go at an end. */
export function popEvent(end: ListEnd): KeyEvent {
  return end === "head" ? Events.lpop : Events.rpop;
}

/** Takes the element at an end of a list, which has one, and replies with it. */
export function replyWithTaken(
  reply: ReplyWriter,
  list: List | PackedValue,
  end: ListEnd,
): void {
  if (list instanceof List) return reply.bulk(popAt(list, end));
  const at = end === "head" ? list.first : list.place(list.length - 1);
  reply.bulkRange(list.element(at));
  list.remove(at, 1);
}
