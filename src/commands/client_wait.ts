import {
  CommandError,
  commandError,
  TIMEOUT_NEGATIVE,
} from "../protocol/command_error.ts";
import type { Call } from "../server/command.ts";
import type { PauseMode } from "../server/pause.ts";
import { misusedSubcommand } from "../server/unknown_command.ts";

const TIMEOUT_NOT_AN_INTEGER = commandError(
  "timeout is not an integer or out of range",
);
const BAD_PAUSE_MODE = commandError(
  "CLIENT PAUSE mode must be WRITE or ALL",
);
const BAD_UNBLOCK_REASON = commandError(
  "CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
);
const UNBLOCKED = new CommandError(
  "UNBLOCKED",
  "client unblocked via CLIENT UNBLOCK",
);
/** Where times end: a pause beyond it is over at once, as in Redis. */
const END_OF_TIME = 2 ** 63;

/** CLIENT PAUSE. */
export function pause(call: Call): void {
  const { args, now, reply, server } = call;
  refuseMore(call, 4);
  const mode = readMode(call);
  const timeoutMs = args.integer(2, TIMEOUT_NOT_AN_INTEGER);
  if (timeoutMs < 0) throw TIMEOUT_NEGATIVE;
  const until = now + timeoutMs;
  if (until < END_OF_TIME) server.pause.begin(mode, until);
  reply.ok();
}

function readMode({ args }: Call): PauseMode {
  if (args.length === 3 || args.is(3, "ALL")) return "all";
  if (args.is(3, "WRITE")) return "write";
  throw BAD_PAUSE_MODE;
}

/** CLIENT UNPAUSE. */
export function unpause({ reply, server }: Call): void {
  server.pause.end();
  reply.ok();
}

/** CLIENT UNBLOCK. */
export function unblock(call: Call): void {
  const { args, reply, server } = call;
  refuseMore(call, 4);
  const asError = args.length === 4 && args.is(3, "ERROR");
  if (args.length === 4 && !asError && !args.is(3, "TIMEOUT")) {
    throw BAD_UNBLOCK_REASON;
  }
  const client = server.clients.get(args.integer(2));
  const { blocked } = client ?? {};
  // Differs from Redis: CLIENT UNBLOCK leaves alone a client that waits for the end of a pause; there it crashes the server.
  if (client === undefined || blocked === undefined) return reply.integer(0);
  if (!asError && client.lastCommand !== undefined) {
    client.lastCommand.failedCalls++;
  }
  server.blocking.unblock(client, (call) => {
    if (asError) throw UNBLOCKED;
    blocked.timedOut(call);
  });
  reply.integer(1);
}

/** A subcommand that takes optional arguments, but not any number, says so in its own words. */
function refuseMore({ args }: Call, most: number): void {
  if (args.length > most) throw misusedSubcommand(args);
}
