import type { ReplyWriter } from "../protocol/reply.ts";
import { type LuaMemory, LuaType } from "./lua_state.ts";

/** Values that a call of a C function may have on the stack; Redis converts results on it. */
const MAX_STACK = 8000;
const STACK_LIMIT = "ERR reached lua stack limit";

/** The strings by which tables are told apart, as Lua holds them. */
export type FieldNames = Readonly<
  Record<
    | "err"
    | "ok"
    | "double"
    | "big_number"
    | "verbatim_string"
    | "format"
    | "string"
    | "map"
    | "set"
    | "ignore_error_stats_update",
    number
  >
>;

/** What of a script decides how its results are written. */
export interface ReplyContext {
  readonly memory: LuaMemory;
  readonly names: FieldNames;
  /** Whether the script has chosen RESP3, where booleans are themselves. */
  readonly booleans: boolean;
  /** Writes an error, and counts it unless it has been. */
  readonly error: (line: string, counted: boolean) => void;
}

/** Writes a Lua value as a reply. `height` is the place that it has on Redis's Lua stack, which limits how deep tables may lie in each other. */
export function writeValue(
  context: ReplyContext,
  reply: ReplyWriter,
  value: number,
  height = 2,
): void {
  if (height + 4 > MAX_STACK) return context.error(STACK_LIMIT, false);
  const { memory } = context;
  switch (value === 0 ? LuaType.nil : memory.type(value)) {
    case LuaType.string:
      return writeString(memory, reply, memory.object(value));
    case LuaType.number:
      return reply.integer(toInt64(memory.number(value)));
    case LuaType.boolean: {
      const yes = memory.boolean(value);
      if (context.booleans) return reply.boolean(yes);
      return yes ? reply.integer(1) : reply.null();
    }
    case LuaType.table:
      return writeTable(context, reply, memory.object(value), height);
    default:
      return reply.null();
  }
}

function writeString(
  memory: LuaMemory,
  reply: ReplyWriter,
  string: number,
): void {
  const begin = memory.stringBegin(string);
  const end = begin + memory.stringLength(string);
  reply.bulkBytes(memory.bytes.subarray(begin, end));
}

function writeTable(
  context: ReplyContext,
  reply: ReplyWriter,
  table: number,
  height: number,
): void {
  const { memory } = context;
  if (!memory.hasNoFields(table) && writeNamed(context, reply, table, height)) {
    return;
  }
  let count = 0;
  while (!isNil(memory, memory.item(table, count + 1))) count++;
  reply.array(count);
  for (let i = 1; i <= count; i++) {
    writeValue(context, reply, memory.item(table, i), height + 1);
  }
}

/** Writes a table that stands for something else than an array; returns whether it does. */
function writeNamed(
  context: ReplyContext,
  reply: ReplyWriter,
  table: number,
  height: number,
): boolean {
  const { memory, names } = context;
  const field = (
    name: keyof FieldNames,
    type: number,
    of = table,
  ): number | undefined => {
    const value = memory.field(of, names[name]);
    return value !== 0 && memory.type(value) === type ? value : undefined;
  };
  const text = (value: number) => memory.text(memory.object(value));

  const error = field("err", LuaType.string);
  if (error !== undefined) {
    const ignored = field("ignore_error_stats_update", LuaType.boolean);
    const counted = ignored !== undefined && memory.boolean(ignored);
    context.error(text(error), counted);
    return true;
  }
  const status = field("ok", LuaType.string);
  if (status !== undefined) {
    reply.status(text(status).replace(/[\r\n]/g, " "));
    return true;
  }
  const double = field("double", LuaType.number);
  if (double !== undefined) {
    reply.double(memory.number(double));
    return true;
  }
  const big = field("big_number", LuaType.string);
  if (big !== undefined) {
    reply.bigNumber(memory.string(memory.object(big)).replace(/[\r\n]/g, " "));
    return true;
  }
  const verbatim = field("verbatim_string", LuaType.table);
  if (verbatim !== undefined) {
    const of = memory.object(verbatim);
    const format = field("format", LuaType.string, of);
    const string = field("string", LuaType.string, of);
    if (format !== undefined && string !== undefined) {
      const bytes = memory.string(memory.object(string));
      reply.verbatim(text(format).padEnd(3, "\0").slice(0, 3), bytes);
      return true;
    }
  }
  const map = field("map", LuaType.table);
  if (map !== undefined) {
    const entries = entriesOf(memory, memory.object(map));
    reply.map(entries.length);
    for (const { value, key } of entries) {
      writeKey(context, reply, key, height + 4);
      writeValue(context, reply, value, height + 3);
    }
    return true;
  }
  const set = field("set", LuaType.table);
  if (set !== undefined) {
    const entries = entriesOf(memory, memory.object(set));
    reply.set(entries.length);
    for (const { key } of entries) writeKey(context, reply, key, height + 3);
    return true;
  }
  return false;
}

function entriesOf(
  memory: LuaMemory,
  table: number,
): { readonly value: number; readonly key: number }[] {
  const entries: { value: number; key: number }[] = [];
  memory.entries(table, (value, key) => entries.push({ value, key }));
  return entries;
}

/** Writes a key, or the index for which a negative number stands. */
function writeKey(
  context: ReplyContext,
  reply: ReplyWriter,
  key: number,
  height: number,
): void {
  if (key < 0) reply.integer(-key);
  else writeValue(context, reply, key, height);
}

function isNil(memory: LuaMemory, value: number): boolean {
  return value === 0 || memory.type(value) === LuaType.nil;
}

/** Converts as C does on the machines that Redis runs on: towards zero, and what is out of range to the smallest integer. */
function toInt64(n: number): number | bigint {
  const whole = Math.trunc(n);
  if (Number.isSafeInteger(whole)) return whole === 0 ? 0 : whole;
  if (!(Math.abs(whole) < 2 ** 63)) return -(2n ** 63n);
  return BigInt(whole);
}
