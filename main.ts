import {
  type Invocation,
  parseCommandLine,
} from "./src/config/command_line.ts";
import type { Config } from "./src/config/config.ts";
import { ConfigError, systemReason } from "./src/config/error.ts";
import { removePidFile, writePidFile } from "./src/config/pid_file.ts";
import { denoVersionProblem } from "./src/deno_version.ts";
import { check, createServer, repair } from "./src/mod.ts";
import {
  logFile,
  type LogSink,
  standardOutput,
  traced,
} from "./src/server/log.ts";
import type { Server } from "./src/server/server.ts";
import { REDIS_VERSION, VERSION } from "./src/server/version.ts";
import { exportData, importData } from "./src/transfer.ts";

const invocation = readCommandLine();
switch (invocation.kind) {
  case "run":
    await run(invocation.config);
    break;
  case "check":
  case "repair":
    Deno.exit(look(invocation) ? 0 : 1);
    break;
  case "import":
  case "export":
    await transfer(invocation);
    break;
  default:
    console.log(invocation.text);
    Deno.exit(0);
}

/** Checks or repairs a file; returns whether it is good. */
function look(
  invocation: Extract<Invocation, { kind: "check" | "repair" }>,
): boolean {
  try {
    const { lines, isGood } = invocation.kind === "check"
      ? check(invocation.path)
      : repair(invocation.path, invocation.at);
    console.log(lines.join("\n"));
    return isGood;
  } catch (error) {
    const reason = systemReason(error);
    const { path } = invocation;
    fail(reason.includes(path) ? reason : `Could not read ${path}: ${reason}`);
  }
}

/** Moves the data of the snapshot, and ends. */
async function transfer(
  { config, kind, place }: Extract<Invocation, { kind: "import" | "export" }>,
): Promise<void> {
  const server = makeServer(config, (line) => console.error(line));
  server.log.level = "warning";
  const showing = Deno.stdout.isTerminal()
    ? (fraction: number) =>
      showProgress(fraction, kind === "import" ? "Importing" : "Exporting")
    : undefined;
  const move = kind === "import" ? importData : exportData;
  try {
    const { keys, libraries } = await move(server, place, showing);
    const also = libraries > 0 ? ` and ${libraries} libraries` : "";
    console.log(`${keys} keys${also} ${kind}ed`);
  } catch (error) {
    fail(messageOf(error));
  }
  Deno.exit(0);
}

async function run(config: Config): Promise<void> {
  const server = makeServer(config, openLog(config));
  const { log } = server;
  reportUnexpectedErrors(server);
  log.notice(
    `Redis-Lite ${VERSION}, a server for Redis ${REDIS_VERSION} clients, pid ${Deno.pid}, just started`,
  );
  for (const warning of config.warnings) log.warning(warning);
  const pidFile = config.path("pidfile");
  server.stopped.then(() => {
    if (pidFile !== undefined) removePidFile(pidFile);
    Deno.exit(0);
  });
  heedSignals(server);
  try {
    await server.listen();
    if (pidFile !== undefined) keepPid(server, pidFile);
    await server.load(
      Deno.stdout.isTerminal()
        ? (fraction) => showProgress(fraction)
        : undefined,
    );
  } catch (error) {
    if (config.values.logfile !== "") log.warning(messageOf(error));
    fail(messageOf(error));
  }
  server.start();
  log.notice(`Listening on ${server.listeners.places.join(", ")}`);
  log.notice("Ready to accept connections");
}

function readCommandLine(): Invocation {
  const problem = denoVersionProblem(Deno.version.deno);
  if (problem !== undefined) fail(problem);
  try {
    return parseCommandLine(Deno.args, { version: VERSION });
  } catch (error) {
    fail(messageOf(error));
  }
}

function makeServer(config: Config, log: LogSink): Server {
  try {
    return createServer({ config, log });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail(error.message);
  }
}

function openLog(config: Config): LogSink {
  const path = config.path("logfile");
  if (path === undefined) return standardOutput();
  try {
    return logFile(path);
  } catch (error) {
    fail(
      `Could not open the log file ${path} (${
        systemReason(error)
      }): check logfile`,
    );
  }
}

/** Shows how far it is, in place, for whoever waits at a terminal. */
function showProgress(fraction: number, what = "Loading the snapshot"): void {
  const line = fraction < 1
    ? `\r${what}: ${Math.floor(fraction * 100)}%`
    : "\r\x1b[K";
  Deno.stdout.writeSync(new TextEncoder().encode(line));
}

/** As in Redis, a server that cannot write its pid file runs without. */
function keepPid({ log }: Server, path: string): void {
  try {
    writePidFile(path);
  } catch (error) {
    log.warning(`Could not write the pid file ${path}: ${systemReason(error)}`);
  }
}

function heedSignals(server: Server): void {
  let ending = false;
  const end = (signal: "SIGINT" | "SIGTERM") => {
    const { config, log } = server;
    if (ending) {
      log.warning("You insist... exiting now.");
      Deno.exit(1);
    }
    log.warning(`Received ${signal} scheduling shutdown...`);
    const how = config.values[
      signal === "SIGINT" ? "shutdown-on-sigint" : "shutdown-on-sigterm"
    ];
    ending = server.beginShutdown({
      save: how.includes("save")
        ? "yes"
        : how.includes("nosave")
        ? "no"
        : "if configured",
      force: how.includes("force"),
      now: how.includes("now"),
    });
    if (!ending) {
      log.warning(
        `${signal} received but errors trying to shut down the server, check the logs for more information`,
      );
    }
  };
  Deno.addSignalListener("SIGINT", () => end("SIGINT"));
  if (Deno.build.os === "windows") return;
  Deno.addSignalListener("SIGTERM", () => end("SIGTERM"));
  // The terminal it was started from may go.
  Deno.addSignalListener("SIGHUP", () => {});
}

/** An error that nobody expected is one line in the log, with where it comes from; the clients are served on. */
function reportUnexpectedErrors({ log }: Server): void {
  const report = (error: unknown) =>
    log.warning(`Unexpected error: ${traced(error)}`);
  addEventListener("error", (event) => {
    event.preventDefault();
    report(event.error);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    report(event.reason);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends the program before it has begun: one line that says why. */
function fail(message: string): never {
  console.error(`redis-lite: ${message}`);
  Deno.exit(1);
}
