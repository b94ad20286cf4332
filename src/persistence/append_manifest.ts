import { Buffer } from "node:buffer";
import { splitWords } from "../protocol/inline.ts";
import { AppendLogError } from "./append_error.ts";
import { crc32 } from "./crc32.ts";

/** A file that an append log consists of. */
export interface LogFile {
  readonly name: string;
  /** What tells it from others of its type. */
  readonly sequence: number;
}

/** What the base of a log is: a snapshot, or commands that make the data. */
export type BaseFormat = "json" | "aof";

/** What the last line of a manifest begins with. */
const CHECKSUM = "#CRC:";

/**
 * Which files an append log consists of, as the manifest of Redis 7 lists them:
 * a base, then what was logged since, in order, and files that have been replaced
 * and are to be removed. A manifest does not change: what follows from it is
 * another one, which counts once it is on the disk.
 */
export class AppendManifest {
  readonly base: LogFile | undefined;
  readonly history: readonly LogFile[];
  readonly increments: readonly LogFile[];

  /** Whether it came with a checksum, as Redis's do not: else it may have been cut off between two lines. */
  readonly isSummed: boolean;

  constructor(
    base?: LogFile,
    increments: readonly LogFile[] = [],
    history: readonly LogFile[] = [],
    isSummed = true,
  ) {
    this.base = base;
    this.increments = increments;
    this.history = history;
    this.isSummed = isSummed;
  }

  /** Whether there is no log. */
  get isEmpty(): boolean {
    return this.base === undefined && this.increments.length === 0;
  }

  /** The files with the data, in the order in which they are to be loaded. */
  get files(): readonly LogFile[] {
    return this.base === undefined
      ? this.increments
      : [this.base, ...this.increments];
  }

  /** Returns the name of the next base, with a number above `taken`. */
  nextBase(filename: string, format: BaseFormat, taken: number): LogFile {
    const sequence = Math.max(this.base?.sequence ?? 0, taken) + 1;
    return { name: `${filename}.${sequence}.base.${format}`, sequence };
  }

  /** Returns the name of the next file to log into, with a number above `taken`. */
  nextIncrement(filename: string, taken: number): LogFile {
    const last = this.increments.at(-1)?.sequence ?? 0;
    const sequence = Math.max(last, taken) + 1;
    return { name: `${filename}.${sequence}.incr.aof`, sequence };
  }

  /** Returns the manifest with one more file to log into. */
  with(increment: LogFile): AppendManifest {
    return new AppendManifest(
      this.base,
      [...this.increments, increment],
      this.history,
    );
  }

  /** Returns the manifest with a new base, which stands for all but `increments`. */
  rebased(base: LogFile, increments: readonly LogFile[]): AppendManifest {
    const replaced = this.files.filter((file) => !increments.includes(file));
    return new AppendManifest(base, increments, [
      ...this.history,
      ...replaced,
    ]);
  }

  /** Returns the manifest without the files that have been replaced. */
  withoutHistory(): AppendManifest {
    return new AppendManifest(this.base, this.increments);
  }

  /**
   * Returns the bytes of the manifest's file. Its last line, a comment to Redis,
   * is a checksum: one letter tells a file that is needed from one to be removed.
   */
  encode(): Uint8Array {
    const lines = [
      ...this.base === undefined ? [] : [lineOf(this.base, "b")],
      ...this.history.map((file) => lineOf(file, "h")),
      ...this.increments.map((file) => lineOf(file, "i")),
    ];
    const text = lines.join("");
    const digits = crc32(Buffer.from(text, "latin1")).toString(16);
    return Buffer.from(
      `${text}${CHECKSUM}${digits.padStart(8, "0")}\n`,
      "latin1",
    );
  }

  /** Reads a manifest, Redis's too. Throws AppendLogError. */
  static decode(bytes: Uint8Array): AppendManifest {
    const text = Buffer.from(bytes).latin1Slice();
    const isSummed = checkSum(text);
    let base: LogFile | undefined;
    const history: LogFile[] = [], increments: LogFile[] = [];
    if (text === "") throw new AppendLogError(-1, "the manifest is empty");
    const lines = text.split("\n");
    if (lines.pop() !== "") {
      throw new AppendLogError(-1, "its last line is cut");
    }
    for (const [i, line] of lines.entries()) {
      if (line.startsWith("#")) continue;
      const { file, type } = readLine(line, i + 1);
      if (type === "h") history.push(file);
      else if (type === "b") {
        if (base !== undefined) throw wrong(i + 1, "a second base");
        base = file;
      } else if (type === "i") {
        if (file.sequence <= (increments.at(-1)?.sequence ?? 0)) {
          throw wrong(i + 1, "a sequence number that does not grow");
        }
        increments.push(file);
      } else throw wrong(i + 1, `an unknown type of file, ${type}`);
    }
    return new AppendManifest(base, increments, history, isSummed);
  }
}

function lineOf({ name, sequence }: LogFile, type: "b" | "h" | "i"): string {
  return `file ${quoted(name)} seq ${sequence} type ${type}\n`;
}

/** Returns a name as one word of a line. */
function quoted(name: string): string {
  if (!/[^!#-&(-\[\]-~]/.test(name)) return name;
  const escaped = name.replace(/[\\"]/g, "\\$&").replace(
    /[^ -~]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${escaped}"`;
}

function readLine(
  line: string,
  number: number,
): { readonly file: LogFile; readonly type: string } {
  const words = splitWords(line);
  if (words === undefined || words.length < 6 || words.length % 2 === 1) {
    throw wrong(number, `not the description of a file: ${line}`);
  }
  const facts = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    facts.set(words[i]!.toLowerCase(), words[i + 1]!);
  }
  const name = facts.get("file") ?? "";
  const sequence = Number(facts.get("seq"));
  const type = facts.get("type") ?? "";
  if (/[/\\]/.test(name)) {
    throw wrong(number, `a path instead of a name: ${name}`);
  }
  if (name === "" || !Number.isSafeInteger(sequence) || sequence < 1) {
    throw wrong(number, `not the description of a file: ${line}`);
  }
  return { file: { name, sequence }, type: type.slice(0, 1) };
}

/** Returns whether there is a checksum, which must fit then: a manifest that Redis wrote has none. */
function checkSum(text: string): boolean {
  const at = text.lastIndexOf(`\n${CHECKSUM}`) + 1;
  if (at === 0) return false;
  const digits = crc32(Buffer.from(text.slice(0, at), "latin1")).toString(16);
  if (text.slice(at) !== `${CHECKSUM}${digits.padStart(8, "0")}\n`) {
    throw new AppendLogError(
      -1,
      "its checksum does not fit: it is damaged, or was edited; delete the last line to take it as it is",
    );
  }
  return true;
}

function wrong(line: number, what: string): AppendLogError {
  return new AppendLogError(-1, `line ${line} has ${what}`);
}
