import type { Call } from "../server/command.ts";

/** Returns the handler of a container's HELP: `lines` are its subcommands, each followed by indented lines that explain it. */
export function helpOf(
  container: string,
  lines: readonly string[],
): (call: Call) => void {
  const all = [
    `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    "HELP",
    "    Prints this help.",
  ];
  return ({ reply }) => {
    reply.array(all.length);
    for (const line of all) reply.status(line);
  };
}
