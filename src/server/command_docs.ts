/**
 * The tree of arguments that COMMAND DOCS tells, read from the syntax line of a
 * command.
 *
 * A word in capitals (or signs alone) stands for itself and any other for a
 * value; `[x]` may be left out, `<a | b>` is a choice, `x [x ...]` may be
 * repeated (`[...]` for short: whatever stands before it), and `(x)` makes a
 * block where the documentation has one that brackets do not show. A word in
 * capitals belongs to what follows it: to one value, or to a block of several.
 */
import type {
  ArgumentFacts,
  ArgumentType,
  CommandDefinition,
} from "./command.ts";

export type ArgumentFlag = "optional" | "multiple" | "multiple_token";

/** One argument as COMMAND DOCS describes it. */
export interface Argument {
  readonly name: string;
  readonly type: ArgumentType;
  /** Which of the command's key specs finds it. */
  readonly keySpecIndex?: number;
  readonly token?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly flags: readonly ArgumentFlag[];
  /** What a choice or a block is made of. */
  readonly arguments?: readonly Argument[];
}

/** Returns the arguments of a command; throws an Error when its syntax line is not one. */
export function argumentsOf(
  { syntax, docs = {}, keys = [] }: CommandDefinition,
): readonly Argument[] {
  const nodes = new SyntaxParser(syntax).parse();
  const describer = new Describer(docs, keys.length);
  return nodes.map((node) => describer.describe(node));
}

/** Returns a syntax line as people read it: without the parentheses of hidden blocks. */
export function readableSyntax(syntax: string): string {
  return syntax.replaceAll(/[()]/g, "").replaceAll(/> \[\.\.\.\]/g, "> ...");
}

/** An argument that is being put together. */
interface Node {
  readonly kind: "token" | "value" | "choice" | "block";
  /** The word itself; empty for choices and blocks. */
  readonly word: string;
  readonly children: readonly Node[];
  /** Where its words begin in the line. */
  readonly start: number;
  token?: string;
  optional?: boolean;
  multiple?: boolean;
  multipleToken?: boolean;
}

class SyntaxParser {
  readonly #line: string;
  readonly #words: readonly string[];
  #at = 0;

  constructor(line: string) {
    this.#line = line;
    this.#words = line.match(/[[\]<>()|]|[^\s[\]<>()|]+/g) ?? [];
  }

  parse(): Node[] {
    const { alternatives } = this.#group(undefined);
    if (alternatives.length > 1) this.#fail("a choice without brackets");
    return bindTokens(alternatives[0]!);
  }

