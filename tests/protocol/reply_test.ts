import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { CommandError } from "../../src/protocol/command_error.ts";
import { ReplyWriter } from "../../src/protocol/reply.ts";
import { property } from "../helpers/seeded.ts";

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function written(
  write: (reply: ReplyWriter) => void,
  protocol: 2 | 3 = 2,
): string {
  const reply = new ReplyWriter();
  reply.protocol = protocol;
  write(reply);
  const { length } = reply;
  const out = text(reply.take());
  assertEquals(out.length, length);
  return out;
}

const allBytes = String.fromCharCode(
  ...Array.from({ length: 256 }, (_, i) => i),
);

type Row = [name: string, (reply: ReplyWriter) => unknown, string, string?];

const rows: Row[] = [
  ["OK", (r) => r.ok(), "+OK\r\n"],
  ["QUEUED", (r) => r.queued(), "+QUEUED\r\n"],
  ["a status", (r) => r.status("PONG"), "+PONG\r\n"],
  ["an error", (r) => r.error(new CommandError("ERR", "no")), "-ERR no\r\n"],
  [
    "an error with line breaks and high bytes",
    (r) => r.error(new CommandError("ERR", "a\r\nb\xff")),
    "-ERR a  b\xff\r\n",
  ],
  ...[
    0,
    1,
    9,
    10,
    42,
    99,
    100,
    12345,
    -1,
    -100,
    2 ** 53 - 1,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ]
    .map((n): Row => [`the integer ${n}`, (r) => r.integer(n), `:${n}\r\n`]),
  ["a byte string", (r) => r.bulk("abc"), "$3\r\nabc\r\n"],
  ["an empty byte string", (r) => r.bulk(""), "$0\r\n\r\n"],
  ["all bytes", (r) => r.bulk(allBytes), `$256\r\n${allBytes}\r\n`],
  ["no byte string", (r) => r.bulk(undefined), "$-1\r\n", "_\r\n"],
  [
    "bytes",
    (r) => r.bulkBytes(Buffer.from(allBytes, "latin1")),
    `$256\r\n${allBytes}\r\n`,
  ],
  ["null", (r) => r.null(), "$-1\r\n", "_\r\n"],
  ["a null array", (r) => r.nullArray(), "*-1\r\n", "_\r\n"],
  ["an array", (r) => r.array(100), "*100\r\n"],
  ["byte strings", (r) => r.bulks(["a", ""]), "*2\r\n$1\r\na\r\n$0\r\n\r\n"],
  ["a map", (r) => r.map(2), "*4\r\n", "%2\r\n"],
  ["a set", (r) => r.set(3), "*3\r\n", "~3\r\n"],
  ["a push", (r) => r.push(3), "*3\r\n", ">3\r\n"],
  ["a double", (r) => r.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"],
  [
    "a double without an exponent",
    (r) => r.plainDouble(1e-5),
    "$7\r\n0.00001\r\n",
    ",0.00001\r\n",
  ],
  ["infinity", (r) => r.double(-Infinity), "$4\r\n-inf\r\n", ",-inf\r\n"],
  ["true", (r) => r.boolean(true), ":1\r\n", "#t\r\n"],
  ["false", (r) => r.boolean(false), ":0\r\n", "#f\r\n"],
  [
    "a big number",
    (r) => r.bigNumber("12345678901234567890"),
    "$20\r\n12345678901234567890\r\n",
    "(12345678901234567890\r\n",
  ],
  [
    "verbatim text",
    (r) => r.verbatim("txt", "a\nb"),
    "$3\r\na\nb\r\n",
    "=7\r\ntxt:a\nb\r\n",
  ],
  ["an attribute", (r) => r.attribute(1), "", "|1\r\n"],
];

for (const [name, write, resp2, resp3 = resp2] of rows) {
  Deno.test(`Writing ${name} gives what RESP2 and RESP3 say`, () => {
    assertEquals(written(write, 2), resp2);
    assertEquals(written(write, 3), resp3);
  });
}

Deno.test("Strings of every length around where the way of writing changes come out as they are", () => {
  for (let length = 0; length < 300; length++) {
    for (const char of ["a", "\x7f", "\x80", "\xff", "\0"]) {
      const plain = "x".repeat(length);
      for (const value of [plain, plain + char, char + plain]) {
        assertEquals(
          written((reply) => reply.bulk(value)),
          `$${value.length}\r\n${value}\r\n`,
        );
        assertEquals(
          written((reply) => reply.status(value)),
          `+${value}\r\n`,
        );
      }
    }
  }
});

property("Random byte strings come out as they are, however many", (random) => {
  const values = random.list(random.below(60), () => {
    const length = random.below(random.pick([5, 60, 5000]));
    return random.chance() ? random.bytes(length) : random.text(length);
  });
  const expected = values.map((value) => `$${value.length}\r\n${value}\r\n`);
  assertEquals(
    written((reply) => reply.bulks(values)),
    `*${values.length}\r\n${expected.join("")}`,
  );
});

Deno.test("What was taken stays as it was while writing goes on", () => {
  const reply = new ReplyWriter();
  const taken: Uint8Array[] = [];
  for (let i = 0; i < 5; i++) {
    reply.bulk(`first ${i}`);
    reply.bulk("x".repeat(i * 3000));
    taken.push(reply.take());
    // Until the next take, what was taken is on its way.
    const copy = text(taken[i]!);
    for (let j = 0; j < 500; j++) reply.bulk("something else");
    assertEquals(text(taken[i]!), copy);
    reply.take();
  }
});

Deno.test("Two buffers are used in turn", () => {
  const reply = new ReplyWriter();
  const buffers = [0, 1, 2, 3].map((i) => {
    reply.integer(i);
    return reply.take().buffer;
  });
  assertStrictEquals(buffers[0], buffers[2]);
  assertStrictEquals(buffers[1], buffers[3]);
  assert(buffers[0] !== buffers[1]);
});

Deno.test("A rewound reply is gone", () => {
  assertEquals(
    written((reply) => {
      reply.integer(1);
      const mark = reply.length;
      reply.array(3);
      reply.bulk("half");
      reply.rewind(mark);
      reply.status("whole");
    }),
    ":1\r\n+whole\r\n",
  );
});

Deno.test("A large buffer is kept when it is needed twice in a row, and given back when it no longer is", () => {
  const reply = new ReplyWriter();
  reply.bulk("x".repeat(1_000_000));
  reply.take();
  assertEquals(reply.capacity, 16 * 1024);
  for (let i = 0; i < 2; i++) {
    reply.bulk("x".repeat(30_000));
    reply.take();
  }
  assert(reply.capacity > 60_000);
  assertEquals(reply.peak, 1_000_012);
  assertEquals([reply.relax(), reply.capacity > 60_000], [false, true]);
  reply.forgetPeak();
  assertEquals([reply.relax(), reply.capacity], [true, 1024]);
  reply.bulk("x".repeat(1500));
  reply.take();
  reply.forgetPeak();
  reply.ok();
  assertEquals(reply.relax(), true);
  assertEquals(text(reply.take()), "+OK\r\n");
});
