import type { Store } from "../store/store.ts";
import type { Database } from "../store/database.ts";
import type { ReadonlyValue, StringValue } from "../store/values/value.ts";

/** What strict mode remembers from before a command. */
export interface Checked {
  readonly announced: number;
  readonly digest: string;
}

/**
 * Checks, around every command, that data changed exactly if a change was
 * announced, and that no empty value was left behind. On in tests only: it looks
 * at the whole dataset each time.
 */
export class StrictMode {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  before(): Checked {
    return { announced: this.#store.announced, digest: this.#digest() };
  }

  /** Throws when the command broke a rule. */
  after(before: Checked, command: string): void {
    const digest = this.#digest();
    if (
      digest !== before.digest && this.#store.announced === before.announced
    ) {
      throw new Error(`${command} changed data and did not announce it`);
    }
  }

  #digest(): string {
    return this.#store.databases.map((db) => digestOf(db)).join("");
  }
}

function digestOf(db: Database): string {
  const { keyspace } = db;
  const lines: string[] = [];
  for (let slot = 0; slot < keyspace.size; slot++) {
    const value = keyspace.value(slot);
    if (
      typeof value !== "string" && value.type !== "string" && value.length === 0
    ) {
      throw new Error(`An empty ${value.type} was left behind`);
    }
    lines.push(
      `${keyspace.key(slot)} ${keyspace.expiries.at(slot)} ${shown(value)}`,
    );
  }
  return `${db.index}:${lines.sort().join("\n")}\n`;
}

/** Long values stand for themselves by length and ends, to keep tests of large ones quick. */
function shown(value: ReadonlyValue): string {
  if (typeof value === "string" || value.type === "string") {
    return abridged(value);
  }
  if (value.length > 256) {
    return `${value.length} ${value.at(0)} ${value.at(-1)}`;
  }
  return JSON.stringify([...value]);
}

function abridged(text: StringValue): string {
  const { length } = text;
  return length <= 128
    ? text.slice(0, length)
    : `${length} ${text.slice(0, 64)}…${text.slice(length - 64, length)}`;
}
