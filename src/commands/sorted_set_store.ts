import type { Call } from "../server/command.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import type { SortedSet } from "../store/values/sorted_set.ts";

/** Puts the result of a command at `key`, whatever was there, and replies with its length; an empty one removes the key. */
export function storeSortedSet(
  { db, reply }: Call,
  key: string,
  result: SortedSet,
  event: KeyEvent,
): void {
  if (result.length > 0) {
    db.putMembers(key, result);
    db.changed(key, event);
  } else if (db.delete(key)) db.changed(key, Events.del);
  reply.integer(result.length);
}
