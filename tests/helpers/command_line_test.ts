import { assertEquals, assertThrows } from "@std/assert";
import { splitCommandLine } from "./command_line.ts";
import { findRealRedis, realRedis } from "./real_redis.ts";
import { formatReply } from "./reply.ts";
import { RespClient } from "./resp_client.ts";
import { checkProperty } from "./seeded.ts";

Deno.test("a command line splits at blanks, which quotes keep", () => {
  const cases: [string, string[]][] = [
    ["", []],
    ["  \t ", []],
    ["PING", ["PING"]],
    ["  SET  k\tv ", ["SET", "k", "v"]],
    [`SET "a b" 'c d'`, ["SET", "a b", "c d"]],
    [`SET "" ''`, ["SET", "", ""]],
    [`a"b c"`, ["ab c"]],
    [`"\\x00\\xFf\\n\\r\\t\\b\\a\\\\\\"\\q"`, ['\x00\xff\n\r\t\b\x07\\"q']],
    [`"\\xg0"`, ["xg0"]],
    [`'it\\'s \\n \\\\ '`, ["it's \\n \\\\ "]],
    [`\\n`, ["\\n"]],
  ];
  for (const [line, args] of cases) {
    assertEquals(splitCommandLine(line), args, line);
  }
});

Deno.test("a command line with a quote that is open, or closed within a word, is refused", () => {
  for (
    const line of [
      `"a`,
      `'a`,
      `"a"b`,
      `'a'b`,
      `'a'"b"`,
      `"a\\"`,
      `"a\\`,
      `"`,
      `'`,
      `'a\\`,
    ]
  ) {
    assertThrows(
      () => splitCommandLine(line),
      SyntaxError,
      "Unbalanced quotes",
      line,
    );
  }
});

Deno.test({
  name: "a command line splits as redis-server splits an inline command",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const port = await realRedis() as number;
    await checkProperty(async (random) => {
      const line = random.text(
        random.between(0, 12),
        `ab0fnx  \t"'\\\\""''\xe9`,
      );
      await using client = await RespClient.connect(port);
      await client.write(`DEL k\r\nRPUSH k 0 ${line}\r\n`);
      await client.readReply();
      const pushed = formatReply(await client.readReply());
      const refused = pushed.startsWith(
        "-ERR Protocol error: unbalanced quotes",
      );
      const expected = refused
        ? "refused"
        : ((await client.call("LRANGE", "k", 1, -1)) as string[]).join("|");
      assertEquals(split(line), expected, JSON.stringify(line));
    }, { runs: 300 });
  },
});

function split(line: string): string {
  try {
    return splitCommandLine(line).join("|");
  } catch {
    return "refused";
  }
}
