/**
 * Prints the table entries of commands as a running redis-server 7.0 describes them: all but the summary
 * and the handler of a new command.
 *
 *     deno run --allow-run scripts/command_entry.ts [--port N] NAME...
 *
 * NAME is such as `sadd` or `config|get`; a container brings its subcommands.
 */
import { parseArgs } from "@std/cli/parse-args";
import type { ArgumentFacts } from "../src/server/command.ts";
import { type Argument, argumentsOf } from "../src/server/command_docs.ts";
import { run } from "./server_process.ts";

/** COMMAND INFO's array of a command, as redis-cli prints it with `--json`. */
export type Info = readonly [
  name: string,
  arity: number,
  flags: readonly string[],
  first: number,
  last: number,
  step: number,
  categories: readonly string[],
  tips: readonly string[],
  keys: readonly KeySpecInfo[],
  subcommands: readonly Info[],
];

interface KeySpecInfo {
  readonly notes?: string;
  readonly flags: readonly string[];
  readonly begin_search: Search;
  readonly find_keys: Search;
}

interface Search {
  readonly type: string;
  readonly spec: Readonly<Record<string, number | string>>;
}

/** COMMAND DOCS' map of a command, as redis-cli prints it with `--json`. */
export interface Docs {
  readonly since: string;
  readonly complexity?: string;
  readonly history?: readonly (readonly [string, string])[];
  readonly doc_flags?: readonly string[];
  readonly deprecated_since?: string;
  readonly replaced_by?: string;
  readonly arguments?: readonly ArgumentDocs[];
  readonly subcommands?: Readonly<Record<string, Docs>>;
}

interface ArgumentDocs {
  readonly name: string;
  readonly type: Argument["type"];
  readonly key_spec_index?: number;
  readonly token?: string;
  readonly since?: string;
  readonly deprecated_since?: string;
  readonly flags?: Argument["flags"];
  readonly arguments?: readonly ArgumentDocs[];
}

/** The facts by which an argument may differ from what the syntax line tells. */
type Facts = { -readonly [Name in keyof ArgumentFacts]: ArgumentFacts[Name] };

/** Returns the arguments that COMMAND DOCS described, in our terms. */
export function described(docs: readonly ArgumentDocs[]): Argument[] {
  return docs.map((each) => ({
    name: each.name,
    type: each.type,
    ...each.key_spec_index !== undefined &&
      { keySpecIndex: each.key_spec_index },
    ...each.token !== undefined && { token: each.token },
    ...each.since !== undefined && { since: each.since },
    ...each.deprecated_since !== undefined &&
      { deprecatedSince: each.deprecated_since },
    flags: each.flags ?? [],
    ...each.arguments !== undefined &&
      { arguments: described(each.arguments) },
  }));
}

/** Returns the syntax line of arguments, and what it cannot tell of them. */
export function syntaxOf(
  wanted: readonly Argument[],
  keySpecs: number,
): { syntax: string; docs: ArgumentFacts } {
  const syntax = wanted.map((each) => written(each, "line")).join(" ");
  const docs: Facts = {};
  // Names come first: the other facts are found by them.
  for (const collect of [addNames, addFacts]) {
    const groups: string[] = [];
    compare(read(syntax, docs, keySpecs), wanted, (ours, theirs) => {
      if (theirs.arguments !== undefined) groups.push(theirs.name);
      collect(docs, ours, theirs);
    });
    if (docs.groups !== undefined) docs.groups = groups;
  }
  return { syntax, docs };
}

function read(
  syntax: string,
  docs: ArgumentFacts,
  keySpecs: number,
): readonly Argument[] {
  const spec = { flags: [], begin: "unknown", find: "unknown" } as const;
  return argumentsOf({
    name: "",
    arity: 0,
    flags: [],
    keys: new Array(keySpecs).fill(spec),
    since: "",
    complexity: "",
    summary: "",
    syntax,
    docs,
  });
}

function compare(
  ours: readonly Argument[],
  theirs: readonly Argument[],
  visit: (ours: Argument, theirs: Argument) => void,
): void {
  if (ours.length !== theirs.length) {
    throw new Error("The syntax line does not tell the blocks");
  }
  for (const [i, our] of ours.entries()) {
    const their = theirs[i]!;
    visit(our, their);
    compare(our.arguments ?? [], their.arguments ?? [], visit);
  }
}

function addNames(docs: Facts, ours: Argument, theirs: Argument): void {
  if (ours.name === theirs.name) return;
  if (theirs.arguments !== undefined) docs.groups = [];
  else docs.names = { ...docs.names, [word(ours)]: theirs.name };
}

function addFacts(docs: Facts, ours: Argument, theirs: Argument): void {
  const key = theirs.token === "" ? '""' : theirs.token ?? theirs.name;
  const { type, since, deprecatedSince, keySpecIndex = -1 } = theirs;
  if (ours.type !== type) docs.types = { ...docs.types, [key]: type };
  else if ((ours.keySpecIndex ?? -1) !== keySpecIndex) {
    docs.keySpecs = { ...docs.keySpecs, [key]: keySpecIndex };
  }
  if (since !== undefined) docs.since = { ...docs.since, [key]: since };
  if (deprecatedSince !== undefined) {
    docs.deprecatedSince = { ...docs.deprecatedSince, [key]: deprecatedSince };
  }
}

function word({ type, token, name }: Argument): string {
  if (type !== "pure-token") return name;
  return token === "" ? '""' : token!;
}

