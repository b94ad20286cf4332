import { assertEquals } from "@std/assert";
import {
  ask,
  described,
  type Docs,
  entryOf,
  type Info,
  syntaxOf,
} from "../../scripts/command_entry.ts";
import { argumentsOf } from "../../src/server/command_docs.ts";
import type { KeySpec } from "../../src/server/command.ts";
import { findRealRedis, realRedis } from "../helpers/real_redis.ts";

const SPEC: KeySpec = { flags: [], begin: "unknown", find: "unknown" };

Deno.test({
  name:
    "a syntax line with its facts tells all that redis-server tells of any command's arguments",
  ignore: findRealRedis() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { infos, docs } = await ask((await realRedis())!, []);
    for (const info of infos) check(info, docs[info[0]]!);
  },
});

function check(info: Info, docs: Docs): void {
  const wanted = described(docs.arguments ?? []);
  const keys = info[8].map(() => SPEC);
  const { syntax, docs: facts } = syntaxOf(wanted, keys.length);
  const found = argumentsOf({
    name: "",
    arity: 0,
    flags: [],
    keys,
    since: "",
    complexity: "",
    summary: "",
    syntax,
    docs: facts,
  });
  assertEquals(found, wanted, `${info[0]}: ${syntax}`);
  for (const each of info[9]) check(each, docs.subcommands![each[0]]!);
}

Deno.test("an entry holds what the table asks for, and leaves out what is not to be said", () => {
  const info: Info = [
    "getex",
    -2,
    ["write", "fast"],
    1,
    1,
    1,
    ["@write", "@string", "@fast"],
    [],
    [{
      flags: ["RW", "access", "update"],
      begin_search: { type: "index", spec: { index: 1 } },
      find_keys: { type: "range", spec: { lastkey: 0, keystep: 1, limit: 0 } },
    }],
    [],
  ];
  const docs: Docs = {
    since: "6.2.0",
    complexity: "O(1)",
    arguments: [
      { name: "key", type: "key", key_spec_index: 0 },
      {
        name: "expiration",
        type: "oneof",
        flags: ["optional"],
        arguments: [
          { name: "seconds", type: "integer", token: "EX" },
          { name: "persist", type: "pure-token", token: "PERSIST" },
        ],
      },
    ],
  };
  assertEquals(
    entryOf(info, docs),
    `{
// @write @string @fast
name: "getex",
arity: -2,
flags: ["write","fast"],
keys: [keyAt(1, "RW", "access update")],
since: "6.2.0",
complexity: "O(1)",
summary: "",
syntax: "key [EX seconds | PERSIST]",
docs: {groups: ["expiration"]},
}`,
  );
});
