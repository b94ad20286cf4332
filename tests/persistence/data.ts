import { Buffer } from "node:buffer";
import type { ValueCodec } from "../../src/persistence/codec.ts";
import { JsonWriter } from "../../src/persistence/json_writer.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import {
  type LoadedSnapshot,
  type LoadOptions,
} from "../../src/persistence/entry_loader.ts";
import {
  loadSnapshotSync,
  saveSnapshotSync,
} from "../../src/persistence/snapshot.ts";
import type { Int64 } from "../../src/protocol/integer.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { List } from "../../src/store/values/list.ts";
import type { TestRandom } from "../helpers/seeded.ts";
import { MemoryFiles } from "./memory_files.ts";

/** 2026-01-01T00:00:00Z, where the clocks of tests start. */
export const NOW = Date.UTC(2026, 0, 1);
export const PATH = "/data/dump.json";
export const DATABASES = 4;
/** How snapshots are saved and loaded where a test is about something else. */
export const FACTS = { savedAt: NOW, checksum: true };
export const OPTIONS: LoadOptions = {
  databases: DATABASES,
  now: NOW,
  checksum: true,
  thresholds: defaultThresholds(),
};

/** A key's value, or its elements, and its expiry. */
export type Entry =
  | string
  | readonly string[]
  | { readonly value: string | readonly string[]; readonly at: Int64 };

/** What is in the databases, by their number. */
export type Data = readonly Readonly<Record<string, Entry>>[];

/** Makes the keyspaces of data. */
export function keyspacesOf(data: Data): Keyspace[] {
  return Array.from({ length: DATABASES }, (_, db) => {
    const keyspace = new Keyspace();
    for (const [key, entry] of Object.entries(data[db] ?? {})) {
      const { value, at } = typeof entry === "string" || Array.isArray(entry)
        ? { value: entry as string | readonly string[], at: Infinity }
        : entry as { value: string | readonly string[]; at: Int64 };
      const slot = keyspace.add(
        key,
        typeof value === "string" ? value : List.from(value),
      );
      if (at !== Infinity) keyspace.expiries.set(slot, at);
    }
    return keyspace;
  });
}

/** All that is in keyspaces, to be compared. */
export function contents(keyspaces: readonly Keyspace[]): string[] {
  return keyspaces.flatMap((keyspace, db) =>
    Array.from({ length: keyspace.size }, (_, slot) => {
      const value = keyspace.value(slot);
      const shown = typeof value === "string" || value.type === "string"
        ? String(value)
        : [...value];
      return JSON.stringify([
        db,
        keyspace.key(slot),
        shown,
        String(keyspace.expiries.exactAt(slot)),
      ]);
    })
  ).sort();
}

/** The bytes of a snapshot of data. */
export function snapshotOf(data: Data, checksum = true): Uint8Array {
  const files = new MemoryFiles();
  saveSnapshotSync(files, PATH, keyspacesOf(data), { savedAt: NOW, checksum });
  return files.get(PATH)!;
}

/** What a codec writes, as a byte string. */
export function jsonOf<V>(codec: ValueCodec<V>, value: V): string {
  const json = new JsonWriter();
  codec.write(json, value);
  return Buffer.from(json.take()).latin1Slice();
}

/** Reads a snapshot. */
export function read(
  content: string | Uint8Array,
  options: Partial<LoadOptions> = {},
): LoadedSnapshot {
  const files = new MemoryFiles();
  files.put(PATH, content);
  return loadSnapshotSync(files, PATH, {
    databases: DATABASES,
    now: NOW,
    checksum: true,
    thresholds: defaultThresholds(),
    ...options,
  })!;
}

/** Data that looks like users' at times, and like noise at others. */
export function randomData(random: TestRandom): Data {
  const bytes = () => {
    const length = random.pick([0, 1, 5, 20, 300]);
    switch (random.below(4)) {
      case 0:
        return random.bytes(length);
      case 1:
        return Buffer.from(random.text(length, 'aé€😀\n\t"\\\u0000'))
          .latin1Slice();
      default:
        return random.text(length);
    }
  };
  return random.list(random.between(0, DATABASES), () => {
    const entries: Record<string, Entry> = {};
    for (let n = random.below(20); n > 0; n--) {
      const value = random.chance()
        ? bytes()
        : random.list(random.between(1, 10), bytes);
      entries[bytes()] = random.chance(0.3)
        ? { value, at: NOW + random.between(1, 1_000_000) }
        : value;
    }
    return entries;
  });
}
