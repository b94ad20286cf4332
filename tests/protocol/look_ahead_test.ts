import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { firstArguments } from "../../src/protocol/look_ahead.ts";
import { property } from "../helpers/seeded.ts";

function request(...words: string[]): string {
  return `*${words.length}\r\n${
    words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")
  }`;
}

/** The first arguments that are found in `text`, of at most `most` requests. */
function found(text: string, most = 16): string[] {
  const bytes = Buffer.from(text, "latin1");
  const ranges = new Int32Array(most * 2);
  const count = firstArguments(bytes, 0, bytes.length, ranges);
  return Array.from(
    { length: count },
    (_, i) => bytes.toString("latin1", ranges[i * 2], ranges[i * 2 + 1]),
  );
}

const GET = request("GET", "key");
const LONG = "x".repeat(70_000);

for (
  const [what, text, keys] of [
    ["every request", GET + request("SET", "k2", "v"), ["key", "k2"]],
    ["arguments of any length", request("MSET", "", "v", "k", "v"), [""]],
    [
      "requests of many arguments",
      request("DEL", ...Array.from({ length: 30 }, (_, i) => `k${i}`)) + GET,
      ["k0", "key"],
    ],
    ["requests around one without arguments", GET + request("PING") + GET, [
      "key",
      "key",
    ]],
    ["as far as requests are complete", GET + GET.slice(0, -1), ["key"]],
    ["nothing of an inline request", "GET key\r\n" + GET, []],
    ["nothing behind a count that is none", "*-1\r\n" + GET, []],
    ["nothing behind a count that is no number", "*x\r\n" + GET, []],
    ["nothing of a length that is none", GET + "*2\r\n$-1\r\n" + GET, ["key"]],
    ["nothing of a length without a dollar", "*2\r\n:3\r\nGET\r\n", []],
    ["nothing behind a long argument", GET + request("SET", "k", LONG) + GET, [
      "key",
    ]],
    ["nothing of nothing", "", []],
  ] as const
) {
  Deno.test(`Looking ahead finds the keys of ${what}`, () => {
    assertEquals(found(text), keys as unknown as string[]);
  });
}

Deno.test("Looking ahead ends where there is no more room for what is found", () => {
  assertEquals(found(GET.repeat(5), 3), ["key", "key", "key"]);
});

property("Looking ahead stays within bounds whatever comes", (random) => {
  let text = GET.repeat(random.below(3)) + request("SET", random.text(5), "v");
  for (let i = random.below(4); i > 0; i--) {
    const at = random.below(text.length);
    const byte = random.pick(["*", "$", "-", "9", "\r", "\n", "\0", "\xff"]);
    text = text.slice(0, at) + byte + text.slice(at + random.below(2));
  }
  for (const key of found(text)) assert(text.includes(key));
});
