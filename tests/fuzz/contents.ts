import type { TestRandom } from "../helpers/seeded.ts";
import type { Line } from "./wire.ts";
import { word } from "./words.ts";

/** Gives one key contents of the type that its name stands for. */
export function refill(random: TestRandom, name: string): Line[] {
  const letter = name[0]!;
  const size = random.pick([1, 3, 8, 20]);
  const words = (at: string) => {
    const context = { random, command: letter, family: letter };
    return word(at, context);
  };
  const make: Readonly<Record<string, () => Line>> = {
    s: () => ["SET", name, random.bytes(random.below(30))],
    n: () => ["SET", name, String(random.between(-1000, 1000))],
    l: () => ["RPUSH", name, ...random.list(size, () => words("element"))],
    h: () => [
      "HSET",
      name,
      ...random.list(size, () => [words("field"), words("value")]).flat(),
    ],
    e: () => [
      "SADD",
      name,
      ...random.list(
        size,
        () => random.chance() ? words("member") : String(random.below(20)),
      ),
    ],
    z: () => [
      "ZADD",
      name,
      ...random.list(size, () => [words("score"), words("member")]).flat(),
    ],
    g: () => [
      "GEOADD",
      name,
      ...random.list(size, () => [
        String(random.between(-180, 180)),
        String(random.between(-85, 85)),
        words("member"),
      ]).flat(),
    ],
    c: () => [
      "ZADD",
      name,
      ...random.list(size, () => ["0", random.text(2, "abc")]).flat(),
    ],
    x: () => ["XGROUP", "CREATE", name, "g1", "0", "MKSTREAM"],
    p: () => [
      "PFADD",
      name,
      ...random.list(size * 20, () => `e${random.below(3000)}`),
    ],
    b: () => ["SET", name, random.bytes(random.below(40))],
  };
  const lines: Line[] = [["DEL", name], make[letter]!()];
  if (letter === "x") {
    for (let i = 1; i <= size; i++) {
      lines.push([
        "XADD",
        name,
        `${i}-${random.below(4)}`,
        words("field"),
        "v",
      ]);
    }
  }
  return lines;
}
