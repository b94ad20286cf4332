/** The two servers under the same commands: one in this process, one redis-server. */
import { encodingOf } from "../../src/commands/object.ts";
import { createServer } from "../../src/mod.ts";
import type { Server } from "../../src/server/server.ts";
import type { Clock, Timer } from "../../src/store/clock.ts";
import { SeededRandom } from "../../src/store/random.ts";
import { formatReply, type Protocol, type Reply } from "../helpers/reply.ts";
import { ReplyParser } from "../helpers/reply_parser.ts";
import { MemoryFiles } from "../persistence/memory_files.ts";
import { equivalent, parseReply, ruleOf } from "./equivalence.ts";
import { InsideClient } from "./inside_client.ts";
import { type Line, request, WireClient } from "./wire.ts";

/** Commands between two looks at the data. */
const BETWEEN_LOOKS = 250;
/** The channels of keyspace notifications. */
const MESSAGES = "__key*__:*";

/** Commands to be run on both servers, from empty databases on. */
export interface Scenario {
  readonly protocol: Protocol;
  /** Parameters by name, in both servers. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * Whether keyspace notifications and the statistics of commands are compared as well, which SPOP and its
   * like would make differ.
   */
  readonly counted: boolean;
  readonly lines: readonly Line[];
}

/** Where the two servers part. */
export interface Difference {
  /** Index of the line at fault, or of the last one before the look that found the difference. */
  readonly index: number;
  readonly what: "reply" | "data" | "messages" | "statistics";
  readonly ours: string;
  readonly theirs: string;
}

/** A clock that is set to the time at which redis-server ran a command; nothing happens on it by itself. */
class FollowingClock implements Clock {
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

/** The parameters of any scenario, as they are where it does not say otherwise. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "hash-max-listpack-entries": "512",
  "hash-max-listpack-value": "64",
  "set-max-intset-entries": "512",
  "zset-max-listpack-entries": "128",
  "zset-max-listpack-value": "64",
  "list-max-listpack-size": "-2",
  "hll-sparse-max-bytes": "3000",
  "stream-node-max-bytes": "4096",
  "stream-node-max-entries": "100",
};

/** Runs scenarios and says where the two servers differ. */
export class Arena {
  readonly #port: number;
  readonly #strict: boolean;

  /** `port` is redis-server's; `strict` has every command of ours checked against the rules of the store. */
  constructor(port: number, strict = false) {
    this.#port = port;
    this.#strict = strict;
  }

  /** Returns the first difference, if there is any. */
  async run(scenario: Scenario): Promise<Difference | undefined> {
    const clock = new FollowingClock();
    const server = createServer({
      clock,
      random: new SeededRandom(1),
      strict: this.#strict,
      files: new MemoryFiles(),
      config: { save: [], "enable-debug-command": "yes" },
    });
    try {
      return await this.#compare(scenario, server, clock);
    } finally {
      server.stop();
    }
  }

