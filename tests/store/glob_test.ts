import { assertEquals } from "@std/assert";
import { globMatches } from "../../src/store/glob.ts";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { TestRandom } from "../helpers/seeded.ts";

Deno.test("globs match as the table says", () => {
  const cases: [pattern: string, text: string, matches: boolean][] = [
    ["", "", true],
    ["a", "", false],
    ["*", "", false],
    ["*", "a", true],
    ["**", "ab", true],
    ["a*", "a", true],
    ["a**", "a", true],
    ["*a", "ba", true],
    ["*a", "ab", false],
    ["a*c*e", "abcde", true],
    ["a*c*f", "abcde", false],
    ["h?llo", "hello", true],
    ["h?llo", "hllo", false],
    ["h[ae]llo", "hallo", true],
    ["h[^e]llo", "hello", false],
    ["h[a-b]llo", "hbllo", true],
    ["h[b-a]llo", "hallo", true],
    ["[a-", "a", true],
    ["[abc", "c", true],
    ["[", "[", false],
    ["[^", "a", true],
    ["[]", "a", false],
    ["[\\]]", "]", true],
    ["[\\a-z]", "b", false],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["a\\", "a\\", true],
    ["[\x80-\xff]", "\xe9", true],
    // Bytes are signed to Redis: 0xff comes before "a".
    ["[a-\xff]", "\xe9", false],
    ["[a-\xff]", "A", true],
    ["A", "a", false],
  ];
  for (const [pattern, text, matches] of cases) {
    assertEquals(globMatches(pattern, text), matches, `${pattern} ${text}`);
  }
});

Deno.test("case is ignored when asked, for ASCII letters, but not behind a backslash in a class", () => {
  assertEquals(globMatches("HE*[K-M]O", "hello", true), true);
  assertEquals(globMatches("[A]", "a", true), true);
  assertEquals(globMatches("[\\A]", "a", true), false);
  assertEquals(globMatches("\xc9", "\xe9", true), false);
});

Deno.test("a pattern with many runs is refused soon where a naive matcher would never end", () => {
  assertEquals(globMatches("a*".repeat(500) + "b", "a".repeat(2000)), false);
  assertEquals(globMatches("*a".repeat(1200), "a".repeat(5000)), false);
});

Deno.test({
  name:
    "KEYS of redis-server finds what globs match, for random keys and patterns",
  ignore: findRealRedis() === undefined,
  async fn() {
    const seed = Number(Deno.env.get("REDIS_LITE_SEED") ?? Date.now() % 1e9);
    const random = new TestRandom(seed);
    const alphabet = "abcAB-^[]*?\\\x80\xff";
    await using real = await RealRedis.start(findRealRedis()!);
    await using client = await RespClient.connect(real.port);
    const bytes = (text: string) =>
      Uint8Array.from(text, (char) => char.charCodeAt(0));
    const keys = [
      ...new Set(
        random.list(300, () => random.text(random.between(1, 6), alphabet)),
      ),
    ];
    await client.call("MSET", ...keys.flatMap((key) => [bytes(key), "1"]));
    for (let i = 0; i < 1500; i++) {
      const pattern = random.text(random.between(1, 8), alphabet);
      const found = await client.call("KEYS", bytes(pattern)) as string[];
      assertEquals(
        keys.filter((key) => globMatches(pattern, key)).sort(),
        found.sort(),
        `REDIS_LITE_SEED=${seed} pattern ${JSON.stringify(pattern)}`,
      );
    }
  },
});
