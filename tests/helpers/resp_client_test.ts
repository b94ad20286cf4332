import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { formatReply, ReplyError } from "./reply.ts";
import { ReplyParser } from "./reply_parser.ts";
import { encodeCommand, RespClient, utf8 } from "./resp_client.ts";

const REPLIES: [raw: string, shown: string][] = [
  ["+OK\r\n", "+OK"],
  ["-ERR no\r\n", "-ERR no"],
  [":-12\r\n", ":-12"],
  [":9223372036854775807\r\n", ":9223372036854775807"],
  ["$0\r\n\r\n", '""'],
  ["$6\r\na\r\n\x00\xffb\r\n", '"a\\r\\n\\x00\\xffb"'],
  ["$-1\r\n", "$-1"],
  ["*-1\r\n", "*-1"],
  ["*0\r\n", "[]"],
  ["*2\r\n*1\r\n:1\r\n$-1\r\n", "[[:1], $-1]"],
  ["_\r\n", "_"],
  ["#t\r\n", "#t"],
  ["#f\r\n", "#f"],
  [",1.5\r\n", ",1.5"],
  [",-inf\r\n", ",-inf"],
  [
    "(1234567999999999999999999999999999999\r\n",
    "(1234567999999999999999999999999999999",
  ],
  ["=8\r\ntxt:text\r\n", '=txt:"text"'],
  ["!5\r\nERR x\r\n", "-ERR x"],
  ["~2\r\n:1\r\n:2\r\n", "~[:1, :2]"],
  ["%1\r\n+k\r\n*0\r\n", "%{+k => []}"],
  [">2\r\n+m\r\n:1\r\n", ">[+m, :1]"],
  ["|1\r\n+k\r\n:1\r\n:2\r\n", "|{+k => :1} :2"],
];

Deno.test("replies parse alike in one piece and byte by byte, and keep their bytes", () => {
  const all = REPLIES.map(([raw]) => raw).join("");
  const whole = [...new ReplyParser().feed(all)];
  const parser = new ReplyParser();
  const pieces = [...all].flatMap((byte) => [...parser.feed(byte)]);
  for (const frames of [whole, pieces]) {
    assertEquals(
      frames.map(({ reply, raw }) => [raw, formatReply(reply)]),
      REPLIES,
    );
  }
  assertEquals(parser.unfinished, "");
});

Deno.test("bytes that are no reply are refused", () => {
  const wrong = [
    "OK\r\n",
    ":\r\n",
    ":01\r\n",
    ":1.5\r\n",
    "$-2\r\n",
    "$x\r\n",
    "$1\r\nabc",
    "#x\r\n",
    "_1\r\n",
    ",x\r\n",
  ];
  for (const raw of wrong) {
    assertThrows(() => [...new ReplyParser().feed(raw)], Error, "", raw);
  }
});

Deno.test("a command is an array of bulk strings, and text beyond bytes is refused", () => {
  const bytes = encodeCommand([
    "SET",
    utf8("é"),
    new Uint8Array([0, 255]),
    12,
    3n,
  ]);
  const text =
    "*5\r\n$3\r\nSET\r\n$2\r\n\xc3\xa9\r\n$2\r\n\x00\xff\r\n$2\r\n12\r\n$1\r\n3\r\n";
  assertEquals(String.fromCharCode(...bytes), text);
  assertThrows(() => encodeCommand(["€"]), RangeError, "utf8()");
});

/** A server that answers each portion it reads with the next of the replies, then closes. */
function scripted(
  replies: readonly string[],
): { port: number; done: Promise<string> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async () => {
    using connection = await listener.accept();
    listener.close();
    let received = "";
    const portion = new Uint8Array(1024);
    for (const reply of replies) {
      const length = await connection.read(portion);
      if (length === null) break;
      received += new TextDecoder().decode(portion.subarray(0, length));
      await connection.write(new TextEncoder().encode(reply));
    }
    return received;
  };
  return { port: listener.addr.port, done: serve() };
}

Deno.test("a client takes replies and pushes in the order of the wire, and sees the close", async () => {
  const { port, done } = scripted([">1\r\n+first\r\n:1\r\n", ":2\r\n:3\r\n"]);
  await using client = await RespClient.connect(port);
  assertEquals(formatReply(await client.send("A")), ">[+first]");
  assertEquals(await client.readRaw(), ":1\r\n");
  await client.write("B\r\n");
  await client.closed;
  assertEquals(client.unread, 2);
  assertEquals((await client.readToEnd()).map(formatReply), [":2", ":3"]);
  await assertRejects(
    () => client.readReply(),
    Error,
    "The server has closed the connection",
  );
  assertEquals(await done, "*1\r\n$1\r\nA\r\nB\r\n");
});

Deno.test("a client that waits for a reply hears of the close", async () => {
  const { port, done } = scripted([":1\r\n"]);
  await using client = await RespClient.connect(port);
  const [one, none] = [client.send("A"), client.send("B")];
  assertEquals(formatReply(await one), ":1");
  await assertRejects(() => none, Error);
  await done;
});

Deno.test("a client gives plain values and throws errors", async () => {
  const { port, done } = scripted([
    "%1\r\n+k\r\n*2\r\n:1\r\n_\r\n",
    "-ERR no\r\n",
  ]);
  await using client = await RespClient.connect(port);
  assertEquals(await client.call("A"), new Map([["k", [1, null]]]));
  await assertRejects(() => client.call("B"), ReplyError, "ERR no");
  await done;
});
