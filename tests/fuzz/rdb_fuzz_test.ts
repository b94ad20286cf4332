/**
 * What RESTORE and RDB files are made of, damaged at random: each piece gives an error or a value that
 * is whole, and takes no more memory than its size allows.
 *
 * A few thousand pieces run with the tests; `REDIS_LITE_FUZZ=100000` runs as many as one wants, and
 * prints what came of them.
 */
import { Buffer } from "node:buffer";
import { assert } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { dumpValue, restoreValue } from "../../src/persistence/rdb/dump.ts";
import { RdbDecoder } from "../../src/persistence/rdb/rdb_decoder.ts";
import { RdbEncoder } from "../../src/persistence/rdb/rdb_encoder.ts";
import { RdbError } from "../../src/persistence/rdb/rdb_error.ts";
import { RdbWriter } from "../../src/persistence/rdb/writer.ts";
import { SnapshotError } from "../../src/persistence/snapshot_error.ts";
import { Args } from "../../src/protocol/args.ts";
import type { Server } from "../../src/server/server.ts";
import { memoryOf, type Value } from "../../src/store/values/value.ts";
import { checkProperty, TestRandom } from "../helpers/seeded.ts";
import { little, ziplist, ziplistText } from "../persistence/rdb/payload.ts";
import { samples } from "../persistence/rdb/samples.ts";

const SETTINGS = { compress: true, listNodeSize: -2 };
const PIECES = Number(Deno.env.get("REDIS_LITE_FUZZ") ?? 3000);
/** Bytes of memory that a byte of a payload may come to: LZF alone makes 88 of one, and each may be an element. */
const MEMORY_PER_BYTE = 88 * 200;

/** The seed of this run; a failure names it. */
const SEED = Deno.env.get("REDIS_LITE_SEED") ??
  String(crypto.getRandomValues(new Uint32Array(1))[0]);

/** Payloads of every layout, without their checksums, which would refuse any damage. */
function payloads(random: TestRandom): Buffer[] {
  const server = createServer();
  const client = server.createClient();
  const found: Buffer[] = old().map((text) => Buffer.from(text, "latin1"));
  for (const compress of [true, false]) {
    const writer = new RdbWriter({ ...SETTINGS, compress });
    for (const { script } of samples) {
      for (const line of [["DEL", "k"], ...script(random)]) {
        client.args = Args.from(line.map(String));
        server.executor.execute(client);
      }
      const value = server.store.databases[0]!.peek("k")!;
      const payload = Buffer.from(dumpValue(writer, value));
      // Small ones have more of their bytes at places that matter.
      if (payload.length < 20_000) found.push(payload);
    }
  }
  return found;
}

/** Layouts that are only read, with room for a checksum behind them. */
function old(): string[] {
  const list = ziplist(ziplistText("a"), "\xfe\x80", ziplistText("b"), "\xf2");
  const map = "\x02\x01f\x02\x01v1.\x01g\x01\x00w\xff";
  const sized = (text: string) => String.fromCharCode(text.length) + text;
  return [
    `\x01\x02\x01a\xc0\x07`,
    `\x02\x02\x01a\xc0\x07`,
    `\x03\x02\x01a\x031.5\x01b\xfe`,
    `\x04\x01\x01f\xc0\x07`,
    `\x09${sized(map)}`,
    `\x0a${sized(list)}`,
    `\x0b${
      sized(`${little(2, 4)}${little(2, 4)}${little(1, 2)}${little(7, 2)}`)
    }`,
    `\x0c${sized(list)}`,
    `\x0d${sized(list)}`,
    `\x0e\x02${sized(list)}${sized(list)}`,
    `\x14${sized("\x0c\0\0\0\x02\0\x81a\x02\x07\x01\xff")}`,
  ].map((text) => text + "\0".repeat(10));
}

/** Changes a few bytes: one at random, one to a length that promises much, a piece left out, doubled or moved. */
function damaged(random: TestRandom, good: Buffer): Buffer {
  let bytes = Buffer.from(good);
  for (let left = random.between(1, 4); left > 0; left--) {
    const at = random.below(bytes.length);
    const to = Math.min(bytes.length, at + random.between(1, 12));
    switch (random.below(6)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1:
        bytes[at] = random.below(256);
        break;
      case 2:
        bytes.fill(random.pick([0, 0x7f, 0x80, 0x81, 0xfe, 0xff]), at, to);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
        break;
      case 5:
        bytes = Buffer.from(bytes.subarray(0, Math.max(11, at)));
    }
    if (bytes.length < 11) return Buffer.concat([bytes, Buffer.alloc(11)]);
  }
  return bytes;
}

/** A value that was accepted must be whole: it can be written, and read again to the same bytes. */
function checkWhole(value: Value, server: Server): void {
  const writer = new RdbWriter(SETTINGS);
  const bytes = Buffer.from(dumpValue(writer, value));
  const again = restoreValue(bytes, server.store.thresholds);
  assert(bytes.equals(dumpValue(writer, again)), "not the same value again");
}

Deno.test("damaged payloads give an error or a value that is whole, and no more memory than their size allows", async () => {
  const server = createServer();
  let values = 0, errors = 0;
  await checkProperty(
    (random) => {
      const good = payloads(random);
      for (let i = 0; i < PIECES; i++) {
        const bytes = damaged(random, random.pick(good));
        let value: Value;
        try {
          value = restoreValue(bytes, server.store.thresholds);
        } catch (error) {
          if (!(error instanceof RdbError)) throw error;
          errors++;
          continue;
        }
        values++;
        const memory = memoryOf(value);
        assert(memory <= bytes.length * MEMORY_PER_BYTE, `${memory} bytes`);
        checkWhole(value, server);
      }
    },
    {},
    SEED,
  );
  if (PIECES > 3000) {
    console.log(`seed ${SEED}: ${errors} errors, ${values} values`);
  }
});

Deno.test("damaged RDB files give an error, wherever they are cut into reads", async () => {
  const options = { databases: 16, now: 0, checksum: true };
  await checkProperty(
    (random) => {
      const server = createServer();
      const { thresholds } = server.store;
      for (let i = 0; i < PIECES / 30; i++) {
        const encoder = new RdbEncoder({
          settings: SETTINGS,
          checksum: true,
          fields: [["redis-ver", "7.0.15"]],
          sizes: [[2, 0]],
        });
        encoder.entry(0, "a", random.bytes(30), 5000, 0);
        encoder.entry(random.below(3), "b", random.bytes(30), Infinity, 0);
        encoder.end();
        const good = Buffer.from(encoder.take());
        const bad = damaged(random, good);
        if (bad.equals(good)) continue;
        const decoder = new RdbDecoder({ ...options, thresholds });
        let refused = false;
        try {
          for (let at = 0; at < bad.length;) {
            const to = Math.min(bad.length, at + random.between(1, 40));
            decoder.take(bad.subarray(at, to));
            at = to;
          }
          decoder.finish();
          // Bytes behind the end are not its business.
          refused = bad.subarray(0, good.length).equals(good);
        } catch (error) {
          if (!(error instanceof SnapshotError)) throw error;
          refused = true;
        }
        assert(refused, `accepted: ${bad.toString("hex")}`);
      }
    },
    {},
    SEED,
  );
});
