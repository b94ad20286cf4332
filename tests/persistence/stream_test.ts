import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { streamCodec } from "../../src/persistence/stream_codec.ts";
import { saveSnapshotSync } from "../../src/persistence/snapshot.ts";
import { SnapshotError } from "../../src/persistence/snapshot_error.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { toNumber } from "../../src/protocol/integer.ts";
import { Stream } from "../../src/store/values/stream.ts";
import { UINT64_MAX } from "../../src/store/values/stream_id.ts";
import { defaultThresholds } from "../../src/store/values/thresholds.ts";
import { property } from "../helpers/seeded.ts";
import { jsonOf, NOW, PATH, read } from "./data.ts";
import { MemoryFiles } from "./memory_files.ts";

/** A stream as releases write it. */
const GOLDEN =
  '{"format":"redis-lite snapshot","version":1,"savedAt":"2026-01-01T00:00:00.000Z","entries":[\n' +
  '{"db":0,"key":"s","type":"stream","value":{"entries":[["1-0",["field","value"]],["2-5",["café",{"base64":"/w=="}]]],' +
  '"lastId":"3-0","entriesAdded":4,"maxDeletedId":"3-0","groups":[{"name":"g","lastDeliveredId":"2-5","entriesRead":2,' +
  '"pending":[{"id":"1-0","consumer":"x","deliveredAt":1767225600000,"deliveries":2}],' +
  '"consumers":[{"name":"x","seenAt":1767225600001},{"name":"y","seenAt":1767225600002}]}]}}\n' +
  '],"count":1}\n';

function fileOf(value: Stream): string {
  const keyspace = new Keyspace();
  keyspace.add("s", value);
  const files = new MemoryFiles();
  saveSnapshotSync(files, PATH, [keyspace], { savedAt: NOW, checksum: false });
  return new TextDecoder("utf-8", { fatal: true }).decode(files.get(PATH)!);
}

function loaded(file: string): Stream {
  return read(file).keyspaces[0]!.value(0) as Stream;
}

function survives(stream: Stream): string {
  const file = fileOf(stream);
  const read = loaded(file);
  assertEquals(jsonOf(streamCodec, read), jsonOf(streamCodec, stream));
  assertEquals(read.length, stream.length);
  return file;
}

function byHand(value: string): Stream {
  return loaded(
    `{"entries":[{"key":"s","type":"stream","value":${value}}]}`,
  );
}

Deno.test("the golden stream loads, and is written as it was", () => {
  const stream = loaded(GOLDEN);
  assertEquals(fileOf(stream), GOLDEN);
  assertEquals(stream.group("g")!.consumers.map(({ name }) => name), [
    "x",
    "y",
  ]);
  assertEquals(stream.lag(stream.group("g")!), undefined);
});

Deno.test("a stream survives with ids and counts that only 64 bits hold", () => {
  const stream = new Stream();
  const limits = defaultThresholds();
  stream.append({ ms: 2n ** 53n + 1n, seq: 0 }, ["f", "v"], limits);
  stream.append({ ms: UINT64_MAX, seq: UINT64_MAX }, ["f", "v"], limits);
  stream.entriesAdded = 2n ** 63n - 1n;
  const group = stream.addGroup("\xff", stream.lastId, 2n ** 63n - 2n);
  group.addPending(stream.first!, group.addConsumer("", 0), 0, 2n ** 60n);
  survives(stream);
  survives(new Stream());
});

property("random streams survive", (random) => {
  const stream = new Stream();
  const text = () =>
    random.pick(["", "a", "\xff", "\xe2\x82\xac", '"', "\\"]).repeat(
      random.between(0, 5),
    );
  for (let ms = 1; ms < 100; ms++) {
    const fields = random.list(random.between(1, 3), text);
    stream.append(
      { ms, seq: random.between(0, 9) },
      fields.flatMap((field) => [field, text()]),
      defaultThresholds(),
    );
    if (random.chance(0.3)) stream.delete(stream.last!);
  }
  const group = stream.addGroup(text(), stream.lastId, 5);
  const consumers = ["x", "y"].map((name) => group.addConsumer(name, NOW));
  for (const entry of stream) {
    if (random.chance(0.5)) {
      group.addPending(entry, random.pick(consumers), NOW, 1);
    }
  }
  survives(stream);
});

