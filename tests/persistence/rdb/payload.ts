import { Buffer } from "node:buffer";
import { Crc64 } from "../../../src/persistence/rdb/crc64.ts";

/** Returns a payload of RESTORE: a layout and what follows it, made complete with version and checksum. */
export function payload(layout: number, body: string, version = 10): string {
  const bytes = Buffer.from(
    String.fromCharCode(layout) + body + String.fromCharCode(version) + "\0",
    "latin1",
  );
  const crc = new Crc64();
  crc.update(bytes);
  return bytes.latin1Slice() + Buffer.from(crc.digest()).latin1Slice();
}

/** A string with its length, of up to 16383 bytes. */
export function sized(text: string): string {
  const { length } = text;
  return (length < 64
    ? String.fromCharCode(length)
    : String.fromCharCode(0x40 | length >> 8, length & 0xff)) + text;
}

/** An integer of some bytes, the lowest first. */
export function little(n: number | bigint, bytes: number): string {
  let text = "";
  for (let i = 0n; i < bytes; i++) {
    text += String.fromCharCode(Number(BigInt(n) >> i * 8n & 0xffn));
  }
  return text;
}

/** A ziplist of elements, each a code and what follows it. */
export function ziplist(...elements: readonly string[]): string {
  let body = "";
  let before = 0, last = 10;
  for (const element of elements) {
    last = 10 + body.length;
    const each =
      (before < 254 ? little(before, 1) : `\xfe${little(before, 4)}`) + element;
    before = each.length;
    body += each;
  }
  return `${little(body.length + 11, 4)}${little(last, 4)}${
    little(elements.length, 2)
  }${body}\xff`;
}

/** A text as an element of a ziplist. */
export function ziplistText(text: string): string {
  return (text.length < 64
    ? String.fromCharCode(text.length)
    : String.fromCharCode(0x40 | text.length >> 8, text.length & 0xff)) + text;
}

/** A listpack of short elements, each a code and what follows it. */
export function listpack(...elements: readonly string[]): string {
  const body = elements.map((each) => each + String.fromCharCode(each.length))
    .join("");
  return `${little(body.length + 7, 4)}${
    little(elements.length, 2)
  }${body}\xff`;
}
