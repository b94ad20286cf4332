/**
 * Redis-Lite as a library: a server that lives in this process.
 *
 * ```ts
 * await using server = await startServer({ port: 0 });
 * ```
 */
import { commandFamilies } from "./commands/mod.ts";
import { Config } from "./config/config.ts";
import type { Settings } from "./config/parameters.ts";
import { checkFile, repairLog } from "./persistence/append_repair.ts";
import type { LoadOptions } from "./persistence/entry_loader.ts";
import { disk, type FileSystem } from "./persistence/files.ts";
import { Log, type LogSink } from "./server/log.ts";
import { Server } from "./server/server.ts";
import { type Clock, SystemClock } from "./store/clock.ts";
import { type Random, SeededRandom } from "./store/random.ts";
import { defaultThresholds } from "./store/values/thresholds.ts";

/** As many as any file can be expected to have. */
const MOST_DATABASES = 1024;

/** What a server may be started with. */
export interface ServerOptions {
  /** Port to listen on; 0, the default, picks one. */
  readonly port?: number;
  /** Parameters of redis.conf by name, or a whole configuration. */
  readonly config?: Partial<Settings> | Config;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where log lines go; nowhere by default. */
  readonly log?: LogSink;
  /** The machine's own unless told. */
  readonly files?: FileSystem;
  /** Checks every command against the rules of the store; for tests. */
  readonly strict?: boolean;
}

/** Starts a server; resolves once it accepts connections. */
export async function startServer(
  options: ServerOptions = {},
): Promise<Server> {
  const server = createServer(options);
  try {
    await server.listen();
    await server.load();
  } catch (error) {
    server.stop();
    throw error;
  }
  server.start();
  return server;
}

/** Makes a server that does not listen yet. */
export function createServer(options: ServerOptions = {}): Server {
  const clock = options.clock ?? new SystemClock();
  const config = options.config instanceof Config
    ? options.config
    : new Config({ port: 0, ...options.config });
  if (options.port !== undefined) config.set([["port", String(options.port)]]);
  return new Server({
    config,
    clock,
    random: options.random ?? SeededRandom.fromEntropy(),
    log: new Log(clock, config.values.loglevel, options.log ?? (() => {})),
    families: commandFamilies,
    files: options.files ?? disk,
    strict: options.strict ?? false,
  });
}

/** What was found in a file, or done to it, line by line. */
export interface Findings {
  readonly lines: readonly string[];
  readonly isGood: boolean;
}

/** Says what is in a snapshot, an RDB file, an append log's manifest or one of its files. Throws when it cannot be read at all. */
export function check(path: string): Findings {
  return checkFile(disk, path, anyData());
}

/** Cuts an append log off where it is no longer right, or a file of it at a byte. What is cut off is kept. Throws when that is not possible. */
export function repair(path: string, at?: number): Findings {
  return { lines: repairLog(disk, path, anyData(), at), isGood: true };
}

/** Reads whatever there is, however many databases it has. */
function anyData(): LoadOptions {
  return {
    databases: MOST_DATABASES,
    now: new SystemClock().now(),
    keepsExpired: true,
    checksum: true,
    thresholds: defaultThresholds(),
  };
}
