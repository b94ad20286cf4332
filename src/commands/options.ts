/** Options that commands of several families share: when a key expires. */
import type { Args } from "../protocol/args.ts";
import { invalidExpireTime, SYNTAX_ERROR } from "../protocol/command_error.ts";
import { type Int64, INT64_MAX, INT64_MIN } from "../protocol/integer.ts";
import type { Server } from "../server/server.ts";
import type { Database } from "../store/database.ts";
import { Events } from "../store/events.ts";

/** How a time is given: in which unit, and counted from when. */
export interface TimeForm {
  readonly unit: "seconds" | "milliseconds";
  readonly from: "now" | "epoch";
}

/** The forms of time by the words that announce them; EXPIRE and its kin use them too. */
export const TimeForms = {
  EX: { unit: "seconds", from: "now" },
  PX: { unit: "milliseconds", from: "now" },
  EXAT: { unit: "seconds", from: "epoch" },
  PXAT: { unit: "milliseconds", from: "epoch" },
} as const satisfies Record<string, TimeForm>;

/** What a command line says about the expiry of its key. */
export type ExpiryChoice = keyof typeof TimeForms | "KEEPTTL" | "PERSIST";

/**
 * Collects the expiry options of a command line. They exclude each other; the
 * same one may be said again, and then the last one counts.
 */
export class ExpiryOption {
  choice: ExpiryChoice | undefined = undefined;
  /** The argument that holds the time; read with `expireTime()` when the command gets to it. */
  timeAt = 0;

  /**
   * Takes the option at argument `i` if it is about expiry; `besides` is the one
   * that the command knows beyond those with a time. Returns how many arguments
   * it took: 0 when it is something else. Throws when another was chosen before
   * or the time is missing.
   */
  take(args: Args, i: number, besides: "KEEPTTL" | "PERSIST"): 0 | 1 | 2 {
    if (args.is(i, besides)) {
      this.#choose(besides);
      return 1;
    }
    const word = timeWordAt(args, i);
    if (word === undefined) return 0;
    this.#choose(word);
    if (i + 1 >= args.length) throw SYNTAX_ERROR;
    this.timeAt = i + 1;
    return 2;
  }

  /** Returns when the key is to expire in unix milliseconds, or `undefined` when no time was given. */
  expiresAt(args: Args, now: number, command: string): Int64 | undefined {
    const { choice } = this;
    if (
      choice === undefined || choice === "KEEPTTL" || choice === "PERSIST"
    ) return undefined;
    return expireTime(args, this.timeAt, TimeForms[choice], now, command);
  }

  #choose(choice: ExpiryChoice): void {
    if (this.choice !== undefined && this.choice !== choice) throw SYNTAX_ERROR;
    this.choice = choice;
  }
}

/**
 * Returns argument `i` as a time in unix milliseconds, which must be positive, as
 * SET and GETEX want it. `command` is named in the error. What leaves 64 bits
 * is an error.
 */
export function expireTime(
  args: Args,
  i: number,
  form: TimeForm,
  now: number,
  command: string,
): Int64 {
  const time = args.integer(i);
  if (time <= 0) throw invalidExpireTime(command);
  return anyExpireTime(args, i, form, now, command);
}

/** Like `expireTime()`, but times that are over, zero and negative ones are fine: EXPIRE's rule. */
export function anyExpireTime(
  args: Args,
  i: number,
  { unit, from }: TimeForm,
  now: number,
  command: string,
): Int64 {
  const origin = from === "now" ? now : 0;
  const factor = unit === "seconds" ? 1000 : 1;
  const time = args.int64(i);
  const near = Number(time) * factor + origin;
  if (Number.isSafeInteger(near)) return near;
  const scaled = BigInt(time) * BigInt(factor);
  if (scaled > INT64_MAX || scaled < INT64_MIN) {
    throw invalidExpireTime(command);
  }
  const expiresAt = scaled + BigInt(origin);
  if (expiresAt > INT64_MAX) throw invalidExpireTime(command);
  return expiresAt;
}

/** Removes a key that was given an expiry that is over. */
export function expireAtOnce(
  { config, propagation }: Server,
  db: Database,
  key: string,
): void {
  db.delete(key);
  db.changed(key, Events.del);
  const lazily = config.values["lazyfree-lazy-expire"];
  propagation.rewrite(lazily ? "UNLINK" : "DEL", key);
}

function timeWordAt(args: Args, i: number): keyof typeof TimeForms | undefined {
  if (args.is(i, "EX")) return "EX";
  if (args.is(i, "PX")) return "PX";
  if (args.is(i, "EXAT")) return "EXAT";
  if (args.is(i, "PXAT")) return "PXAT";
  return undefined;
}
