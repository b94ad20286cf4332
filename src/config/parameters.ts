/**
 * The table of parameters. All that is known of them (how they are read,
 * shown, checked, explained and written back) is said here once; config files,
 * the command line, CONFIG GET/SET/REWRITE, `--help` and README follow from it.
 */
import { asciiLower } from "../protocol/byte_string.ts";
import { memoryParameters, persistenceParameters } from "./data_parameters.ts";
import {
  clusterParameters,
  replicationParameters,
  tlsParameters,
} from "./distributed_parameters.ts";
import type { Entry } from "./entry.ts";
import {
  generalParameters,
  monitoringParameters,
  networkParameters,
  ownParameters,
  securityParameters,
} from "./server_parameters.ts";

export type { BufferLimit, BufferLimits, SavePoint } from "./list_kinds.ts";

const ALL = {
  ...networkParameters,
  ...generalParameters,
  ...securityParameters,
  ...persistenceParameters,
  ...memoryParameters,
  ...monitoringParameters,
  ...replicationParameters,
  ...clusterParameters,
  ...tlsParameters,
  ...ownParameters,
};

type All = typeof ALL;

/** Name of a parameter; aliases are not among them. */
export type ParameterName = keyof All;

/** The value of each parameter, by its name. Strings are byte strings. */
export type Settings = {
  readonly [Name in ParameterName]: All[Name] extends Entry<infer T> ? T
    : never;
};

/** One parameter: its entry, its name and where it belongs. */
export interface Parameter<T = unknown> extends Entry<T> {
  readonly name: ParameterName;
  /** Heading under which it is listed. */
  readonly section: string;
  /** Whether Redis has it. */
  readonly origin: "redis" | "redis-lite";
}

/** All parameters, in the order in which CONFIG GET shows them. */
export const PARAMETERS: readonly Parameter[] = [
  ...section("Network", networkParameters),
  ...section("General", generalParameters),
  ...section("Security", securityParameters),
  ...section("Persistence", persistenceParameters),
  ...section("Memory", memoryParameters),
  ...section("Monitoring", monitoringParameters),
  ...section("Replication", replicationParameters),
  ...section("Cluster", clusterParameters),
  ...section("TLS", tlsParameters),
  ...section("Redis-Lite's own", ownParameters, "redis-lite"),
];

function section(
  title: string,
  entries: Readonly<Record<string, Entry<unknown>>>,
  origin: Parameter["origin"] = "redis",
): Parameter[] {
  return Object.entries(entries).map(([name, each]) => ({
    ...each,
    name: name as ParameterName,
    section: title,
    origin,
  }));
}

const BY_NAME: ReadonlyMap<string, Parameter> = new Map(
  PARAMETERS.flatMap((parameter) =>
    parameter.alias === undefined
      ? [[parameter.name, parameter]]
      : [[parameter.name, parameter], [parameter.alias, parameter]]
  ),
);

/** Returns the parameter with a name or alias, in any case. */
export function findParameter(name: string): Parameter | undefined {
  return BY_NAME.get(asciiLower(name));
}

/** Returns the name or alias nearest to what was meant, or `undefined` when none is near. */
export function nearestName(wrong: string): string | undefined {
  const name = asciiLower(wrong);
  let best: string | undefined;
  let bestDistance = Math.min(4, Math.ceil(name.length / 3) + 1);
  for (const candidate of BY_NAME.keys()) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions and replacements from `a` to `b`; O(length of a * length of b). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
