import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import { Args } from "../../src/protocol/args.ts";
import { Frequencies } from "../../src/store/frequencies.ts";
import { ManualClock } from "../helpers/manual_clock.ts";
import {
  advance,
  error,
  nil,
  OK,
  status,
  type Step,
  transcript,
} from "../helpers/transcript.ts";

const wrongArity = (command: string) =>
  error(`ERR wrong number of arguments for '${command}' command`);
const NO_FREQUENCY = error(
  "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
);

transcript("OBJECT refuses what it does not know", [
  ["OBJECT", wrongArity("object")],
  ["OBJECT x", error("ERR unknown subcommand 'x'. Try OBJECT HELP.")],
  ...["ENCODING", "FREQ", "IDLETIME", "REFCOUNT"].flatMap((name): Step[] => [
    [`OBJECT ${name}`, wrongArity(`object|${name.toLowerCase()}`)],
    [`OBJECT ${name} a b`, wrongArity(`object|${name.toLowerCase()}`)],
    [`OBJECT ${name} none`, nil],
  ]),
  ["OBJECT HELP x", wrongArity("object|help")],
]);

transcript("OBJECT HELP explains the subcommands", [
  ["object help", [
    status(
      "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    ),
    status("ENCODING <key>"),
    status(
      "    Return the kind of internal representation used in order to store the value",
    ),
    status("    associated with a <key>."),
    status("FREQ <key>"),
    status(
      "    Return the access frequency index of the <key>. The returned integer is",
    ),
    status(
      "    proportional to the logarithm of the recent access frequency of the key.",
    ),
    status("IDLETIME <key>"),
    status(
      "    Return the idle time of the <key>, that is the approximated number of",
    ),
    status("    seconds elapsed since the last access to the key."),
    status("REFCOUNT <key>"),
    status(
      "    Return the number of references of the value associated with the specified",
    ),
    status("    <key>."),
    status("HELP"),
    status("    Prints this help."),
  ]],
]);

transcript(
  "OBJECT ENCODING tells integers, short and long strings and lists apart",
  [
    ["SET k 123", OK],
    ["OBJECT ENCODING k", "int"],
    ["SET k -9223372036854775808", OK],
    ["OBJECT ENCODING k", "int"],
    ["SET k 9223372036854775808", OK],
    ["OBJECT ENCODING k", "embstr"],
    ["SET k 0123", OK],
    ["OBJECT ENCODING k", "embstr"],
    ["SET k ''", OK],
    ["OBJECT ENCODING k", "embstr"],
    [["SET", "k", "x".repeat(44)], OK],
    ["OBJECT ENCODING k", "embstr"],
    [["SET", "k", "x".repeat(45)], OK],
    ["OBJECT ENCODING k", "raw"],
    ["SET k 1", OK],
    ["APPEND k 2", 2],
    ["OBJECT ENCODING k", "raw"],
    ["RPUSH l x", 1],
    ["OBJECT ENCODING l", "quicklist"],
    ["SET k v PX 10", OK],
    [advance(11)],
    ["OBJECT ENCODING k", nil],
  ],
);

transcript("OBJECT REFCOUNT counts small integers as shared", [
  ["SET k 0", OK],
  ["OBJECT REFCOUNT k", 2147483647],
  ["SET k 9999", OK],
  ["OBJECT REFCOUNT k", 2147483647],
  ["SET k 10000", OK],
  ["OBJECT REFCOUNT k", 1],
  ["SET k -1", OK],
  ["OBJECT REFCOUNT k", 1],
  ["SET k abc", OK],
  ["OBJECT REFCOUNT k", 1],
  ["RPUSH l 1", 1],
  ["OBJECT REFCOUNT l", 1],
]);

transcript("OBJECT IDLETIME counts the seconds since the last access", [
  ["SET k v", OK],
  ["OBJECT IDLETIME k", 0],
  [advance(9000)],
  ["OBJECT IDLETIME k", 9],
  ["GET k", "v"],
  ["OBJECT IDLETIME k", 0],
  [advance(1000)],
  ["PERSIST k", 0],
  ["OBJECT IDLETIME k", 0],
]);

transcript("OBJECT FREQ needs an LFU policy", [
  ["SET k v", OK],
  ["OBJECT FREQ k", NO_FREQUENCY],
  ["OBJECT FREQ none", nil],
]);

Deno.test("OBJECT FREQ counts accesses, and IDLETIME is refused, while the store counts them", () => {
  const server = createServer({ clock: new ManualClock() });
  server.store.frequencies = new Frequencies(server.random, {
    logFactor: 0,
    decayMinutes: 1,
  });
  const client = server.createClient();
  const reply = (line: string): string => {
    client.args = Args.from(line.split(" "));
    server.executor.execute(client);
    return new TextDecoder().decode(client.reply.take());
  };
  reply("SET k v");
  assertEquals(reply("OBJECT FREQ k"), ":5\r\n");
  reply("GET k");
  assertEquals(reply("OBJECT FREQ k"), ":6\r\n");
  assertEquals(
    reply("OBJECT IDLETIME k"),
    "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.\r\n",
  );
  assertEquals(reply("OBJECT IDLETIME none"), "$-1\r\n");
  assertEquals(reply("OBJECT FREQ none"), "$-1\r\n");
});
