/**
 * What string commands cost without a socket: decode, execute, reply. One
 * iteration is a read of 64 pipelined commands with keys that are spread over a
 * large keyspace.
 */
import { Buffer } from "node:buffer";
import { createServer } from "../../src/mod.ts";
import { encodeCommand } from "../helpers/resp_client.ts";
import { TestRandom } from "../helpers/seeded.ts";

const KEYS = 100_000;
const BATCHES = 500;
const COMMANDS = 64;
const VALUE = "x".repeat(64);

type MakeCommand = (random: TestRandom) => readonly string[];

function key(random: TestRandom): string {
  return `key:${String(random.below(KEYS)).padStart(12, "0")}`;
}

function counter(random: TestRandom): string {
  return `counter:${random.below(KEYS)}`;
}

function bench(name: string, make: MakeCommand, baseline = false): void {
  const random = new TestRandom(1);
  const server = createServer();
  const client = server.createClient();
  const batches = random.list(
    BATCHES,
    () =>
      Buffer.concat(random.list(COMMANDS, () => encodeCommand(make(random)))),
  );
  const run = (batch: Uint8Array) => {
    client.decoder.push(batch);
    server.executor.drain(client);
    client.reply.take();
  };
  const filling = random.list(
    KEYS,
    (i) => encodeCommand(["SET", `key:${String(i).padStart(12, "0")}`, VALUE]),
  );
  for (const request of filling) run(request);
  let at = 0;
  Deno.bench({
    name: `${COMMANDS} ${name}`,
    group: "strings",
    baseline,
    fn: () => run(batches[at++ % BATCHES]!),
  });
}

bench("SET key value", (random) => ["SET", key(random), VALUE], true);
bench("GET key", (random) => ["GET", key(random)]);
bench("INCR counter", (random) => ["INCR", counter(random)]);
bench("MSET of 10", (random) => [
  "MSET",
  ...random.list(10, () => [key(random), VALUE]).flat(),
]);
bench("SET key value EX 100", (random) => [
  "SET",
  key(random),
  VALUE,
  "EX",
  "100",
]);
bench(
  "MGET of 10",
  (random) => ["MGET", ...random.list(10, () => key(random))],
);
bench("APPEND counter x", (random) => ["APPEND", counter(random), "x"]);
bench("SETBIT counter 1000 1", (random) => [
  "SETBIT",
  counter(random),
  String(random.below(1000)),
  "1",
]);
bench("INCRBYFLOAT counter 0.1", (random) => [
  "INCRBYFLOAT",
  counter(random),
  "0.1",
]);
