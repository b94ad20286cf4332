import { cpuMicroseconds } from "./contestant.ts";
import {
  bulkLength,
  generate,
  type Line,
  lines,
  request,
  type Talk,
} from "./generate.ts";
import { command } from "./load.ts";
import { throughputSection } from "./report.ts";
import { announce, type Setting, withServers } from "./setting.ts";
import { inTurns, summary, type Throughput } from "./throughput.ts";

const SECONDS = 3;
const WARM_UP_SECONDS = 1;
const CLIENTS = 50;
const SUBSCRIBERS = 100;
const COMMANDS = 10;
const VALUE = "xxx";
const MESSAGE = "x".repeat(100);
const CHANNEL = "channel";

interface Exchange {
  readonly name: string;
  readonly lines: readonly Line[];
  /** The group of lines whose operations are counted. */
  readonly counted: string;
}

/** MULTI, so many SET of one key, EXEC, in one write. */
function transaction(): Talk {
  const commands = Array.from(
    { length: COMMANDS },
    () => request("SET", "key", VALUE),
  );
  const queued = "+OK\r\n" + "+QUEUED\r\n".repeat(COMMANDS);
  const executed = `*${COMMANDS}\r\n` + "+OK\r\n".repeat(COMMANDS);
  return {
    request: [request("MULTI"), ...commands, request("EXEC")].join(""),
    replyLength: queued.length + executed.length,
  };
}

const subscriber: Line = {
  group: "subscribers",
  first: {
    request: request("SUBSCRIBE", CHANNEL),
    replyLength: `*3\r\n:1\r\n`.length + bulkLength("subscribe") +
      bulkLength(CHANNEL),
  },
  talks: [],
  messageLength: "*3\r\n".length + bulkLength("message") +
    bulkLength(CHANNEL) + bulkLength(MESSAGE),
};

const publisher: Line = {
  group: "publisher",
  talks: [{
    request: request("PUBLISH", CHANNEL, MESSAGE),
    replyLength: `:${SUBSCRIBERS}\r\n`.length,
  }],
};

/**
 * One of two players who throw each other a ball: a player throws, and waits for the ball in BLPOP. Both go
 * in one write, so that the other always waits by the time the ball comes.
 */
function player(number: number): Line {
  const mine = `ball:${100 + number}`;
  const other = `ball:${100 + (number ^ 1)}`;
  const wait = request("BLPOP", mine, "0");
  const replyLength = `:1\r\n*2\r\n`.length + bulkLength(mine) +
    bulkLength(VALUE);
  const talks = [{
    request: request("RPUSH", other, VALUE) + wait,
    replyLength,
  }];
  // The first of two has no ball to throw. What it does instead has a reply as long.
  const first = { request: request("DEL", "nothing") + wait, replyLength };
  return { group: "all", talks, ...(number % 2 === 0 ? { first } : {}) };
}

const EXCHANGES: readonly Exchange[] = [
  {
    name: `MULTI, ${COMMANDS} SET, EXEC; by transaction`,
    lines: lines(CLIENTS, () => ({ group: "all", talks: [transaction()] })),
    counted: "all",
  },
  {
    name: `PUBLISH to ${SUBSCRIBERS} subscribers; by message received`,
    lines: [...lines(SUBSCRIBERS, () => subscriber), publisher],
    counted: "subscribers",
  },
  {
    name: "RPUSH to a client in BLPOP; by element",
    lines: lines(CLIENTS, player),
    counted: "all",
  },
];

async function measure(
  setting: Setting,
  { name, lines, counted }: Exchange,
): Promise<Throughput> {
  const seconds = Math.max(0.5, SECONDS * setting.scale);
  const runs = await withServers(setting, async (servers) => {
    // Neither server is measured in its first moments, when code is still being compiled.
    for (const { port } of servers) {
      await generate({ port, lines, seconds: WARM_UP_SECONDS });
    }
    return await inTurns(servers, setting.rounds, async ({ port, pid }) => {
      // A run may end with a ball in the air, with which the next would have two.
      await command(port, "FLUSHALL");
      const before = await cpuMicroseconds(pid);
      const { steady } = await generate({ port, lines, seconds });
      const cpu = await cpuMicroseconds(pid) - before;
      const operations = steady.groups[counted]?.operations ?? 0;
      return {
        perSecond: operations / steady.seconds,
        cpu: cpu / operations,
      };
    });
  });
  return summary(name, 1, runs);
}

/** Transactions, and what passes from one client to others. */
export async function messages(setting: Setting): Promise<string> {
  const results: Throughput[] = [];
  for (const exchange of EXCHANGES) {
    const result = await measure(setting, exchange);
    announce(result);
    results.push(result);
  }
  return throughputSection(
    "Transactions, messages, hand-off",
    setting.contestants,
    results,
  );
}
