import { assert, assertEquals } from "@std/assert";
import { Args } from "../../src/protocol/args.ts";
import { CommandQueue } from "../../src/server/command_queue.ts";
import { createServer } from "../../src/mod.ts";

const { table } = createServer();
const SET = table.named("set")!;
const GET = table.named("get")!;
const MSET = table.named("mset")!;

/** What a queue holds: each command's name as the table knows it, and its words. */
function contents(queue: CommandQueue): string[][] {
  return Array.from({ length: queue.length }, (_, i) => {
    const { name } = queue.point(i);
    return [name, ...queue.args.strings(1)];
  });
}

Deno.test("CommandQueue keeps commands of any size, in their order", () => {
  const queue = new CommandQueue();
  const lines: string[][] = [];
  for (const size of [1, 0, 700, 100_000, 3, 400, 70_000, 16]) {
    lines.push(["set", `key:${size}`, "v".repeat(size)], ["get", `${size}`]);
  }
  lines.push(["mset", ...Array.from({ length: 3000 }, (_, i) => `word ${i}`)]);
  const commands = { set: SET, get: GET, mset: MSET };
  for (let round = 0; round < 3; round++) {
    for (const line of lines) {
      queue.add(commands[line[0] as keyof typeof commands], Args.from(line));
    }
    assertEquals(contents(queue), lines);
    assertEquals(contents(queue), lines);
    queue.clear();
    assertEquals(queue.length, 0);
  }
});

Deno.test("CommandQueue is not changed by what happens to the arguments it was given", () => {
  const queue = new CommandQueue();
  const args = Args.from(["set", "k", "value"]);
  queue.add(SET, args);
  args.bytes.fill(0);
  args.length = 0;
  assertEquals(contents(queue), [["set", "k", "value"]]);
});

Deno.test("CommandQueue takes no more for being used again, and gives back what much took", () => {
  const queue = new CommandQueue();
  const fill = (commands: number, size: number) => {
    for (let i = 0; i < commands; i++) {
      queue.add(SET, Args.from(["set", "k", "v".repeat(size)]));
    }
    const { capacity } = queue;
    queue.clear();
    return capacity;
  };
  fill(10, 10);
  const few = queue.capacity;
  for (let i = 0; i < 100; i++) assertEquals(fill(10, 10), few);
  assert(fill(1000, 1000) > 1_000_000);
  assert(queue.capacity <= few);
  assert(fill(1, 10_000_000) > 10_000_000);
  assert(queue.capacity <= few);
});
