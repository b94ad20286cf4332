import type { TestRandom } from "./seeded.ts";

/** How random scripts are to be. */
export interface ScriptOptions {
  /** Whether they may do what ends redis-server, or shows addresses. */
  readonly anything: boolean;
}

const NAMES = ["a", "b", "c", "t", "f", "k"];
const KEYS = ["x", "y", "err", "ok", "map", "set", "double", "1"];
const STRINGS = [
  "",
  "a",
  "abc",
  "12",
  "0x10",
  "1e2",
  "a b",
  "\\0\\255",
  "ERR x",
];
/** None that 32 bits do not hold: what C makes of them depends on the machine. */
const NUMBERS = ["0", "1", "-1", "2", "3.5", "7", "1e9", "-0.5"];
const OPERATORS = ["+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<="];
const FUNCTIONS = [
  "string.len",
  "string.sub",
  "string.upper",
  "string.rep",
  "string.byte",
  "string.char",
  "string.find",
  "string.gsub",
  "string.match",
  "string.reverse",
  "string.format",
  "table.concat",
  "table.insert",
  "table.remove",
  "table.getn",
  "table.maxn",
  "math.floor",
  "math.max",
  "math.abs",
  "math.sqrt",
  "tonumber",
  "type",
  "select",
  "unpack",
  "rawget",
  "rawset",
  "rawequal",
  "next",
  "ipairs",
  "pairs",
  "setmetatable",
  "getmetatable",
  "assert",
  "loadstring",
  "pcall",
  "cjson.encode",
  "cjson.decode",
  "cmsgpack.pack",
  "cmsgpack.unpack",
  "struct.pack",
  "struct.unpack",
  "struct.size",
  "bit.band",
  "bit.lshift",
  "bit.tohex",
  "redis.sha1hex",
  "redis.error_reply",
  "redis.status_reply",
  "redis.setresp",
  "redis.log",
  "redis.acl_check_cmd",
  "coroutine.wrap",
  "redis.set_repl",
  "coroutine.status",
];
const COMMANDS = [
  "'get', 'k'",
  "'set', 'k', 'v'",
  "'incr', 'n'",
  "'incrby', 'n', 2.5",
  "'rpush', 'l', 'a', 1",
  "'lrange', 'l', 0, 9",
  "'lpop', 'l'",
  "'del', 'l'",
  "'hset', 'h', 'f', 'v'",
  "'hgetall', 'h'",
  "'sadd', 's', 1, 2",
  "'smembers', 's'",
  "'zadd', 'z', 1.5, 'm'",
  "'zscore', 'z', 'm'",
  "'zrange', 'z', 0, -1, 'withscores'",
  "'type', 'k'",
  "'exists', 'k'",
  "'mget', 'k', 'none'",
  "'echo', 'e'",
  "'ping'",
  "'nosuch'",
  "'get'",
  "'subscribe', 'c'",
  "'lpush', 'k', 1",
  "'expire', 'k', 'x'",
  "'select', 1",
];

/** Returns a Lua script that ends, and of which nothing else is known. */
export function randomScript(
  random: TestRandom,
  options: ScriptOptions,
): string {
  return new Writer(random, options).block(3) + returned(random, options);
}

function returned(random: TestRandom, options: ScriptOptions): string {
  if (random.chance(0.1)) return "";
  return `return ${new Writer(random, options).value(3)}`;
}

class Writer {
  readonly #random: TestRandom;
  readonly #anything: boolean;

  constructor(random: TestRandom, { anything }: ScriptOptions) {
    this.#random = random;
    this.#anything = anything;
  }

