import type { Args } from "../protocol/args.ts";
import type { Client } from "./client.ts";
import type { Command } from "./command_table.ts";
import { shownArgument, unshownArguments } from "./shown_arguments.ts";

/** Most arguments that an entry keeps; the last then says how many there were more. */
const MAX_ARGUMENTS = 32;
/** Most bytes of an argument that an entry keeps. */
const MAX_LENGTH = 128;

/** A command that took its time. */
export interface SlowCommand {
  readonly id: number;
  /** Unix time in seconds of its end. */
  readonly time: number;
  readonly microseconds: number;
  /** Shortened as the limits of an entry ask, without secrets. */
  readonly args: readonly string[];
  readonly address: string;
  readonly clientName: string;
}

/** The commands that took longer than `slowlog-log-slower-than`: SLOWLOG. */
export class SlowLog {
  /** The oldest first. */
  #entries: SlowCommand[] = [];
  #nextId = 0;

  /** Number of entries. */
  get length(): number {
    return this.#entries.length;
  }

  /** Returns up to `count` entries, the newest first. */
  newest(count: number): readonly SlowCommand[] {
    const { length } = this.#entries;
    return this.#entries.slice(Math.max(0, length - count)).reverse();
  }

  /** Notes the command in `client.args`; of all entries the newest `limit` stay. */
  add(
    client: Client,
    command: Command,
    microseconds: number,
    limit: number,
  ): void {
    this.#entries.push({
      id: this.#nextId++,
      time: Math.floor(client.server.clock.now() / 1000),
      microseconds,
      args: shortened(client.args, unshownArguments(command, client.args)),
      address: client.transport?.address ?? "?:0",
      clientName: client.name,
    });
    this.trim(limit);
  }

  /** Drops the oldest entries beyond `limit`. */
  trim(limit: number): void {
    const surplus = this.#entries.length - limit;
    if (surplus === 1) this.#entries.shift();
    else if (surplus > 0) this.#entries = this.#entries.slice(surplus);
  }

  /** Drops all entries; numbers go on from where they are. */
  reset(): void {
    this.#entries = [];
  }
}

function shortened(args: Args, hidden: readonly number[]): string[] {
  const count = Math.min(args.length, MAX_ARGUMENTS);
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const surplus = args.length - i;
    if (i === count - 1 && surplus > 1) {
      words.push(`... (${surplus} more arguments)`);
      break;
    }
    const word = shownArgument(args, i, hidden, MAX_LENGTH);
    const more = hidden.includes(i) ? 0 : args.size(i) - MAX_LENGTH;
    words.push(more > 0 ? `${word}... (${more} more bytes)` : word);
  }
  return words;
}
