import type { Store } from "../store/store.ts";
import type { Database } from "../store/database.ts";
import { formatId } from "../store/values/stream_id.ts";
import {
  type ReadonlyStream,
  type ReadonlyValue,
  type StringValue,
  typeOf,
} from "../store/values/value.ts";

/** What strict mode remembers from before a command. */
export interface Checked {
  readonly announced: number;
  readonly digest: string;
}

/**
 * Checks, around every command, that data changed exactly if a change was
 * announced, and that no empty value was left behind. On in tests only: it looks
 * at the whole dataset each time. What it finds, and errors that no command
 * should throw, make the test fail in the end, whatever it looked at.
 */
export class StrictMode {
  /** The rules broken so far, and other errors that should not have happened. */
  readonly violations: Error[] = [];
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  before(): Checked {
    return { announced: this.#store.announced, digest: this.#digest() };
  }

  /** Returns the rule that was broken since `before` by what `name` names, if any. */
  after(before: Checked, name: string): Error | undefined {
    const broken = this.#brokenRule(before);
    return broken === undefined ? undefined : new Error(`${name} ${broken}`);
  }

  #brokenRule(before: Checked): string | undefined {
    for (const { keyspace } of this.#store.databases) {
      for (let slot = 0; slot < keyspace.size; slot++) {
        const value = keyspace.value(slot);
        if (isEmpty(value)) {
          return `left an empty ${typeOf(value)} at ${keyspace.key(slot)}`;
        }
      }
    }
    const silent = this.#store.announced === before.announced;
    return silent && this.#digest() !== before.digest
      ? "changed data and did not announce it"
      : undefined;
  }

  #digest(): string {
    return this.#store.databases.map((db) => digestOf(db)).join("");
  }
}

function digestOf(db: Database): string {
  const { keyspace } = db;
  const lines: string[] = [];
  for (let slot = 0; slot < keyspace.size; slot++) {
    lines.push(
      `${keyspace.key(slot)} ${keyspace.expiries.at(slot)} ${
        shown(keyspace.value(slot))
      }`,
    );
  }
  return `${db.index}:${lines.sort().join("\n")}\n`;
}

function isEmpty(value: ReadonlyValue): boolean {
  const type = typeOf(value);
  return type !== "string" && type !== "stream" && value.length === 0;
}

/** Long values stand for themselves by length and ends, to keep tests of large ones quick. */
function shown(value: ReadonlyValue): string {
  if (typeof value === "string" || value.type === "string") {
    return abridged(value);
  }
  if (value.type === "stream") return shownStream(value);
  if (value.length > 256) {
    const [first] = value;
    return `${value.length} ${first}`;
  }
  return JSON.stringify([...value]);
}

function shownStream(stream: ReadonlyStream): string {
  const { entriesAdded, first, groups, last, lastId, length } = stream;
  const entries = length > 256 ? [first, last] : [...stream];
  const pending = groups.map((group) => [
    group.name,
    formatId(group.lastId),
    `${group.entriesRead}`,
    ...Array.from(
      group.pending,
      (entry) =>
        `${
          formatId(entry)
        } ${entry.consumer.name} ${entry.deliveredAt} ${entry.deliveries}`,
    ),
    ...group.consumers.map(({ name, seenAt }) => `${name} ${seenAt}`),
  ]);
  const shown = entries.map((entry) => [formatId(entry!), ...entry!.fields]);
  return `${length} ${formatId(lastId)} ${entriesAdded} ${
    formatId(stream.maxDeletedId)
  } ${JSON.stringify([shown, pending])}`;
}

function abridged(text: StringValue): string {
  const { length } = text;
  return length <= 128
    ? text.slice(0, length)
    : `${length} ${text.slice(0, 64)}…${text.slice(length - 64, length)}`;
}
