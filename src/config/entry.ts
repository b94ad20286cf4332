import {
  booleanKind,
  type Bound,
  choiceKind,
  integerKind,
  type Kind,
  memoryKind,
  stringKind,
  type StringRules,
} from "./kinds.ts";

/**
 * What a value does here: `real` as documented; `none here` is accepted and
 * does nothing, for the reason given; `not yet` accepts the default alone,
 * because what the parameter governs is not available.
 */
export type Effect = "real" | "none here" | "not yet";

/** All that is known of a parameter but its name and section. */
export interface Entry<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  /** What the parameter does, in one clause for `--help` and README. */
  readonly description: string;
  /** Older name under which it is known as well. */
  readonly alias?: string;
  /** Whether CONFIG SET may change it. */
  readonly mutable: boolean;
  /** Whether CONFIG SET may change it only as enable-protected-configs allows. */
  readonly protected: boolean;
  /** Whether CONFIG GET shows it only when it is asked for by its full name. */
  readonly hidden: boolean;
  /** Whether the value is a secret, to be kept out of logs and messages. */
  readonly sensitive: boolean;
  readonly effect: Effect;
  /** Why the effect is not real. */
  readonly reason?: string;
  /** How default or meaning differ from Redis. */
  readonly difference?: string;
}

/** The facts of an entry that most entries do not need to state. */
export type Facts = Partial<
  Pick<
    Entry<unknown>,
    | "alias"
    | "mutable"
    | "protected"
    | "hidden"
    | "sensitive"
    | "effect"
    | "reason"
    | "difference"
  >
>;

/** Facts of a parameter that is fixed once the server runs. */
export const FIXED: Facts = { mutable: false };

/** Returns an entry: mutable, visible and real unless `facts` say otherwise. */
export function entry<T>(
  kind: Kind<T>,
  fallback: T,
  description: string,
  facts: Facts = {},
): Entry<T> {
  return {
    kind,
    default: fallback,
    description,
    mutable: true,
    protected: false,
    hidden: false,
    sensitive: false,
    effect: "real",
    ...facts,
  };
}

/** A yes or no. */
export function boolean(
  fallback: boolean,
  description: string,
  facts?: Facts,
): Entry<boolean> {
  return entry(booleanKind, fallback, description, facts);
}

/** A whole number in a range. */
export function integer(
  fallback: number,
  [min, max]: readonly [Bound, Bound],
  description: string,
  facts?: Facts,
): Entry<number> {
  return entry(integerKind(min, max), fallback, description, facts);
}

/** An amount of memory in a range. */
export function memory(
  fallback: number,
  [min, max]: readonly [Bound, Bound],
  description: string,
  facts?: Facts,
): Entry<number> {
  return entry(memoryKind(min, max), fallback, description, facts);
}

/** One word of several. */
export function choice<const Word extends string>(
  fallback: NoInfer<Word>,
  words: readonly Word[],
  description: string,
  facts?: Facts,
): Entry<Word> {
  return entry<Word>(choiceKind(words), fallback, description, facts);
}

/** A byte string, of which the empty one is a value like others. */
export function string(
  fallback: string,
  description: string,
  facts?: Facts,
  rules?: StringRules,
): Entry<string> {
  return entry(stringKind(rules), fallback, description, facts);
}

/** A byte string that is not set while it is empty. */
export function optional(
  description: string,
  facts?: Facts,
  rules?: StringRules,
): Entry<string> {
  return entry(
    stringKind({ ...rules, emptyMeansNone: true }),
    "",
    description,
    facts,
  );
}

type Entries = Record<string, Entry<unknown>>;

function withEffect<Table extends Entries>(
  table: Table,
  effect: Effect,
  reason: string,
): Table {
  const marked = Object.entries(table).map(([name, each]) => [
    name,
    { ...each, effect, reason },
  ]);
  return Object.fromEntries(marked) as Table;
}

/** Marks parameters that are validated, kept and shown, and do nothing here. */
export function noneHere<Table extends Entries>(
  reason: string,
  table: Table,
): Table {
  return withEffect(table, "none here", reason);
}

/** Marks parameters that may only state their default until what they govern is available. */
export function notYet<Table extends Entries>(
  reason: string,
  table: Table,
): Table {
  return withEffect(table, "not yet", reason);
}
