import { Buffer } from "node:buffer";
import { MAX_LENGTH } from "./byte_string.ts";

/** The least room for a read. */
const LEAST_ROOM = 16 * 1024;
/** No line of a reply is longer: a status, an error, a number. */
const LONGEST_LINE = 64 * 1024;
const CR = 13;

/** An error that a server replied. */
export class ErrorReply {
  /** Its code and message. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A reply of another server, over RESP2. */
export type ServerReply =
  | string
  | number
  | null
  | ErrorReply
  | readonly ServerReply[];

/** Where a part of a reply ends, and what it is. */
interface Parsed {
  readonly reply: ServerReply;
  readonly end: number;
}

/** Bytes that are no reply. */
export class NotAReply extends Error {
  override name = "NotAReply";
}

/** Reads the replies of another server out of what it has sent so far. */
export class ReplyReader {
  #bytes = Buffer.allocUnsafeSlow(LEAST_ROOM);
  #start = 0;
  #end = 0;

  /** Returns where the next bytes are to be put. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length - this.#end < LEAST_ROOM) this.#makeRoom();
    return this.#bytes.subarray(this.#end) as Uint8Array as Uint8Array<
      ArrayBuffer
    >;
  }

  /** Takes note of `n` bytes that were put there. */
  received(n: number): void {
    this.#end += n;
  }

  /** Returns the next reply, `undefined` while it is not complete. Throws NotAReply. */
  next(): ServerReply | undefined {
    const parsed = this.#parse(this.#start);
    if (parsed === undefined) return undefined;
    this.#start = parsed.end;
    return parsed.reply;
  }

  #parse(at: number): Parsed | undefined {
    const cr = this.#bytes.indexOf(CR, at);
    if (cr < 0 || cr + 2 > this.#end) {
      if (this.#end - at > LONGEST_LINE) throw new NotAReply("a line too long");
      return undefined;
    }
    const line = this.#bytes.latin1Slice(at + 1, cr);
    const end = cr + 2;
    switch (this.#bytes[at]) {
      case 43: // +
        return { reply: line, end };
      case 45: // -
        return { reply: new ErrorReply(line), end };
      case 58: // :
        return { reply: Number(line), end };
      case 36: // $
        return this.#parseBulk(lengthOf(line), end);
      case 42: // *
        return this.#parseArray(lengthOf(line), end);
    }
    throw new NotAReply("no reply of RESP2");
  }

  #parseBulk(length: number, at: number): Parsed | undefined {
    if (length < 0) return { reply: null, end: at };
    if (length > MAX_LENGTH) throw new NotAReply(`a string of ${length} bytes`);
    const end = at + length + 2;
    if (end > this.#end) return undefined;
    return { reply: this.#bytes.latin1Slice(at, at + length), end };
  }

  #parseArray(count: number, at: number): Parsed | undefined {
    if (count < 0) return { reply: null, end: at };
    const reply: ServerReply[] = [];
    let end = at;
    for (let i = 0; i < count; i++) {
      const parsed = this.#parse(end);
      if (parsed === undefined) return undefined;
      reply.push(parsed.reply);
      end = parsed.end;
    }
    return { reply, end };
  }

  #makeRoom(): void {
    const left = this.#bytes.subarray(this.#start, this.#end);
    const roomy = left.length * 2 + LEAST_ROOM <= this.#bytes.length;
    const bytes = roomy
      ? this.#bytes
      : Buffer.allocUnsafeSlow(left.length * 2 + LEAST_ROOM);
    if (roomy) bytes.copyWithin(0, this.#start, this.#end);
    else bytes.set(left);
    this.#bytes = bytes;
    this.#end = left.length;
    this.#start = 0;
  }
}

function lengthOf(line: string): number {
  const length = Number(line);
  if (!Number.isInteger(length)) throw new NotAReply(`a length of ${line}`);
  return length;
}
