/** The two servers under the same commands: one in this process, one redis-server. */
import { createServer } from "../../src/mod.ts";
import type { Server } from "../../src/server/server.ts";
import { SeededRandom } from "../../src/store/random.ts";
import type { Protocol } from "../helpers/reply.ts";
import { MemoryFiles } from "../persistence/memory_files.ts";
import { InsideClient } from "./inside_client.ts";
import { Listener, type Subject } from "./listener.ts";
import { FollowingClock, Run, type Said } from "./run.ts";
import { exchanged, look, statistics } from "./state.ts";
import { type Line, request, WireClient } from "./wire.ts";

/** Commands between two looks at the data. */
const BETWEEN_LOOKS = 250;
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
  /** What the commands are tracked for in a scenario that is counted: to tell a client of the keys that it has read, or of all. */
  readonly tracking?: "invalidations" | "broadcasts";
  readonly lines: readonly Line[];
}

/** Where the two servers part. */
export interface Difference extends Said {
  /** Index of the line at fault, or of the last one before the look that found the difference. */
  readonly index: number;
  readonly what: "reply" | "data" | "messages" | "statistics";
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
    await server.scripts.loadEngine();
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
    const ours = new InsideClient(server);
    if (protocol === 3) {
      await theirs.exchange([["HELLO", "3"]]);
      ours.ask(request(["HELLO", "3"]));
    }
    using listeners = new DisposableStack();
    const heard: Listener[] = [];
    for (const subject of counted ? subjectsOf(scenario) : []) {
      const listener = await Listener.start(subject, server, this.#port);
      heard.push(listeners.use(listener));
      if (subject === "notifications") continue;
      const tracking = (id: string) => [
        ...["CLIENT", "TRACKING", "ON", "REDIRECT", id],
        ...subject === "broadcasts" ? ["BCAST"] : [],
      ];
      await theirs.exchange([tracking(listener.ids.theirs)]);
      ours.ask(request(tracking(listener.ids.ours)));
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
      for (const listener of heard) {
        const difference = await listener.compare();
        if (difference !== undefined) {
          return { index, what: "messages", ...difference };
        }
      }
      const found = await look(server, ourAdmin, admin);
      if (found !== undefined) return { index, what: "data", ...found };
    }
    const difference = counted
      ? await statistics(ourAdmin, admin)
      : await exchanged(server, ourAdmin, admin);
    if (difference === undefined) return undefined;
    const what = counted ? "statistics" : "data";
    return { index: lines.length - 1, what, ...difference };
  }
}

function subjectsOf({ tracking }: Scenario): Subject[] {
  return tracking === undefined
    ? ["notifications"]
    : ["notifications", tracking];
}
