import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Check } from "./check.ts";
import { linesOf, type RedisCli } from "./redis_cli.ts";

/** Bytes that are neither text nor free of line ends and zeros. */
const BINARY = Uint8Array.of(0, 255, 13, 10, 128, 34, 92, 0);

const PIPED_KEYS = 1000;

/** SET commands for `smoke:piped:0` and on, as a RESP stream. */
function pipedCommands(): string {
  return Array.from({ length: PIPED_KEYS }, (_, number) => {
    const key = `smoke:piped:${number}`;
    return `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$1\r\nv\r\n`;
  }).join("");
}

/** Checks that a running server answers redis-cli; they leave none of their keys behind. */
export function talkingChecks(cli: RedisCli): Check[] {
  return [
    { name: "PING answers PONG", run: () => cli.prints("PING", "PONG") },
    {
      name: "GET gives back what SET stored",
      run: async () => {
        await cli.prints("SET smoke:text value", "OK");
        await cli.prints("GET smoke:text", "value");
        await cli.prints("TYPE smoke:text", "string");
      },
    },
    {
      name: "a binary value comes back byte for byte",
      run: async () => {
        const set = await cli.call(["-x", "SET", "smoke:binary"], BINARY);
        assertEquals(linesOf(set.stdout), ["OK"]);
        await cli.prints("STRLEN smoke:binary", String(BINARY.length));
        const got = await cli.exchange("GET smoke:binary\r\n");
        assertEquals(got, `$8\r\n${String.fromCharCode(...BINARY)}\r\n`);
      },
    },
    {
      name: "a list keeps its order",
      run: async () => {
        await cli.prints("RPUSH smoke:list b c", "2");
        await cli.prints("LPUSH smoke:list a", "3");
        await cli.prints("LRANGE smoke:list 0 -1", "a", "b", "c");
      },
    },
    {
      name: "a hash, a set and a sorted set answer",
      run: async () => {
        await cli.prints("HSET smoke:hash field value", "1");
        await cli.prints("HGETALL smoke:hash", "field", "value");
        await cli.prints("SADD smoke:set member", "1");
        await cli.prints("SISMEMBER smoke:set member", "1");
        await cli.prints("ZADD smoke:zset 2 b 1.5 a", "2");
        await cli.prints(
          "ZRANGE smoke:zset 0 -1 WITHSCORES",
          "a",
          "1.5",
          "b",
          "2",
        );
      },
    },
    {
      name: "an expired key is gone",
      run: async () => {
        await cli.prints("SET smoke:short value PX 1", "OK");
        const deadline = Date.now() + 5000;
        while ((await cli.lines("EXISTS", "smoke:short"))[0] !== "0") {
          assertEquals(Date.now() < deadline, true, "the key is still there");
        }
        await cli.prints("SET smoke:long value EX 100", "OK");
        assertMatch((await cli.lines("TTL", "smoke:long"))[0], /^(100|99|98)$/);
      },
    },
    {
      name: "MULTI queues and EXEC runs",
      run: async () => {
        const input = "MULTI\nINCR smoke:n\nINCR smoke:n\nEXEC\n";
        const { stdout } = await cli.call([], input);
        assertEquals(linesOf(stdout), ["OK", "QUEUED", "QUEUED", "1", "2"]);
      },
    },
    {
      name: "errors are Redis's own",
      run: async () => {
        await cli.prints(
          "LPUSH smoke:text value",
          "WRONGTYPE Operation against a key holding the wrong kind of value",
        );
        await cli.prints(
          "NOSUCH smoke:text",
          "ERR unknown command 'NOSUCH', with args beginning with: 'smoke:text' ",
        );
        await cli.prints(
          "GET",
          "ERR wrong number of arguments for 'get' command",
        );
      },
    },
    {
      name: "inline commands and RESP3 are understood",
      run: async () => {
        await cli.prints("HSET smoke:map field value", "1");
        assertEquals(
          await cli.exchange("PING\r\nHGETALL smoke:map\r\n"),
          "+PONG\r\n*2\r\n$5\r\nfield\r\n$5\r\nvalue\r\n",
        );
        const resp3 = await cli.exchange("HELLO 3\r\nHGETALL smoke:map\r\n");
        assertMatch(resp3, /^%7\r\n/);
        assertStringIncludes(resp3, "%1\r\n$5\r\nfield\r\n$5\r\nvalue\r\n");
      },
    },
    {
      name: `--pipe loads ${PIPED_KEYS} commands`,
      run: async () => {
        const { code, stdout } = await cli.call(["--pipe"], pipedCommands());
        assertEquals(
          linesOf(stdout).at(-1),
          `errors: 0, replies: ${PIPED_KEYS}`,
        );
        assertEquals(code, 0);
      },
    },
    {
      name: "--scan finds every key once",
      run: async () => {
        const keys = await cli.lines("--scan", "--pattern", "smoke:piped:*");
        assertEquals(keys.length, PIPED_KEYS);
        assertEquals(new Set(keys).size, PIPED_KEYS);
      },
    },
    {
      name: "--bigkeys names the biggest list",
      run: async () => {
        const { code, stdout } = await cli.call(["--bigkeys"]);
        assertEquals(code, 0);
        assertMatch(
          stdout,
          /Biggest\s+list found ["']*smoke:list["']* has 3 items/,
        );
      },
    },
    {
      name: "DEL removes what was made",
      run: async () => {
        const keys = await cli.lines("--scan", "--pattern", "smoke:*");
        await cli.prints(`DEL ${keys.join(" ")}`, String(keys.length));
      },
    },
  ];
}