  block(depth: number): string {
    const random = this.#random;
    return random.list(random.below(4), () => this.#statement(depth)).join("");
  }

  #statement(depth: number): string {
    const random = this.#random;
    const name = () => random.pick(NAMES);
    const inner = () => depth > 0 ? this.block(depth - 1) : "";
    return random.pick<() => string>([
      () => `local ${name()} = ${this.value(depth)} `,
      () => `local ${name()}, ${name()} = ${this.value(depth)} `,
      () => `local ${name()} = ${this.value(depth)} `,
      () => `if ${this.value(depth)} then ${inner()} else ${inner()} end `,
      () => `for ${name()} = 1, ${random.below(5)} do ${inner()} end `,
      () =>
        `for ${name()}, ${name()} in pairs(${
          this.#table(depth)
        }) do ${inner()} end `,
      () => `local function ${name()}(...) ${inner()} end `,
      () => `do ${inner()} end `,
      () =>
        `redis.${random.pick(["call", "pcall"])}(${random.pick(COMMANDS)}) `,
      () => `pcall(function() ${inner()} end) `,
      () => `coroutine.wrap(function() ${inner()} end)() `,
      () => random.chance(0.2) ? `error(${this.#errorValue(depth)}) ` : "",
      () => random.chance(0.1) ? `${name()} = 1 ` : "",
      () => random.chance(0.05) ? "x y " : "",
    ])();
  }

  value(depth: number): string {
    const random = this.#random;
    if (depth <= 0) return this.#simple();
    const inner = () => this.value(depth - 1);
    return random.pick<() => string>([
      () => this.#simple(),
      () => this.#simple(),
      () => `(${inner()} ${random.pick(OPERATORS)} ${inner()})`,
      () => `(${inner()} ${random.pick(["and", "or"])} ${inner()})`,
      () => `(${random.pick(["not", "-", "#"])} ${inner()})`,
      () => this.#table(depth - 1),
      () => this.#call(depth - 1),
      () => this.#call(depth - 1),
      () => `redis.${random.pick(["call", "pcall"])}(${random.pick(COMMANDS)})`,
      () => `function(...) return ${inner()} end`,
      () => `{pcall(function() return ${inner()} end)}`,
      () => `coroutine.wrap(function() return ${inner()} end)()`,
      () =>
        `setmetatable(${
          this.#plainTable(depth - 1)
        }, {__index = function() return ${inner()} end})`,
      () => `(${inner()}).${random.pick(KEYS.slice(0, -1))}`,
      () => this.#anything ? `tostring(${inner()})` : inner(),
    ])();
  }

  #call(depth: number): string {
    const random = this.#random;
    const name = random.pick(FUNCTIONS);
    const args = random.list(random.below(4), () => this.value(depth));
    // What is long is not interesting, and takes time.
    if (name === "string.rep") {
      args.splice(1, Infinity, String(random.below(9)));
    }
    return `${name}(${args.join(", ")})`;
  }

  #table(depth: number): string {
    const random = this.#random;
    const fields = random.list(random.below(4), () => {
      const value = this.value(depth - 1);
      return random.pick([
        value,
        value,
        `${random.pick(KEYS.slice(0, -1))} = ${value}`,
        `[${this.#simple()}] = ${value}`,
      ]);
    });
    return `{${fields.join(", ")}}`;
  }

  /** redis-server ends when a result has an error's text and a metatable that fails. */
  #plainTable(depth: number): string {
    return this.#anything ? this.#table(depth) : "{}";
  }

  /** redis-server ends when an error is a table without a text. */
  #errorValue(depth: number): string {
    if (this.#anything) return this.value(depth);
    const random = this.#random;
    return random.pick(["'e'", "{err = 'MY e'}", "12", "nil"]);
  }

  #simple(): string {
    const random = this.#random;
    return random.pick<() => string>([
      () => random.pick(NUMBERS),
      () => `'${random.pick(STRINGS)}'`,
      () => random.pick(["nil", "true", "false"]),
      () => random.pick(["KEYS", "ARGV", "KEYS[1]", "ARGV[1]", "ARGV[2]"]),
      () => random.chance(0.1) ? random.pick(NAMES) : "{}",
    ])();
  }
}
