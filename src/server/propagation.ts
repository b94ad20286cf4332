import type { Word } from "../protocol/request_writer.ts";
import { RequestWriter } from "../protocol/request_writer.ts";
import type { Database } from "../store/database.ts";
import type { Client } from "./client.ts";
import type { Command } from "./command_table.ts";

/** For whom a command of the stream is: some, such as PUBLISH, change no data, and only replicas must have them; a script may choose. */
export type Audience = "everybody" | "replicas" | "log";

/**
 * Who reads the stream of effects: the append log, the replicas, a test. It hears
 * of all that one command, transaction or script has changed, at once, and never
 * of half of it.
 */
export interface EffectsReader {
  /** A log does not get what is for replicas alone. */
  readonly kind: "log" | "replicas";
  /**
   * The database that is selected at the end of what it was given; the stream
   * keeps it. Set it to -1 and SELECT comes first: for a reader that begins anew.
   */
  selectedDatabase: number;
  /** Takes whole command lines, RESP in `bytes` from `start` to `end`; what it keeps it must copy. */
  write(bytes: Uint8Array, start: number, end: number): void;
  /** The turn is over, its replies are about to leave. */
  turnEnded?(): void;
}

/** Commands that meet keys by chance: what expires meanwhile is not a part of what they do. */
const APART = new Set(["scan", "randomkey"]);

const SELECT = "SELECT";
const MULTI: readonly Word[] = ["MULTI"];
const EXEC: readonly Word[] = ["EXEC"];

/**
 * The one stream of effects: what must be run elsewhere to have the same data
 * there.
 *
 * A command that has changed something is propagated as it came, unless its
 * handler says otherwise: `rewrite()` for what is random, relative to the time or
 * to what was there (`SPOP` goes as `SREM`, `EXPIRE` as `PEXPIREAT`), `add()` and
 * `suppress()` for what takes several commands, `force()` for what changes no
 * data and matters all the same. Keys that expire or are evicted go as `DEL` or
 * `UNLINK`.
 *
 * What a command, a transaction or a script does is one unit, between `MULTI` and
 * `EXEC` if it is more than one command. While nobody reads, it costs a test of
 * `active` per command.
 */
export class Propagation {
  /** Whether anybody reads. */
  active = false;
  readonly #readers = new Set<EffectsReader>();
  /** The reader, if there is one and no other. */
  #onlyReader: EffectsReader | undefined = undefined;
  /** The commands of the unit, one behind the other. */
  readonly #unit = new RequestWriter();
  /** How many commands that is. */
  #count = 0;
  /** By command of the unit: where it ends, its database, and for whom it is. */
  readonly #ends: number[] = [];
  readonly #databases: number[] = [];
  readonly #audiences: Audience[] = [];
  /** A unit as a reader gets it, when that is more than its commands. */
  readonly #wrapped = new RequestWriter();
  /** What the command under way has said of itself. */
  #rewritten: readonly Word[] | undefined = undefined;
  #suppressed = false;
  #forced: Audience | undefined = undefined;
  #hasReplicas = false;
  /** For whom changes are: a script may keep what it does from some, or from all. */
  audience: Audience | "nobody" = "everybody";

  /** Whether a unit is under way of which the readers have not heard yet. */
  get hasPending(): boolean {
    return this.#count > 0;
  }

  /** Has `reader` hear of everything from now on. Call it between commands. */
  addReader(reader: EffectsReader): void {
    this.#readers.add(reader);
    this.#readersChanged();
  }

  removeReader(reader: EffectsReader): void {
    this.#readers.delete(reader);
    this.#readersChanged();
  }

  /** Does work of which nobody is to hear: what is loaded has been propagated before. */
  silently<T>(work: () => T): T {
    const { active } = this;
    this.active = false;
    try {
      return work();
    } finally {
      this.active = active;
    }
  }

  /** Has the command under way propagated as `words`, if it changes anything. */
  rewrite(...words: readonly Word[]): void {
    if (this.active) this.#rewritten = words;
  }

  /** Propagates `words` besides, before the command under way itself. */
  add(db: Database, ...words: readonly Word[]): void {
    if (!this.active || this.audience === "nobody") return;
    this.#unit.words(words);
    this.#added(db, this.audience);
  }

  /** Has the command under way not propagated itself, whatever it changes: what it does was added. */
  suppress(): void {
    this.#suppressed = this.active;
  }

