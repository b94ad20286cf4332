import { commandError } from "../protocol/command_error.ts";

const BAD_NAME = commandError(
  "Client names cannot contain spaces, newlines or special characters.",
);

/** Returns a client's name, or throws when CLIENT LIST could not show it as one word. */
export function readName(name: string): string {
  if (!isOneWord(name)) throw BAD_NAME;
  return name;
}

/** Returns whether all of `text` is ASCII that can be seen. */
export function isOneWord(text: string): boolean {
  return /^[!-~]*$/.test(text);
}
