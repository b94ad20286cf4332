/** The protocol version a connection speaks. */
export type Protocol = 2 | 3;

/**
 * One reply as it stood on the wire: what differs there differs here, so the three ways of saying
 * "nothing" are three types. All text is byte strings (chars 0-255).
 */
export type Reply =
  | { readonly type: "status"; readonly text: string }
  | { readonly type: "error"; readonly text: string }
  | { readonly type: "bulk"; readonly text: string }
  | {
    readonly type: "verbatim";
    readonly format: string;
    readonly text: string;
  }
  /** A bigint only where a number would lose digits. */
  | { readonly type: "integer"; readonly value: number | bigint }
  | { readonly type: "big number"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }
  /** `$-1` */
  | { readonly type: "null bulk" }
  /** `*-1` */
  | { readonly type: "null array" }
  /** `_`, RESP3's only null */
  | { readonly type: "null" }
  | { readonly type: "array"; readonly items: readonly Reply[] }
  | { readonly type: "set"; readonly items: readonly Reply[] }
  | { readonly type: "push"; readonly items: readonly Reply[] }
  | { readonly type: "map"; readonly entries: readonly ReplyEntry[] }
  /** An attribute and the reply that it precedes. */
  | {
    readonly type: "attribute";
    readonly entries: readonly ReplyEntry[];
    readonly of: Reply;
  };

/** A key and a value of a map. */
export type ReplyEntry = readonly [key: Reply, value: Reply];

/** What {@linkcode toPlain} makes of a reply. */
export type Plain =
  | string
  | number
  | bigint
  | boolean
  | null
  | Plain[]
  | Map<Plain, Plain>;

/** An error reply, thrown. Its message is the error's exact text. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

/**
 * A reply as ordinary values: text, numbers, null, arrays (also for sets and pushes) and maps.
 *
 * @throws {ReplyError} for an error, also for one inside of an array.
 */
export function toPlain(reply: Reply): Plain {
  switch (reply.type) {
    case "error":
      throw new ReplyError(reply.text);
    case "status":
    case "bulk":
    case "verbatim":
      return reply.text;
    case "integer":
    case "big number":
    case "double":
    case "boolean":
      return reply.value;
    case "null bulk":
    case "null array":
    case "null":
      return null;
    case "array":
    case "set":
    case "push":
      return reply.items.map(toPlain);
    case "map":
      return new Map(
        reply.entries.map(([key, value]) => [toPlain(key), toPlain(value)]),
      );
    case "attribute":
      return toPlain(reply.of);
  }
}

/** A reply for the eye, in the protocol's own signs: `+OK`, `:1`, `"bulk"`, `$-1`, `[:1, "a"]`, `%{"k" => :1}`. */
export function formatReply(reply: Reply): string {
  switch (reply.type) {
    case "status":
      return `+${escapeText(reply.text)}`;
    case "error":
      return `-${escapeText(reply.text)}`;
    case "bulk":
      return quote(reply.text);
    case "verbatim":
      return `=${reply.format}:${quote(reply.text)}`;
    case "integer":
      return `:${reply.value}`;
    case "big number":
      return `(${reply.value}`;
    case "double":
      return `,${reply.text}`;
    case "boolean":
      return reply.value ? "#t" : "#f";
    case "null bulk":
      return "$-1";
    case "null array":
      return "*-1";
    case "null":
      return "_";
    case "array":
      return `[${reply.items.map(formatReply).join(", ")}]`;
    case "set":
      return `~[${reply.items.map(formatReply).join(", ")}]`;
    case "push":
      return `>[${reply.items.map(formatReply).join(", ")}]`;
    case "map":
      return `%{${formatEntries(reply.entries)}}`;
    case "attribute":
      return `|{${formatEntries(reply.entries)}} ${formatReply(reply.of)}`;
  }
}

function formatEntries(entries: readonly ReplyEntry[]): string {
  return entries.map(([key, value]) =>
    `${formatReply(key)} => ${formatReply(value)}`
  ).join(", ");
}

/** A byte string in double quotes, escaped as redis-cli does. */
export function quote(text: string): string {
  return `"${escapeText(text).replaceAll('"', '\\"')}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\x07": "\\a",
  "\b": "\\b",
};

function escapeText(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\\\x00-\x1f\x7f-\xff]/g,
    (char) =>
      ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