Deno.test("a large stream goes over several lines, and so does what is pending", () => {
  const stream = new Stream();
  const group = stream.addGroup("g", { ms: 0, seq: 0 }, undefined);
  const consumer = group.addConsumer("x", NOW);
  for (let ms = 1; ms <= 20_000; ms++) {
    stream.append({ ms, seq: 0 }, ["field", `${ms}`], defaultThresholds());
    group.addPending({ ms, seq: 0 }, consumer, NOW, 1);
  }
  const lines = survives(stream).split("\n");
  assertEquals(lines.length > 6, true);
  assertEquals(lines.every((line) => line.length < 300_000), true);
});

Deno.test("integers of a stream are exact, over several lines or in one", () => {
  const value =
    '{"entriesAdded":9223372036854775807,"groups":[{"name":"g","entriesRead":-9007199254740993}]}';
  for (const line of ["", "\n"]) {
    const stream = loaded(
      `{"entries":[${line}{"key":"s","type":"stream","value":${value}}${line}]}`,
    );
    assertEquals(stream.entriesAdded, 2n ** 63n - 1n);
    assertEquals(stream.group("g")!.entriesRead, -(2n ** 53n) - 1n);
  }
  const stream = loaded(
    '{"entries":[\n' +
      '{"key":"s","type":"stream","value":{"groups":[{"name":"g","consumers":[{"name":"c"}]}]}},\n' +
      '{"append":{"group":"g","pending":[{"id":"1","consumer":"c","deliveries":9007199254740993}]}}\n' +
      "]}",
  );
  const [pending] = stream.group("g")!.pending;
  assertEquals(pending!.deliveries, 2n ** 53n + 1n);
});

Deno.test("a stream survives with any integer that RESTORE or the counting of deliveries may bring", () => {
  for (const n of [2n ** 63n - 1n, -(2n ** 63n), -7]) {
    const stream = new Stream();
    stream.entriesAdded = n;
    const group = stream.addGroup("g", { ms: 0, seq: 0 }, n);
    const consumer = group.addConsumer("c", toNumber(n));
    group.addPending({ ms: 1, seq: 0 }, consumer, toNumber(n), n);
    assertEquals(survives(loaded(fileOf(stream))), fileOf(stream));
  }
});

Deno.test("a stream written by hand needs no more than its entries", () => {
  const stream = byHand('{"entries":[["5",["f","v"]],["6-1",["f","v"]]]}');
  assertEquals(stream.lastId, { ms: 6, seq: 1 });
  assertEquals(stream.entriesAdded, 2);
  assertEquals(byHand("{}").length, 0);
});

for (
  const [value, reason] of [
    ["[]", "no object with the entries of a stream"],
    ['{"entries":{}}', "no array of entries"],
    ['{"entries":["1-1"]}', "no pair of an id and fields"],
    ['{"entries":[["x",["f","v"]]]}', 'an id that is not "ms-seq"'],
    ['{"entries":[["1-1",["f"]]]}', "no fields with their values"],
    ['{"entries":[["0-0",["f","v"]]]}', "the entry 0-0 out of order"],
    ['{"entries":[["2",["f","v"]],["1",["f","v"]]]}', "1-0 out of order"],
    ['{"entries":[["2",["f","v"]]],"lastId":"1"}', "beyond lastId 1-0"],
    ['{"entriesAdded":1.5}', "entriesAdded that is no integer"],
    ['{"entriesAdded":1e30}', "entriesAdded that is no integer of 64 bits"],
    [
      '{"groups":[{"name":"g","entriesRead":9223372036854775808}]}',
      "entriesRead that is no integer of 64 bits",
    ],
    [
      '{"groups":[{"name":"g","consumers":[{"name":"c","seenAt":1e300}]}]}',
      "seenAt that is no integer of 64 bits",
    ],
    [
      '{"groups":[{"name":"g","consumers":[{"name":"c"}],"pending":[{"id":"1","consumer":"c","deliveredAt":-1e300}]}]}',
      "deliveredAt that is no integer of 64 bits",
    ],
    ['{"extra":1}', 'unknown field "extra"'],
    ['{"groups":[1]}', "a group is no object"],
    ['{"groups":[{"name":"g"},{"name":"g"}]}', "the same group twice"],
    [
      '{"groups":[{"name":"g","pending":[{"id":"1","consumer":"x"}]}]}',
      "pending with a consumer that is not there",
    ],
    [
      '{"groups":[{"name":"g","consumers":[{"name":"x"},{"name":"x"}]}]}',
      "the same consumer twice",
    ],
  ] as const
) {
  Deno.test(`a stream of ${value} is refused`, () => {
    const error = assertThrows(() => byHand(value), SnapshotError);
    assertStringIncludes(error.message, reason);
  });
}
