/**
 * Transcripts: what clients send and what they get, as a table. Each one is run against the server in
 * this process over RESP2 and RESP3, and against a real redis-server 7.0 where one is installed, which
 * checks the table itself.
 *
 * ```ts
 * transcript("SET keeps, replaces and refuses", [
 *   ["SET k v", OK],
 *   ["SET k w NX", nil],
 *   [sent("b", "BLPOP q 0")],
 *   [blocked("b")],
 *   ["RPUSH q x", 1],
 *   [received("b", ["q", "x"])],
 * ]);
 * ```
 */
import type { Settings } from "../../src/config/parameters.ts";
import { findRealRedis, RealRedis, sharedRealRedis } from "./real_redis.ts";
import type { Protocol } from "./reply.ts";
import { startTestServer } from "./server.ts";
import type { Step } from "./steps.ts";
import { type RunContext, runTranscript } from "./transcript_run.ts";

export * from "./expected.ts";
export { utf8 } from "./resp_client.ts";
export {
  type Action,
  advance,
  blocked,
  type ClientCommand,
  type Command,
  disconnect,
  disconnected,
  on,
  received,
  sent,
  type Step,
} from "./steps.ts";

/** Time that a transcript may let pass before its run against the real server ends early. */
const REAL_PATIENCE_MS = 50;

/** Where a transcript differs from the usual. */
export interface TranscriptOptions {
  /** Parameters of the server, in both; the real one is then started for this transcript alone. */
  readonly config?: Partial<Settings>;
  /** The protocols to run it in; both unless told. */
  readonly protocols?: readonly Protocol[];
  /** Why the real server is not asked. */
  readonly oursOnly?: string;
  /** Whether the mode that digests the data around each command is on; it is unless told. */
  readonly strict?: boolean;
}

/** Registers the tests of a transcript: over RESP2, over RESP3, and of the table itself against a real server. */
export function transcript(
  name: string,
  steps: readonly Step[],
  options: TranscriptOptions = {},
): void {
  const place = callerOf(transcript);
  const protocols = options.protocols ?? [2, 3];
  for (const protocol of protocols) {
    Deno.test({
      name: `${name} (RESP${protocol})`,
      sanitizeOps: true,
      sanitizeResources: true,
      fn: () => runOurs(steps, options, { place, protocol }),
    });
  }
  if (options.oursOnly !== undefined) return;
  Deno.test({
    name: `${name} (redis-server)`,
    ignore: findRealRedis() === undefined,
    // The real server is started by whichever test needs it first and stays.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      for (const protocol of protocols) {
        await runReal(steps, options, { place, protocol });
      }
    },
  });
}

async function runOurs(
  steps: readonly Step[],
  options: TranscriptOptions,
  context: RunContext,
): Promise<void> {
  await using server = await startTestServer({
    ...options.config !== undefined && { config: options.config },
    strict: options.strict ?? true,
  });
  await runTranscript(steps, {
    ...context,
    address: server.port,
    advance: async (ms) => {
      await server.clock.advance(ms);
      return true;
    },
  });
}

async function runReal(
  steps: readonly Step[],
  options: TranscriptOptions,
  context: RunContext,
): Promise<void> {
  const run = async (server: RealRedis) => {
    let passed = 0;
    await runTranscript(steps, {
      ...context,
      place: `redis-server, ${context.place}`,
      address: server.port,
      advance: async (ms) => {
        passed += ms;
        if (passed >= REAL_PATIENCE_MS) return false;
        await new Promise((resolve) => setTimeout(resolve, ms + 1));
        return true;
      },
    });
  };
  if (options.config === undefined) {
    return await run(await sharedRealRedis() as RealRedis);
  }
  await using server = await RealRedis.start(
    findRealRedis() as string,
    options.config,
  );
  await run(server);
}

/** File and line of the call of `callee` that is being made. */
function callerOf(callee: (...args: never[]) => unknown): string {
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, callee);
  const place =
    /(?:file:\/\/)?(\/[^\s()]+:\d+):\d+\)?$/m.exec(trace.stack ?? "")?.[1] ??
      "transcript";
  return place.replace(/^.*\/tests\//, "tests/");
}
