import { assert, assertEquals } from "@std/assert";
import { Stream } from "../../src/store/values/stream.ts";
import {
  compareIds,
  formatId,
  LAST_ID,
  nextId,
  parseId,
  previousId,
  type StreamId,
  UINT64_MAX,
  ZERO_ID,
} from "../../src/store/values/stream_id.ts";
import { StreamIndex } from "../../src/store/values/stream_index.ts";
import { property } from "../helpers/seeded.ts";

const LIMITS = { streamNodeEntries: 5, streamNodeBytes: 4096 };
const STEPS = 2_000;

function shown(ids: Iterable<StreamId>): string[] {
  return Array.from(ids, formatId);
}

Deno.test("ids count on over 64 bits, up and down", () => {
  const top = 2n ** 53n;
  const ids: StreamId[] = [
    { ms: 1, seq: 0 },
    { ms: 1, seq: Number.MAX_SAFE_INTEGER },
    { ms: 1, seq: top },
    { ms: 1, seq: UINT64_MAX },
    { ms: 2, seq: 0 },
    { ms: Number.MAX_SAFE_INTEGER, seq: UINT64_MAX },
    { ms: top, seq: 0 },
    { ms: UINT64_MAX, seq: 0 },
  ];
  for (const id of ids) {
    assertEquals(nextId(previousId(id)!), id);
    assertEquals(previousId(nextId(id)!), id);
    assertEquals(parseId(formatId(id)), id);
    assert(compareIds(id, nextId(id)!) < 0);
    assert(compareIds(id, previousId(id)!) > 0);
  }
  assertEquals(nextId(LAST_ID), undefined);
  assertEquals(previousId(ZERO_ID), undefined);
});

property("a Stream holds what an array would", (random) => {
  const stream = new Stream();
  let model: StreamId[] = [];
  let top = 0;
  const anyId = () => ({ ms: random.between(0, top + 2), seq: 0 });
  for (let step = 0; step < STEPS; step++) {
    const what = random.between(0, 9);
    if (what < 6) {
      const id = { ms: top += random.between(1, 2), seq: 0 };
      stream.append(id, ["f", `${top}`], LIMITS);
      model.push(id);
    } else if (what === 6) {
      const id = model.length > 0 ? random.pick(model) : anyId();
      const before = model.length;
      model = model.filter((each) => compareIds(each, id) !== 0);
      assertEquals(stream.delete(id), model.length < before);
    } else if (what === 7) {
      const keep = random.between(0, 60);
      stream.trim({ keep, approximate: false, limit: 0 });
      if (model.length > keep) model = model.slice(model.length - keep);
    } else if (what === 8 && random.chance(0.2)) {
      const keep = anyId();
      stream.trim({ keep, approximate: false, limit: 0 });
      model = model.filter((id) => compareIds(id, keep) >= 0);
    } else {
      const start = anyId(), end = anyId(), count = random.between(1, 30);
      const inside = model.filter((id) =>
        compareIds(id, start) >= 0 && compareIds(id, end) <= 0
      );
      assertEquals(
        shown(stream.range(start, end, count)),
        shown(inside.slice(0, count)),
      );
      assertEquals(
        shown(stream.range(start, end, count, "backward")),
        shown(inside.reverse().slice(0, count)),
      );
      const id = anyId();
      assertEquals(
        stream.find(id) !== undefined,
        model.some((each) => compareIds(each, id) === 0),
      );
    }
    assertEquals(stream.length, model.length);
    assertEquals(stream.first?.ms, model[0]?.ms);
    assertEquals(stream.last?.ms, model.at(-1)?.ms);
  }
  assertEquals(shown(stream), shown(model));
  const copy = stream.copy();
  assertEquals(shown(copy), shown(model));
  assertEquals(copy.memory, stream.memory);
  stream.trim({ keep: 0, approximate: false, limit: 0 });
  assertEquals(stream.memory, new Stream().memory);
  assertEquals(copy.length, model.length);
});

property("a StreamIndex holds what a sorted array would", (random) => {
  const index = new StreamIndex<StreamId>();
  let model: StreamId[] = [];
  for (let step = 0; step < STEPS; step++) {
    const id = {
      ms: random.chance(0.5) ? step : random.between(0, STEPS),
      seq: 0,
    };
    const isThere = model.some((each) => each.ms === id.ms);
    assertEquals(index.get(id) !== undefined, isThere);
    if (isThere) {
      index.remove(id);
      model = model.filter((each) => each.ms !== id.ms);
    } else {
      assertEquals(index.remove(id), undefined);
      index.add(id);
      model.push(id);
      model.sort((a, b) => Number(a.ms) - Number(b.ms));
    }
    assertEquals(index.length, model.length);
    const from = { ms: random.between(0, STEPS), seq: 0 };
    assertEquals(
      index.atOrAfter(from)?.ms,
      model.find((each) => each.ms >= from.ms)?.ms,
    );
    assertEquals(index.first?.ms, model[0]?.ms);
    assertEquals(index.last?.ms, model.at(-1)?.ms);
  }
  assertEquals(shown(index), shown(model));
  const half = { ms: STEPS / 2, seq: 0 };
  assertEquals(
    shown(index.from(half)),
    shown(model.filter((each) => each.ms >= half.ms)),
  );
});

Deno.test("the memory of groups goes with them", () => {
  const stream = new Stream();
  const before = stream.memory;
  const group = stream.addGroup("g", ZERO_ID, undefined);
  const [x, y] = [group.addConsumer("x", 0), group.addConsumer("y", 0)];
  for (let ms = 1; ms < 500; ms++) {
    group.addPending({ ms, seq: 0 }, ms % 2 === 0 ? x : y, 0, 1);
  }
  group.settle({ ms: 7, seq: 0 });
  group.reassign(group.pending.first!, x);
  group.removeConsumer(y);
  assertEquals(group.pending.length, x.pending.length);
  stream.removeGroup(group);
  assertEquals(stream.memory, before);
});
