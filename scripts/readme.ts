/**
 * Writes into README.md what is said in the source: the tables of commands and parameters, and what
 * differs from Redis. A test fails while README.md is behind.
 *
 *     deno task readme [--conformance FILE]
 *
 * FILE is what `deno task conformance --markdown FILE` wrote; without it README's figure stays.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join, relative } from "@std/path";
import { commandFamilies } from "../src/commands/mod.ts";
import { parametersTable } from "../src/config/help.ts";
import { PARAMETERS } from "../src/config/parameters.ts";
import { readableSyntax } from "../src/server/command_docs.ts";
import type { CommandDefinition, CommandGroup } from "../src/server/command.ts";
import { ROOT } from "./start_task.ts";

/** Where README.md is. */
export const README: string = join(ROOT, "README.md");

const SOURCE = join(ROOT, "src") as string;
const MARK = "Differs from Redis: ";

/** Every group of Redis, in the order of the tables. */
const GROUP_TITLES: Readonly<Record<CommandGroup, string>> = {
  "generic": "Keys",
  "string": "Strings",
  "bitmap": "Bitmaps",
  "list": "Lists",
  "hash": "Hashes",
  "set": "Sets",
  "sorted-set": "Sorted sets",
  "stream": "Streams",
  "geo": "Geo",
  "hyperloglog": "HyperLogLog",
  "pubsub": "Publish and subscribe",
  "transactions": "Transactions",
  "scripting": "Scripts and functions",
  "connection": "Connection",
  "server": "Server",
  "cluster": "Cluster",
};
const GROUPS = Object.keys(GROUP_TITLES) as CommandGroup[];

/** A command that can be called, with its container's name in front. */
interface Callable {
  readonly name: string;
  readonly definition: CommandDefinition;
}

/** Returns the tables of commands in Markdown, one for each group. */
export function commandTables(): string {
  const tables: string[] = [];
  const missing: string[] = [];
  let count = 0;
  for (const group of GROUPS) {
    const callables = callablesOf(group);
    count += callables.length;
    if (callables.length === 0) missing.push(GROUP_TITLES[group]);
    else tables.push(tableOf(GROUP_TITLES[group], callables));
  }
  const absent = missing.length === 0
    ? ""
    : ` Not served yet: ${missing.join(", ")}.`;
  return [
    `${count} commands and subcommands.${absent}`,
    ...tables,
  ].join("\n\n");
}

function callablesOf(group: CommandGroup): Callable[] {
  return commandFamilies
    .filter((family) => family.group === group)
    .flatMap(({ commands }) => commands)
    .flatMap((definition) => [
      { name: definition.name, definition },
      ...(definition.subcommands ?? []).map((subcommand) => ({
        name: `${definition.name} ${subcommand.name}`,
        definition: subcommand,
      })),
    ])
    .filter(({ definition }) => definition.handler !== undefined)
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function tableOf(title: string, callables: readonly Callable[]): string {
  const rows = callables.map(({ name, definition }) => {
    const { syntax, summary, deprecated } = definition;
    const usage = `${name.toUpperCase()} ${readableSyntax(syntax)}`.trim();
    const note = deprecated === undefined
      ? ""
      : ` Deprecated: use ${deprecated.replacedBy}.`;
    return `| ${cell(`\`${usage}\``)} | ${cell(summary + note)} |`;
  });
  return [`### ${title}`, "", "| Command | |", "| --- | --- |", ...rows]
    .join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Returns what differs from Redis as a Markdown list: what the source says of itself, then the parameters. */
export function differences(): string {
  const items: string[] = [];
  for (const path of sourceFiles(SOURCE)) {
    const place = relative(ROOT, path).replaceAll("\\", "/");
    for (const text of marked(Deno.readTextFileSync(path))) {
      items.push(`- ${sentence(text)} ([${place.slice(4)}](${place}))`);
    }
  }
  for (const { name, difference, hidden } of PARAMETERS) {
    if (difference === undefined || hidden) continue;
    items.push(`- \`${name}\`: ${difference}.`);
  }
  return items.join("\n");
}

function sourceFiles(folder: string): string[] {
  const paths: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name) as string;
    if (isDirectory) paths.push(...sourceFiles(path));
    else if (name.endsWith(".ts")) paths.push(path);
  }
  return paths.sort();
}

/** Returns what the comments of a source text say behind the mark, each to the end of its paragraph. */
export function marked(source: string): string[] {
  const found: string[] = [];
  const lines = source.split("\n").map(commentText);
  for (let i = 0; i < lines.length; i++) {
    const start = lines[i]?.indexOf(MARK) ?? -1;
    if (start < 0) continue;
    const words = [lines[i]!.slice(start + MARK.length)];
    while (lines[i + 1]) words.push(lines[++i]!);
    found.push(words.join(" "));
  }
  return found;
}

/** Returns what a line says as a comment that it consists of, `undefined` when it is none. */
function commentText(line: string): string | undefined {
  return /^\s*(?:\/\/|\/\*\*|\*(?!\/))\s?(.*?)\s*(?:\*\/)?$/.exec(line)?.[1];
}

function sentence(text: string): string {
  const end = /[.!?]$/.test(text) ? "" : ".";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}

/** Returns the figure of README from the table that `deno task conformance` wrote. */
export function conformance(table: string): string {
  const [, passed, of] = /\*\*Total\*\* \| \*\*(\d+)\*\* \| \*\*(\d+)\*\*/
    .exec(table) ?? [];
  if (passed === undefined || of === undefined) {
    throw new Error("The table of conformance has no total");
  }
  return [
    `**${passed} of ${of}**`,
    "",
    "<details><summary>By unit</summary>",
    "",
    table.trim(),
    "",
    "</details>",
  ].join("\n");
}

/** Returns a text with the lines between `<!-- name -->` and `<!-- /name -->` replaced. */
export function withSection(
  text: string,
  name: string,
  content: string,
): string {
  const begin = `<!-- ${name} -->\n`, end = `<!-- /${name} -->`;
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end, from);
  if (from < begin.length || to < 0) {
    throw new Error(`README.md has no section ${name}`);
  }
  const section = [
    "<!-- deno-fmt-ignore-start -->",
    "",
    content.trim(),
    "",
    "<!-- deno-fmt-ignore-end -->",
    "",
  ].join("\n");
  return text.slice(0, from) + section + text.slice(to);
}

/** Returns README with everything that the source says. */
export function current(readme: string): string {
  const sections = {
    commands: commandTables(),
    parameters: parametersTable(),
    differences: differences(),
  };
  return Object.entries(sections).reduce(
    (text, [name, content]) => withSection(text, name, content),
    readme,
  );
}

if (import.meta.main) {
  const options = parseArgs(Deno.args, { string: ["conformance"] }) as {
    conformance?: string;
  };
  let text = current(await Deno.readTextFile(README));
  if (options.conformance !== undefined) {
    const table = await Deno.readTextFile(options.conformance);
    text = withSection(text, "conformance", conformance(table));
  }
  await Deno.writeTextFile(README, text);
}
