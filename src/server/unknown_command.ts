import type { Args } from "../protocol/args.ts";
import { type CommandError, commandError } from "../protocol/command_error.ts";

/** How much an error shows of what was sent. */
const SHOWN_LENGTH = 128;

/** Returns the error for a command line that names no command. */
export function unknownCommand(args: Args): CommandError {
  let words = "";
  for (let i = 1; i < args.length && words.length < SHOWN_LENGTH; i++) {
    words += `'${shown(args, i, SHOWN_LENGTH - words.length)}' `;
  }
  return commandError(
    `unknown command '${shown(args, 0)}', with args beginning with: ${words}`,
  );
}

/** Returns the error for a subcommand that a command does not have. */
export function unknownSubcommand(args: Args): CommandError {
  const container = args.string(0).toUpperCase();
  return commandError(
    `unknown subcommand '${shown(args, 1)}'. Try ${container} HELP.`,
  );
}

/** Returns the error for a subcommand that is not used as HELP says. */
export function misusedSubcommand(args: Args): CommandError {
  const container = args.string(0).toUpperCase();
  return commandError(
    `unknown subcommand or wrong number of arguments for '${
      shown(args, 1)
    }'. Try ${container} HELP.`,
  );
}

/** Returns the beginning of an argument, up to a zero byte, as errors show it. */
function shown(args: Args, i: number, length = SHOWN_LENGTH): string {
  const start = args.starts[i]!;
  const end = Math.min(args.ends[i]!, start + length);
  return args.bytes.latin1Slice(start, end).replace(/\0.*/s, "");
}
