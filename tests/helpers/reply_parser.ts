import type { Reply, ReplyEntry } from "./reply.ts";

/** One complete reply and the exact bytes that it came as. */
export interface Frame {
  readonly reply: Reply;
  readonly raw: string;
}

/**
 * Makes replies of bytes that arrive in any portions. Written apart from the server's own protocol
 * code, so that the two cannot share a mistake, and strict: bytes that no server may send throw.
 */
export class ReplyParser {
  #buffer = "";
  #position = 0;
  #parsing = this.#reply();

  /** Bytes received that do not make a whole reply yet. */
  get unfinished(): string {
    return this.#buffer;
  }

  /** The replies that `bytes` completes. */
  *feed(bytes: string): Generator<Frame, void, void> {
    this.#buffer += bytes;
    while (this.#buffer !== "") {
      const step = this.#parsing.next();
      if (!step.done) return;
      yield { reply: step.value, raw: this.#buffer.slice(0, this.#position) };
      this.#buffer = this.#buffer.slice(this.#position);
      this.#position = 0;
      this.#parsing = this.#reply();
    }
  }

  // The generators below yield whenever they need more bytes than there are.

  *#reply(): Generator<void, Reply, void> {
    const line = yield* this.#line();
    const rest = line.slice(1);
    switch (line[0]) {
      case "+":
        return { type: "status", text: rest };
      case "-":
        return { type: "error", text: rest };
      case ":":
        return { type: "integer", value: parseInteger(rest) };
      case "$": {
        if (rest === "-1") return { type: "null bulk" };
        return { type: "bulk", text: yield* this.#text(parseLength(rest)) };
      }
      case "!":
        return { type: "error", text: yield* this.#text(parseLength(rest)) };
      case "=": {
        const text = yield* this.#text(parseLength(rest));
        if (text[3] !== ":") {
          throw new Error(
            `Verbatim string without a format: ${JSON.stringify(text)}`,
          );
        }
        return {
          type: "verbatim",
          format: text.slice(0, 3),
          text: text.slice(4),
        };
      }
      case "*": {
        if (rest === "-1") return { type: "null array" };
        return {
          type: "array",
          items: yield* this.#replies(parseLength(rest)),
        };
      }
      case "~":
        return { type: "set", items: yield* this.#replies(parseLength(rest)) };
      case ">":
        return { type: "push", items: yield* this.#replies(parseLength(rest)) };
      case "%":
        return {
          type: "map",
          entries: yield* this.#entries(parseLength(rest)),
        };
      case "|": {
        const entries = yield* this.#entries(parseLength(rest));
        return { type: "attribute", entries, of: yield* this.#reply() };
      }
      case "_":
        if (rest !== "") {
          throw new Error(`Null with content: ${JSON.stringify(line)}`);
        }
        return { type: "null" };
      case "#":
        if (rest !== "t" && rest !== "f") {
          throw new Error(`Not a boolean: ${JSON.stringify(line)}`);
        }
        return { type: "boolean", value: rest === "t" };
      case ",":
        return { type: "double", value: parseDouble(rest), text: rest };
      case "(":
        return { type: "big number", value: BigInt(rest) };
      default:
        throw new Error(
          `Not the beginning of a reply: ${JSON.stringify(line)}`,
        );
    }
  }

  *#replies(count: number): Generator<void, Reply[], void> {
    const items: Reply[] = [];
    for (let i = 0; i < count; i++) items.push(yield* this.#reply());
    return items;
  }

  *#entries(count: number): Generator<void, ReplyEntry[], void> {
    const entries: ReplyEntry[] = [];
    for (let i = 0; i < count; i++) {
      entries.push([yield* this.#reply(), yield* this.#reply()]);
    }
    return entries;
  }

  *#line(): Generator<void, string, void> {
    let end: number;
    while ((end = this.#buffer.indexOf("\r\n", this.#position)) < 0) yield;
    const line = this.#buffer.slice(this.#position, end);
    this.#position = end + 2;
    return line;
  }

  *#text(length: number): Generator<void, string, void> {
    // Asks only for the length while bytes are missing: a search would flatten the growing text each time.
    while (this.#buffer.length < this.#position + length + 2) yield;
    const end = this.#position + length;
    if (this.#buffer.slice(end, end + 2) !== "\r\n") {
      throw new Error(`A string of ${length} bytes does not end with CR LF`);
    }
    const text = this.#buffer.slice(this.#position, end);
    this.#position = end + 2;
    return text;
  }
}

function parseInteger(text: string): number | bigint {
  if (!/^-?(0|[1-9][0-9]*)$/.test(text)) {
    throw new Error(`Not an integer: ${JSON.stringify(text)}`);
  }
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function parseLength(text: string): number {
  if (!/^(0|[1-9][0-9]*)$/.test(text)) {
    throw new Error(`Not a length: ${JSON.stringify(text)}`);
  }
  return Number(text);
}

function parseDouble(text: string): number {
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  if (text === "nan" || text === "-nan") return NaN;
  if (!/^-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$/.test(text)) {
    throw new Error(`Not a double: ${JSON.stringify(text)}`);
  }
  return Number(text);
}