  /** Has the command under way propagated even if it changes nothing. */
  force(audience: Audience = "everybody"): void {
    if (this.active) this.#forced = audience;
  }

  /** Propagates that a key expired or was evicted. */
  removed(db: Database, key: string, how: "DEL" | "UNLINK"): void {
    if (!this.active) return;
    this.#unit.words([how, key]);
    this.#added(db, "everybody");
  }

  /** Follows a command of `client` that ran, in vain or not; a nested one joins the unit of the one around it. */
  commandRan(
    client: Client,
    command: Command,
    changed: boolean,
    level: "top" | "nested",
  ): void {
    const audience = changed ? this.audience : this.#forced;
    if (
      audience !== undefined && audience !== "nobody" && !this.#suppressed &&
      (audience !== "replicas" || this.#hasReplicas)
    ) {
      if (this.#rewritten === undefined) this.#unit.args(client.args);
      else this.#unit.words(this.#rewritten);
      this.#added(client.db, audience);
    }
    this.#beginCommand();
    if (level === "top" && this.#count > 0) {
      const isApart = this.#count > 1 && APART.has(command.fullName);
      this.endUnit(isApart ? "apart" : "together");
    }
  }

  /** Follows a blocked client's operation that was tried again: only what its handler rewrote or added goes out. */
  retried(client: Client): void {
    if (this.#rewritten !== undefined) this.add(client.db, ...this.#rewritten);
    this.#beginCommand();
    this.endUnit("together");
  }

  /** Gives the readers what has gathered: as one unit, or as commands that have nothing to do with each other. */
  endUnit(how: "together" | "apart"): void {
    if (this.#count === 0) return;
    if (this.#onlyReader !== undefined) this.#give(this.#onlyReader, how);
    else for (const reader of this.#readers) this.#give(reader, how);
    this.#unit.clear();
    this.#count = 0;
  }

  /** Follows a turn. What still waits was removed between commands. */
  turnEnded(): void {
    this.endUnit("apart");
    for (const reader of this.#readers) reader.turnEnded?.();
  }

  #readersChanged(): void {
    this.active = this.#readers.size > 0;
    if (!this.active) this.#forget();
    const [first, ...others] = this.#readers;
    this.#onlyReader = others.length === 0 ? first : undefined;
    this.#hasReplicas = false;
    for (const { kind } of this.#readers) {
      if (kind === "replicas") this.#hasReplicas = true;
    }
  }

  /** Drops what has gathered: nobody is left to have it, and who comes later must not. */
  #forget(): void {
    this.#unit.clear();
    this.#count = 0;
    this.#beginCommand();
  }

  #beginCommand(): void {
    this.#rewritten = undefined;
    this.#suppressed = false;
    this.#forced = undefined;
  }

  #added(db: Database, audience: Audience): void {
    const i = this.#count++;
    this.#ends[i] = this.#unit.length;
    this.#databases[i] = db.index;
    this.#audiences[i] = audience;
  }

  #give(reader: EffectsReader, how: "together" | "apart"): void {
    const count = this.#count;
    if (
      count === 1 && reader.selectedDatabase === this.#databases[0] &&
      this.#isFor(reader, 0)
    ) return reader.write(this.#unit.bytes, 0, this.#unit.length);
    let begun = false;
    for (let i = 0; i < count; i++) {
      if (!this.#isFor(reader, i)) continue;
      this.#select(reader, this.#databases[i]!);
      if (!begun && count > 1 && how === "together") this.#wrapped.words(MULTI);
      begun = true;
      const start = i === 0 ? 0 : this.#ends[i - 1]!;
      this.#wrapped.append(this.#unit, start, this.#ends[i]!);
    }
    if (!begun) return;
    if (count > 1 && how === "together") this.#wrapped.words(EXEC);
    reader.write(this.#wrapped.bytes, 0, this.#wrapped.length);
    this.#wrapped.clear();
  }

  #isFor(reader: EffectsReader, i: number): boolean {
    return this.#audiences[i] ===
        (reader.kind === "replicas" ? "replicas" : "log") ||
      this.#audiences[i] === "everybody";
  }

  #select(reader: EffectsReader, database: number): void {
    if (reader.selectedDatabase === database) return;
    reader.selectedDatabase = database;
    this.#wrapped.words([SELECT, database]);
  }
}