/** Writes an argument; `place` is the line itself, or an alternative of a choice. */
function written(argument: Argument, place: "line" | "alternative"): string {
  const { flags, token } = argument;
  const optional = flags.includes("optional");
  let text = bare(argument, place);
  if (flags.includes("multiple")) {
    const prefix = token === undefined || flags.includes("multiple_token")
      ? 0
      : token.length + 1;
    const again = argument.type === "oneof" ? "" : `${text.slice(prefix)} `;
    text = `${text} [${again}...]`;
  }
  return optional ? `[${text}]` : text;
}

function bare(argument: Argument, place: "line" | "alternative"): string {
  const { type, token, flags, arguments: parts = [] } = argument;
  const prefix = type === "pure-token" || token === undefined
    ? ""
    : `${token} `;
  const alone = flags.length === 1 && flags[0] === "optional";
  if (type === "oneof") {
    const choices = parts.map((each) => written(each, "alternative"))
      .join(" | ");
    return alone && prefix === "" ? choices : `${prefix}<${choices}>`;
  }
  if (type !== "block") return prefix + word(argument);
  const sequence = parts.map((each) => written(each, "line")).join(" ");
  const single = parts.length === 1 && !parts[0]!.flags.includes("optional");
  const bracketed = place === "alternative" || flags.length > 0 ||
    token !== undefined;
  return single || !bracketed ? `${prefix}(${sequence})` : prefix + sequence;
}

/** Returns the entry of a command as it is written in the table. */
export function entryOf(info: Info, docs: Docs): string {
  const [fullName, arity, flags, , , , categories, tips, keys, subcommands] =
    info;
  const { syntax, docs: facts } = syntaxOf(
    described(docs.arguments ?? []),
    keys.length,
  );
  const name = fullName.split("|").at(-1)!;
  const fields: [name: string, value: string | undefined][] = [
    ["name", literal(name)],
    ["arity", String(arity)],
    ["flags", literal(flags.filter((flag) => flag !== "movablekeys"))],
    ["keys", keys.length === 0 ? undefined : `[${keys.map(keySpec)}]`],
    ["tips", tips.length === 0 ? undefined : literal(tips)],
    ["since", literal(docs.since)],
    ["complexity", literal(docs.complexity ?? "")],
    ["summary", '""'],
    ["syntax", literal(syntax)],
    ["docs", Object.keys(facts).length === 0 ? undefined : literal(facts)],
    ["history", docs.history && literal(docs.history)],
    [
      "deprecated",
      docs.deprecated_since && literal({
        since: docs.deprecated_since,
        replacedBy: docs.replaced_by,
      }),
    ],
    ["internal", docs.doc_flags?.includes("syscmd") ? "true" : undefined],
    [
      "subcommands",
      subcommands.length === 0
        ? undefined
        : `[${
          subcommands.map((each) => entryOf(each, docs.subcommands![each[0]]!))
        }]`,
    ],
  ];
  const lines = fields.map(([field, value]) =>
    value === undefined ? "" : `${field}: ${value},\n`
  );
  return `{\n// ${categories.join(" ")}\n${lines.join("")}}`;
}

function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"([A-Za-z]\w*)":/g, "$1: ");
}

function keySpec(spec: KeySpecInfo): string {
  const { flags, notes, begin_search: begin, find_keys: find } = spec;
  const [access, ...use] = flags;
  const tail = [
    literal(access),
    ...use.length > 0 ? [literal(use.join(" "))] : [],
  ]
    .join(", ");
  const { index } = begin.spec;
  const { lastkey, keystep, limit, keynumidx, firstkey } = find.spec;
  if (begin.type === "index" && notes === undefined) {
    if (find.type === "range" && limit === 0) {
      return lastkey === 0 && keystep === 1
        ? `keyAt(${index}, ${tail})`
        : `keysFrom(${index}, ${lastkey}, ${keystep}, ${tail})`;
    }
    if (find.type === "keynum" && keynumidx === 0 && firstkey === 1) {
      return `keysCountedAt(${index}, ${tail})`;
    }
  }
  return literal({ flags, begin: beginOf(begin), find: findOf(find), notes });
}

function beginOf({ type, spec }: Search): unknown {
  if (type === "unknown") return type;
  if (type === "index") return { index: spec["index"] };
  return { keyword: spec["keyword"], startFrom: spec["startfrom"] };
}

function findOf({ type, spec }: Search): unknown {
  if (type === "unknown") return type;
  const { lastkey: lastKey, keystep: step, limit } = spec;
  if (type === "range") return { lastKey, step, limit };
  return { countAt: spec["keynumidx"], firstKey: spec["firstkey"], step };
}

/** Asks the redis-server on a port with redis-cli: COMMAND INFO and COMMAND DOCS of commands, or of all. */
export async function ask(
  port: number,
  names: readonly string[],
): Promise<{ infos: Info[]; docs: Record<string, Docs> }> {
  const command = async (subcommand: string) => {
    const options = ["-p", String(port), "-3", "--json"];
    const { code, stdout, stderr } = await run(
      ["redis-cli", ...options, "COMMAND", subcommand, ...names],
    );
    if (code !== 0) throw new Error(stderr.trim());
    return JSON.parse(stdout);
  };
  return { infos: await command("INFO"), docs: await command("DOCS") };
}

if (import.meta.main) {
  const { port, _: names } = parseArgs(Deno.args, {
    string: ["port", "_"],
    default: { port: "6379" },
  }) as { port: string; _: string[] };
  const { infos, docs } = await ask(Number(port), names);
  for (const info of infos) {
    if (info !== null) console.log(`${entryOf(info, docs[info[0]]!)},`);
  }
}