  async #compare(
    scenario: Scenario,
    server: Server,
    clock: FollowingClock,
  ): Promise<Difference | undefined> {
    using admin = await WireClient.connect(this.#port);
    const ourAdmin = new InsideClient(server);
    const { counted, protocol, settings } = scenario;
    const first: Line[] = [
      ["FLUSHALL"],
      [
        "CONFIG",
        "SET",
        ...Object.entries({ ...DEFAULTS, ...settings }).flat(),
        "notify-keyspace-events",
        counted ? "KEAmn" : "",
      ],
      // What is over goes when somebody looks, on both sides, and not at a time of the server's own.
      ["DEBUG", "SET-ACTIVE-EXPIRE", "0"],
      ["CONFIG", "RESETSTAT"],
    ];
    await admin.exchange(first);
    for (const line of first) ourAdmin.ask(request(line));
    using theirs = await WireClient.connect(this.#port);
    using theirEar = await WireClient.connect(this.#port);
    const ears = new InsideClient(server);
    if (counted) {
      await theirEar.exchange([["PSUBSCRIBE", MESSAGES]]);
      ears.ask(request(["PSUBSCRIBE", MESSAGES]));
    }
    const ours = new InsideClient(server);
    if (protocol === 3) {
      await theirs.exchange([["HELLO", "3"]]);
      ours.ask(request(["HELLO", "3"]));
    }
    const run = new Run(server, ours, clock);
    const { lines } = scenario;
    for (let begin = 0; begin < lines.length; begin += BETWEEN_LOOKS) {
      const batch = lines.slice(begin, begin + BETWEEN_LOOKS);
      const replies = await theirs.exchange(batch);
      clock.ms = Date.now();
      for (const [i, line] of batch.entries()) {
        const difference = run.step(line, replies[i]!);
        if (difference !== undefined) {
          return { index: begin + i, what: "reply", ...difference };
        }
      }
      const index = begin + batch.length - 1;
      if (counted) {
        const heard = await theirEar.readUpTo(`end${begin}`);
        const messages = ears.take();
        const difference = messages === heard
          ? undefined
          : differentMessage(messages, heard);
        if (difference !== undefined) {
          return { index, what: "messages", ...difference };
        }
      }
      const found = await look(server, ourAdmin, admin);
      if (found !== undefined) return { index, what: "data", ...found };
    }
    if (!counted) return undefined;
    const difference = await statistics(ourAdmin, admin);
    return difference &&
      { index: lines.length - 1, what: "statistics", ...difference };
  }
}

/** What the two servers said, where that differs. */
type Said = Pick<Difference, "ours" | "theirs">;

/** The commands of one client of ours, compared one by one with the replies of redis-server. */
class Run {
  readonly #server: Server;
  readonly #client: InsideClient;
  readonly #clock: FollowingClock;
  /** The lines since MULTI. */
  #queue: Line[] = [];

  constructor(server: Server, client: InsideClient, clock: FollowingClock) {
    this.#server = server;
    this.#client = client;
    this.#clock = clock;
  }

  step(line: Line, theirs: string): Said | undefined {
    const name = line[0]!.toLowerCase();
    if (name === "xadd" || name === "exec") this.#follow(theirs);
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
    if (!/^(hgetall|hkeys|hvals|smembers|[hsz]scan)$/i.test(name!)) {
      return false;
    }
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

function textsOf(reply: Reply): string[] {
  if (reply.type === "bulk") return [reply.text];
  return "items" in reply ? reply.items.flatMap(textsOf) : [];
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

/** Compares the data: all values through DEBUG DIGEST, then each key's type, encoding, expiry and stream groups. */
async function look(
  server: Server,
  ours: InsideClient,
  theirs: WireClient,
): Promise<Said | undefined> {
  const lines: Line[] = [];
  for (const db of server.store.databases) {
    // SCAN removes what is over, which the digest would still count in one of them.
    lines.push(["SELECT", String(db.index)], ["SCAN", "0", "COUNT", "10000"]);
    lines.push(["DBSIZE"]);
    if (db.size === 0) continue;
    for (const key of db.keys()) {
      lines.push(
        ["DEBUG", "DIGEST-VALUE", key],
        ["TYPE", key],
        ["OBJECT", "ENCODING", key],
        ["PEXPIRETIME", key],
        ["XINFO", "STREAM", key, "FULL"],
      );
    }
  }
  lines.push(["SELECT", "0"], ["DEBUG", "DIGEST"]);
  const expected = await theirs.exchange(lines);
  for (const [i, line] of lines.entries()) {
    const reply = ours.ask(request(line));
    if (reply === expected[i]) continue;
    const known = parseReply(reply), wanted = parseReply(expected[i]!);
    const rule = line[0] === "SCAN" ? "scan" : "timed";
    if (equivalent(rule, known, wanted)) continue;
    const shown = line.join(" ");
    return {
      ours: `${shown}: ${formatReply(known)}`,
      theirs: `${shown}: ${formatReply(wanted)}`,
    };
  }
  return undefined;
}

async function statistics(
  ours: InsideClient,
  theirs: WireClient,
): Promise<Said | undefined> {
  for (const section of ["commandstats", "errorstats", "stats"]) {
    const line = ["INFO", section];
    const [expected] = await theirs.exchange([line]);
    const reply = ours.ask(request(line));
    const difference = firstDifference(countsOf(reply), countsOf(expected!));
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** The lines of INFO that count what commands did, in order, without the times that they took. */
function countsOf(info: string): string[] {
  return info.split("\r\n")
    .filter((line) => /^(cmdstat_|errorstat_|keyspace_)/.test(line))
    .filter((line) => !/^cmdstat_(info|hello|psubscribe|ping)/.test(line))
    .map((line) => line.replace(/,usec=.*usec_per_call=[\d.]+/, ""))
    .sort();
}

function firstDifference(
  ours: readonly string[],
  theirs: readonly string[],
): Said | undefined {
  const only = (these: readonly string[], those: readonly string[]) =>
    these.filter((each) => !those.includes(each)).slice(0, 3).join(" ");
  const difference = { ours: only(ours, theirs), theirs: only(theirs, ours) };
  return difference.ours + difference.theirs === "" ? undefined : difference;
}

/** The first message that differs, with its neighbours. */
function differentMessage(ours: string, theirs: string): Said | undefined {
  const mine = messagesOf(ours), yours = messagesOf(theirs);
  const at = mine.findIndex((each, i) => each !== yours[i]);
  if (at < 0 && mine.length === yours.length) return undefined;
  const near = (messages: readonly string[]) =>
    messages.slice(Math.max(0, at < 0 ? mine.length - 1 : at - 1))
      .slice(0, 4).join("; ");
  return { ours: near(mine), theirs: near(yours) };
}

/** What is said of keys, in order; keys that are one after the other found missing or over may be so in any order: SORT and SCAN go through tables. */
function messagesOf(raw: string): string[] {
  const messages: string[] = [];
  let gone: string[] = [];
  for (const { reply } of new ReplyParser().feed(raw)) {
    const [, , channel = "", message = ""] = textsOf(reply);
    const text = `${channel} ${message}`;
    if (/keymiss|expired/.test(text)) gone.push(text);
    else {
      messages.push(...gone.sort(), text);
      gone = [];
    }
  }
  return [...messages, ...gone.sort()];
}
