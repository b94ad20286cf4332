/** Where a command stood that was denied. */
export type DenialContext = "toplevel" | "multi" | "lua";

/** What was denied to whom, and how often. */
export interface LoggedDenial {
  readonly reason: "command" | "key" | "channel" | "auth";
  readonly context: DenialContext;
  /** The command, key or channel that was asked for. */
  readonly object: string;
  readonly username: string;
  count: number;
  /** Unix time in milliseconds of the last time. */
  time: number;
  /** The client's line of CLIENT LIST, of the last time. */
  client: string;
}

/** What happens again within this many milliseconds is one entry. */
const TOGETHER_MS = 60_000;
/** So many of the newest entries are looked through for one that is alike. */
const LOOKED_THROUGH = 10;

/** What users were denied: ACL LOG. */
export class DenialLog {
  /** The newest first. */
  #entries: LoggedDenial[] = [];

  /** Notes a denial; of all entries the newest `limit` stay. */
  add(denial: Omit<LoggedDenial, "count">, limit: number): void {
    const { time, client } = denial;
    const at = this.#entries.slice(0, LOOKED_THROUGH).findIndex((each) =>
      each.reason === denial.reason && each.context === denial.context &&
      Math.abs(time - each.time) <= TOGETHER_MS &&
      each.object === denial.object && each.username === denial.username
    );
    if (at < 0) {
      this.#entries.unshift({ ...denial, count: 1 });
      if (this.#entries.length > limit) this.#entries.length = limit;
      return;
    }
    const [known] = this.#entries.splice(at, 1);
    this.#entries.unshift({
      ...known!,
      time,
      client,
      count: known!.count + 1,
    });
  }

  /** Returns up to `count` entries, the newest first. */
  newest(count: number): readonly LoggedDenial[] {
    return this.#entries.slice(0, count);
  }

  reset(): void {
    this.#entries = [];
  }
}
