import { toText } from "../protocol/byte_string.ts";

/**
 * A parameter, a config file or a command line that cannot be accepted. From
 * CONFIG commands the message is the error reply without its `ERR` code; from a
 * file or the command line it is one line that names the place, the directive
 * and the remedy.
 */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Returns the error of a directive, given at `place`, that cannot be taken. */
export function wrongDirective(
  place: string,
  name: string,
  args: readonly string[],
  reason: string,
): ConfigError {
  const directive = `${name} ${show(args)}`.trimEnd();
  return new ConfigError(`${place}: ${directive}: ${reason}`);
}

function show(args: readonly string[]): string {
  const plain = (arg: string) =>
    arg === "" || /\s/.test(arg) ? `"${arg}"` : arg;
  return toText(args.map(plain).join(" "));
}

/** Returns the operating system's words for a failed file operation: `No such file or directory`. */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/ \(os error \d+\).*$/s, "");
}

/** Returns why a file could not be written, and what to do about it. */
export function writeFailure(error: unknown): string {
  const remedy = error instanceof Deno.errors.NotFound
    ? "Check the folder: somebody has removed it, or the file while it was written"
    : "Check the room on the disk, the folder and its rights";
  return `${systemReason(error)}. ${remedy}`;
}
