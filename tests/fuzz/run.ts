/** One client's commands on both servers. */
import { encodingOf } from "../../src/commands/object.ts";
import type { Server } from "../../src/server/server.ts";
import type { Clock, Timer } from "../../src/store/clock.ts";
import type { Reply } from "../helpers/reply.ts";
import { equivalent, parseReply, ruleOf, textsOf } from "./equivalence.ts";
import type { InsideClient } from "./inside_client.ts";
import { type Line, request } from "./wire.ts";

/** What the two servers said, where that differs. */
export interface Said {
  readonly ours: string;
  readonly theirs: string;
}

/** A clock that is set to the time at which redis-server ran a command; nothing happens on it by itself. */
export class FollowingClock implements Clock {
  ms = Date.now();

  now(): number {
    return this.ms;
  }

  monotonic(): number {
    return this.ms;
  }

  after(): Timer {
    return { cancel: () => {} };
  }

  sleepSync(): void {}
}

/** The commands of one client of ours, compared one by one with the replies of redis-server. */
export class Run {
  readonly #server: Server;
  readonly #client: InsideClient;
  readonly #clock: FollowingClock;
  /** The lines since MULTI. */
  #queue: Line[] = [];
  /** Whether what was a table may be a listpack by now, in the order that the table happened to have. */
  #reloaded = false;

  constructor(server: Server, client: InsideClient, clock: FollowingClock) {
    this.#server = server;
    this.#client = client;
    this.#clock = clock;
  }

  step(line: Line, theirs: string): Said | undefined {
    const name = line[0]!.toLowerCase();
    if (name === "debug" && /^reload$/i.test(line[1] ?? "")) {
      this.#reloaded = true;
    }
    if (/^(xadd|exec|eval)$/.test(name)) this.#follow(theirs);
    const ours = this.#client.ask(request(line));
    const queue = this.#queue;
    if (theirs === "+QUEUED\r\n") queue.push(line);
    if (theirs === "+OK\r\n" && name === "multi") this.#queue = [];
    if (ours === theirs) return undefined;
    const rule = ruleOf(line);
    if (rule === "exact" && name !== "exec") return { ours, theirs };
    const reply = parseReply(ours), expected = parseReply(theirs);
    const same = name === "exec"
      ? sameResults(queue, reply, expected)
      : equivalent(rule, reply, expected) && !this.#hasOrder(line);
    if (!same) return { ours, theirs };
    if (name === "spop" && rule === "choice") {
      this.#takeOver(line[1]!, reply, expected);
    }
    return undefined;
  }

  /** Sets the clock so that the new id of a stream comes out as theirs. */
  #follow(theirs: string): void {
    const ms = Number(/\$\d+\r\n(\d{13})-/.exec(theirs)?.[1]);
    if (Math.abs(ms - Date.now()) < 60_000) this.#clock.ms = ms;
  }

  /** Whether the order of a reply matters after all: the elements are in a listpack or an intset, which have one. */
  #hasOrder([name, key]: Line): boolean {
    if (
      this.#reloaded ||
      !/^(hgetall|hkeys|hvals|smembers|[hsz]scan)$/i.test(name!)
    ) return false;
    const { databases } = this.#server.store;
    const value = databases[this.#client.database]!.peek(key!);
    return value !== undefined &&
      /^(listpack|intset)$/.test(encodingOf(value));
  }

  /** Has our set lose the members that theirs has lost. */
  #takeOver(key: string, ours: Reply, theirs: Reply): void {
    const back = textsOf(ours), gone = textsOf(theirs);
    if (back.length === 0) return;
    this.#client.ask(request(["SADD", key, ...back]));
    this.#client.ask(request(["SREM", key, ...gone]));
  }
}

/** Whether EXEC had the same results, each compared as the reply to its own command. */
function sameResults(
  queue: readonly Line[],
  ours: Reply,
  theirs: Reply,
): boolean {
  if (!("items" in ours && "items" in theirs)) return false;
  return ours.items.length === theirs.items.length &&
    ours.items.every((item, i) =>
      equivalent(ruleOf(queue[i] ?? ["?"]), item, theirs.items[i]!)
    );
}
