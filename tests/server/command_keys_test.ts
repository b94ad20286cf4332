import { assertEquals } from "@std/assert";
import { Args } from "../../src/protocol/args.ts";
import type {
  CommandDefinition,
  FoundKey,
  KeySpec,
} from "../../src/server/command.ts";
import { keyAt, keysCountedAt, keysFrom } from "../../src/server/command.ts";
import {
  countedKeys,
  hasKeys,
  keyRangeOf,
  keysOf,
} from "../../src/server/command_keys.ts";
import { splitCommandLine } from "../helpers/command_line.ts";

const STREAMS: KeySpec = {
  flags: ["RO", "access"],
  begin: { keyword: "STREAMS", startFrom: 1 },
  find: { lastKey: -1, step: 1, limit: 2 },
};
const AFTER_KEYS: KeySpec = {
  flags: ["RW", "incomplete"],
  begin: { keyword: "KEYS", startFrom: -2 },
  find: { lastKey: -1, step: 1, limit: 0 },
};
const UNKNOWN: KeySpec = { flags: ["RO"], begin: "unknown", find: "unknown" };
const CHANNEL: KeySpec = { ...keyAt(1, "RO"), flags: ["not_key"] };

function command(
  keys: readonly KeySpec[],
  findKeys?: CommandDefinition["findKeys"],
): CommandDefinition {
  return {
    name: "test",
    arity: -1,
    flags: [],
    keys,
    ...findKeys !== undefined && { findKeys },
    since: "1.0.0",
    complexity: "",
    summary: "",
    syntax: "",
  };
}

function found(definition: CommandDefinition, line: string): string {
  const words = splitCommandLine(line);
  return keysOf(definition, Args.from(words))
    .map(({ index }) => words[index]).join(" ");
}

Deno.test("the key range of one range spec is that spec", () => {
  const ranges: [KeySpec[], unknown][] = [
    [[], { first: 0, last: 0, step: 0, movable: false }],
    [[keyAt(1, "RO")], { first: 1, last: 1, step: 1, movable: false }],
    [[keysFrom(1, -1, 2, "OW")], {
      first: 1,
      last: -1,
      step: 2,
      movable: false,
    }],
    [[keyAt(1, "RW"), keyAt(2, "RW")], {
      first: 1,
      last: 2,
      step: 1,
      movable: false,
    }],
    [[keyAt(2, "RW"), keysFrom(3, -1, 1, "RO")], {
      first: 2,
      last: -1,
      step: 1,
      movable: false,
    }],
    [[keysCountedAt(1, "RO")], { first: 0, last: 0, step: 0, movable: true }],
    [[keyAt(1, "OW"), keysCountedAt(2, "RO")], {
      first: 1,
      last: 1,
      step: 1,
      movable: true,
    }],
    [[keyAt(1, "RO"), UNKNOWN], { first: 1, last: 1, step: 1, movable: true }],
    [[keyAt(1, "RO"), keyAt(3, "RO")], {
      first: 1,
      last: 1,
      step: 1,
      movable: true,
    }],
    [[STREAMS], { first: 0, last: 0, step: 0, movable: true }],
  ];
  for (const [keys, expected] of ranges) {
    assertEquals(keyRangeOf(keys), expected, JSON.stringify(keys));
  }
});

Deno.test("keys are found by index, by count and behind a keyword", () => {
  assertEquals(
    found(command([keysFrom(1, -1, 2, "OW")]), "mset a 1 b 2"),
    "a b",
  );
  assertEquals(
    found(command([keysFrom(1, -2, 1, "RW")]), "blpop a b 0"),
    "a b",
  );
  const counted = command([keysCountedAt(1, "RW")]);
  assertEquals(found(counted, "lmpop 2 a b LEFT"), "a b");
  for (
    const line of ["lmpop 0 a b", "lmpop 9 a b", "lmpop -1 a b", "lmpop 1x a b"]
  ) {
    assertEquals(found(counted, line), "", line);
  }
  const read = command([STREAMS]);
  assertEquals(found(read, "xread count 2 streams a b 1 2"), "a b");
  assertEquals(found(read, "xread count 2"), "");
});

Deno.test("a command finds keys itself where the specs are incomplete, vary, or fail", () => {
  const itself = (
    args: Args,
  ): FoundKey[] => [{ index: args.length - 1, flags: [] }];
  const migrate = command([keyAt(3, "RW"), AFTER_KEYS], itself);
  assertEquals(found(migrate, "migrate h 1 k 0 10"), "k");
  assertEquals(found(migrate, "migrate h 1 '' 0 10 keys a b"), "b");
  const varying: KeySpec = { ...keyAt(1, "RW"), flags: ["variable_flags"] };
  assertEquals(found(command([varying], itself), "set k v"), "v");
  assertEquals(
    found(command([keyAt(1, "RO"), UNKNOWN], itself), "sort k d"),
    "d",
  );
  assertEquals(found(command([keysCountedAt(1, "RO")], itself), "x 1x a"), "a");
});

Deno.test("channels are no keys", () => {
  assertEquals(hasKeys(command([CHANNEL])), false);
  assertEquals(found(command([CHANNEL]), "spublish c m"), "");
  assertEquals(hasKeys(command([CHANNEL, keyAt(1, "RO")])), true);
});

Deno.test("countedKeys reads the number as C does, the destination comes last", () => {
  const count = (line: string, storeAt?: number) =>
    countedKeys(Args.from(line.split(" ")), 1, 2, storeAt)
      .map(({ index }) => index);
  assertEquals(count("lmpop 2 a b"), [2, 3]);
  assertEquals(count("lmpop 2x a b"), [2, 3]);
  assertEquals(count("lmpop +1 a b"), [2]);
  assertEquals(count("lmpop 1 a b", 0), [2, 0]);
  for (const line of ["lmpop 0 a", "lmpop 2 a", "lmpop x a", "lmpop -1 a"]) {
    assertEquals(count(line), [], line);
  }
});
