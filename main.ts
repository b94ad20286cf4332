import { ConfigError } from "./src/config/config.ts";
import {
  type Invocation,
  parseCommandLine,
} from "./src/config/command_line.ts";
import { denoVersionProblem } from "./src/deno_version.ts";
import { createServer } from "./src/mod.ts";
import { VERSION } from "./src/server/version.ts";
import { logFile, standardOutput } from "./src/server/log.ts";

const started = readCommandLine();
if (started.kind !== "run") {
  console.log(started.text);
  Deno.exit(0);
}
const { config } = started;
const logPath = config.path("logfile");
const server = createServer({
  config,
  log: logPath === undefined ? standardOutput() : logFile(logPath),
});
for (const warning of config.warnings) server.log.warning(warning);
try {
  await server.listen();
  await server.load();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
server.start();
server.log.notice("Ready to accept connections");

function readCommandLine(): Invocation {
  const problem = denoVersionProblem(Deno.version.deno);
  if (problem !== undefined) fail(problem);
  try {
    return parseCommandLine(Deno.args, { version: VERSION });
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

/** Ends the program before it has begun: one line that says why. */
function fail(message: string): never {
  console.error(`redis-lite: ${message}`);
  Deno.exit(1);
}
