import { toText } from "../protocol/byte_string.ts";
import { type Parameter, PARAMETERS } from "./parameters.ts";

const USAGE = `Usage: redis-lite [FILE] [-] [--NAME VALUE ...]

Serves the Redis protocol. FILE is a config file in the format of redis.conf, - reads more of it from
standard input, and each --NAME VALUE (or --NAME=VALUE) states a parameter over them.

  redis-lite                                   listen on port 6379, keep data in the current folder
  redis-lite --port 7000 --save ''             another port, nothing written to disk
  redis-lite /etc/redis.conf --loglevel debug  a config file, and one parameter over it
  redis-lite --check FILE                      say what is in a snapshot, an RDB file or an append log
  redis-lite --repair-aof FILE [BYTE]          cut an append log off where it is no longer right, or at a byte

Options:
  --import FILE  Make the snapshot from an RDB file, or from a running server: redis://[[user:]password@]host[:port][/db]
  --export FILE  Write the data of the snapshot into an RDB file, or into a running server
  -h, --help     Show this text
  -v, --version  Show the version

Parameters, with their defaults:`;

/** Returns the text of `--help`: usage, and all parameters that can be changed to some effect. */
export function helpText(): string {
  const useful = PARAMETERS.filter((each) =>
    each.effect === "real" && !each.hidden
  );
  const sections = Map.groupBy(useful, (each) => each.section);
  const parts = [...sections].map(([title, parameters]) =>
    [`\n${title}`, ...parameters.map(helpEntry)].join("\n")
  );
  const others = PARAMETERS.filter((each) => each.effect !== "real");
  return [
    USAGE,
    ...parts,
    `\nAnother ${others.length} parameters of redis.conf are read; README says what each of them does here.\n`,
  ].join("\n");
}

function helpEntry(parameter: Parameter): string {
  const { name, kind, description } = parameter;
  return `  --${name} ${kind.expects}\n      ${description} (${
    defaultOf(parameter)
  })`;
}

/** Returns README's tables of parameters in Markdown: Redis's, and those that only Redis-Lite has. */
export function parametersTable(): string {
  const visible = PARAMETERS.filter((each) => !each.hidden);
  const table = (origin: Parameter["origin"]) => [
    "| Parameter | Type | Default | CONFIG SET | Effect | Description |",
    "| --- | --- | --- | --- | --- | --- |",
    ...visible.filter((each) => each.origin === origin).map(row),
  ];
  return [
    "### Parameters of Redis",
    "",
    ...table("redis"),
    "",
    "### Parameters of Redis-Lite",
    "",
    ...table("redis-lite"),
    "",
  ].join("\n");
}

function row(parameter: Parameter): string {
  const { name, alias, kind, difference } = parameter;
  const cells = [
    alias === undefined ? `\`${name}\`` : `\`${name}\`, \`${alias}\``,
    kind.label,
    `\`${defaultOf(parameter)}\``,
    settable(parameter),
    effect(parameter),
    difference === undefined
      ? parameter.description
      : `${parameter.description}. Differs from Redis: ${difference}`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function settable(parameter: Parameter): string {
  if (!parameter.mutable) return "no";
  return parameter.protected ? "protected" : "yes";
}

function effect({ effect, reason }: Parameter): string {
  switch (effect) {
    case "real":
      return "yes";
    case "none here":
      return `none here: ${reason}`;
    case "not yet":
      return `only the default: ${reason}`;
  }
}

function defaultOf(parameter: Parameter): string {
  const text = parameter.kind.format(parameter.default);
  return text === "" ? '""' : toText(text);
}