  /** Reads up to the bracket `close`, or to the end of the line. */
  #group(
    close: string | undefined,
  ): { alternatives: Node[][]; repeated: boolean } {
    const begin = this.#at;
    const alternatives: Node[][] = [[]];
    let repeated = false;
    for (;;) {
      const start = this.#at;
      const word = this.#words[this.#at++];
      const items = alternatives.at(-1)!;
      if (word === close) return { alternatives, repeated };
      if (word === undefined) this.#fail(`no ${close}`);
      if (word === "|") alternatives.push([]);
      else if (word === "[") {
        const again = this.#repetition();
        if (again === undefined) {
          items.push({ ...this.#bracket("]", start), optional: true });
        } else if (
          alternatives.length > 1 && this.#same(begin, start, again)
        ) repeated = true;
        else this.#repeat(items, start, again);
      } else if (word === "<") items.push(this.#bracket(">", start));
      else if (word === "(") {
        const { alternatives } = this.#group(")");
        items.push(block(start, bindTokens(alternatives[0]!)));
      } else if ("]>)".includes(word)) this.#fail(`an unexpected ${word}`);
      else {
        const kind = /[a-z]/.test(word) ? "value" : "token";
        items.push({ kind, word, children: [], start });
      }
    }
  }

  #bracket(close: string, start: number): Node {
    const { alternatives, repeated } = this.#group(close);
    const children = alternatives.map((items) => this.#one(items, start));
    if (children.length === 1) return children[0]!;
    const node: Node = { kind: "choice", word: "", children, start };
    return repeated ? { ...node, multiple: true } : node;
  }

  /** Reads a bracket that ends in `...` and returns what it says again; nothing is read when it is another one. */
  #repetition(): readonly string[] | undefined {
    let depth = 1, end = this.#at;
    while (depth > 0 && end < this.#words.length) {
      const word = this.#words[end++];
      if (word === "[") depth++;
      else if (word === "]") depth--;
    }
    if (this.#words[end - 2] !== "...") return undefined;
    const again = this.#words.slice(this.#at, end - 2);
    this.#at = end;
    return again;
  }

  /** Makes one argument of the last items, which the line repeats before `end`. */
  #repeat(items: Node[], end: number, again: readonly string[]): void {
    const begin = again.length === 0
      ? items.at(-1)?.start ?? end
      : end - again.length;
    const first = items.findIndex(({ start }) => start === begin);
    if (first < 0 || (again.length > 0 && !this.#same(begin, end, again))) {
      this.#fail(`nothing before [${again.join(" ")} ...] to repeat`);
    }
    const unit = items.splice(first);
    const node: Node = { ...this.#one(unit, begin), multiple: true };
    if (unit.length > 1 && unit[0]!.kind === "token") node.multipleToken = true;
    items.push(node);
  }

  #same(begin: number, end: number, words: readonly string[]): boolean {
    return end - begin === words.length &&
      words.every((word, i) => word === this.#words[begin + i]);
  }

  /** Makes one argument of what stands in a bracket. */
  #one(items: readonly Node[], start: number): Node {
    const [first, ...rest] = items;
    if (first === undefined) this.#fail("an empty bracket");
    if (rest.length === 0) return first;
    if (first.kind !== "token" || rest.every(({ kind }) => kind === "token")) {
      return block(start, bindTokens(items));
    }
    const required = rest.filter((each) => !each.optional);
    const bindsToOne = required.length === 1 ||
      required.some(({ kind }) => kind === "choice");
    if (!bindsToOne) return { ...block(start, rest), token: first.word };
    const [bound, ...others] = rest;
    const node = { ...bound!, token: first.word, start };
    return others.length === 0 ? node : block(start, [node, ...others]);
  }

  #fail(what: string): never {
    throw new Error(`Syntax line with ${what}: ${this.#line}`);
  }
}

function block(start: number, children: readonly Node[]): Node {
  return { kind: "block", word: "", children, start };
}

/** Lets each token of a sequence have the required values behind it. */
function bindTokens(items: readonly Node[]): Node[] {
  const bound: Node[] = [];
  for (let i = 0; i < items.length;) {
    const item = items[i++]!;
    const own: Node[] = [];
    if (item.kind === "token" && !item.optional) {
      while (i < items.length && takesToken(items[i]!)) own.push(items[i++]!);
    }
    const { word: token, start } = item;
    if (own.length === 0) bound.push(item);
    else if (own.length === 1) bound.push({ ...own[0]!, token, start });
    else bound.push({ ...block(start, own), token });
  }
  return bound;
}

function takesToken({ kind, optional, token }: Node): boolean {
  return kind !== "token" && !optional && token === undefined;
}

/** Adds to the arguments of one command what their words and its facts tell. */
class Describer {
  readonly #facts: ArgumentFacts;
  readonly #keySpecs: number;
  #groups = 0;
  #keys = 0;

  constructor(facts: ArgumentFacts, keySpecs: number) {
    this.#facts = facts;
    this.#keySpecs = keySpecs;
  }

  describe(node: Node): Argument {
    const { types = {}, since = {}, deprecatedSince = {} } = this.#facts;
    const { names = {}, groups = [], keySpecs = {} } = this.#facts;
    const { kind, word } = node;
    const isGroup = kind === "choice" || kind === "block";
    const given = isGroup ? groups[this.#groups++] : names[word];
    const children = node.children.map((each) => this.describe(each));
    const name = given ??
      (isGroup
        ? children.map((each) => each.name).join("_")
        : word.toLowerCase());
    const token = kind === "token" ? word : node.token;
    const fact = token ?? name;
    const type = types[fact] ?? typeOf(kind, word);
    const keySpec = keySpecs[fact] ??
      (type === "key" ? Math.min(this.#keys++, this.#keySpecs - 1) : -1);
    return {
      name,
      type,
      ...keySpec >= 0 && { keySpecIndex: keySpec },
      ...token !== undefined && { token: token === '""' ? "" : token },
      ...since[fact] !== undefined && { since: since[fact] },
      ...deprecatedSince[fact] !== undefined &&
        { deprecatedSince: deprecatedSince[fact] },
      flags: flagsOf(node),
      ...isGroup && { arguments: children },
    };
  }
}

function flagsOf(node: Node): ArgumentFlag[] {
  const flags: ArgumentFlag[] = [];
  if (node.optional) flags.push("optional");
  if (node.multiple) flags.push("multiple");
  if (node.multipleToken) flags.push("multiple_token");
  return flags;
}

const KEYS = /^(key[12]?|newkey|destkey|sourcekey|source|destination|src|dst)$/;
const UNIX_TIMES = /^unix-time-/;
const DOUBLES = /^(timeout|score|radius|width|height|longitude|latitude)$/;
const INTEGERS =
  /^(\w*count|\w*seconds|ms|numkeys|numreplicas|num-matches|rank|len|limit|offset|index[12]?|cursor|start|stop|end|start-slot|end-slot|slot|db|destination-db|increment|decrement|weight|port|cluster_bus_port|ttl|frequency|bits?|version|protover|config-epoch|client-id|entries_\w+)$/;

/** Returns the type that a word stands for in nearly all commands. */
function typeOf(kind: Node["kind"], word: string): ArgumentType {
  switch (kind) {
    case "token":
      return "pure-token";
    case "choice":
      return "oneof";
    case "block":
      return "block";
  }
  if (KEYS.test(word)) return "key";
  if (word === "pattern") return "pattern";
  if (UNIX_TIMES.test(word)) return "unix-time";
  if (DOUBLES.test(word)) return "double";
  return INTEGERS.test(word) ? "integer" : "string";
}
