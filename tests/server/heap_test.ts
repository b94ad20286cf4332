import { assertEquals } from "@std/assert";
import { Heap } from "../../src/server/heap.ts";

Deno.test("a heap is full from four fifths on, until there is less data or less garbage", () => {
  const figures = { used: 100, limit: 1000 };
  const heap = new Heap(() => figures);
  assertEquals(heap.look(50), false);
  assertEquals(heap.room, Infinity);
  figures.used = 800;
  assertEquals(heap.look(600), true);
  assertEquals(heap.look(600), true);
  assertEquals(heap.room, 570);
  // Keys were deleted, and no garbage was collected yet.
  assertEquals(heap.look(560), false);
  assertEquals(heap.look(580), true);
  figures.used = 700;
  assertEquals(heap.look(600), false);
  assertEquals(heap.room, Infinity);
});
