import {
  advance,
  between,
  capture,
  error,
  nil,
  OK,
  transcript,
} from "../helpers/transcript.ts";

const wrongArity = (command: string) =>
  error(`ERR wrong number of arguments for '${command}' command`);
const SYNTAX = error("ERR syntax error");
const NO_INTEGER = error("ERR value is not an integer or out of range");
const NO_DUMP = error("ERR DUMP payload version or checksum are wrong");
const BUSY = error("BUSYKEY Target key name already exists.");
/** The string "v". */
const V = "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce";
const END_OF_TIME = "9223372036854775807";

transcript("DUMP and RESTORE refuse the wrong number of arguments", [
  ["DUMP", wrongArity("dump")],
  ["DUMP a b", wrongArity("dump")],
  ["RESTORE k 0", wrongArity("restore")],
  ["RESTORE-ASKING k 0", wrongArity("restore-asking")],
]);

transcript("DUMP answers layout, value, version and checksum", [
  ["DUMP none", nil],
  ["SET k v", OK],
  ["DUMP k", V],
  ["SET k 65536", OK],
  ["DUMP k", "\x00\xc2\x00\x00\x01\x00\n\x00\xc0\nk\xa7\x87a8\xda"],
]);

transcript("RESTORE creates a key, and replaces one only when told to", [
  [["RESTORE", "k", "0", V], OK],
  ["GET k", "v"],
  ["TTL k", -1],
  [["RESTORE", "k", "0", V], BUSY],
  ["SET k old EX 100", OK],
  [["RESTORE", "k", "0", V, "REPLACE"], OK],
  ["GET k", "v"],
  ["TTL k", -1],
  [["restore-asking", "k", "0", V, "replace"], OK],
]);

transcript("RESTORE sets an expiry, from now on or in unix time", [
  [["RESTORE", "k", "100000", V], OK],
  ["PTTL k", between(99_000, 100_000)],
  [["RESTORE", "k", END_OF_TIME, V, "ABSTTL", "REPLACE"], OK],
  ["PEXPIRETIME k", 9223372036854775807n],
  // What leaves 64 bits is long over: the key is only removed.
  [["RESTORE", "k", END_OF_TIME, V, "REPLACE"], OK],
  ["EXISTS k", 0],
  [["RESTORE", "k", "1", V, "ABSTTL"], OK],
  ["EXISTS k", 0],
  [["RESTORE", "k", "1", V], OK],
  [advance(2)],
  ["EXISTS k", 0],
]);

transcript("RESTORE sets when a key was last accessed", [
  [["RESTORE", "k", "0", V, "IDLETIME", "1000"], OK],
  ["OBJECT IDLETIME k", between(1000, 1001)],
  [["RESTORE", "k", "0", V, "IDLETIME", "1", "idletime", "7", "REPLACE"], OK],
  ["OBJECT IDLETIME k", between(7, 8)],
  [["RESTORE", "k", "0", V, "FREQ", "5", "REPLACE"], OK],
  ["OBJECT IDLETIME k", between(0, 1)],
]);

transcript("RESTORE sets how often a key is accessed", [
  [["RESTORE", "k", "0", V, "FREQ", "100"], OK],
  ["OBJECT FREQ k", 100],
  [["RESTORE", "k", "0", V, "IDLETIME", "9", "REPLACE"], OK],
  ["OBJECT FREQ k", 5],
], { config: { "maxmemory-policy": "allkeys-lfu" } });

transcript("RESTORE refuses what it does not understand", [
  [
    ["RESTORE", "k", "-1", V],
    error("ERR Invalid TTL value, must be >= 0"),
  ],
  [["RESTORE", "k", "x", V], NO_INTEGER],
  [["RESTORE", "k", "0", V, "OTHER"], SYNTAX],
  [["RESTORE", "k", "0", V, "FREQ"], SYNTAX],
  [["RESTORE", "k", "0", V, "FREQ", "1", "IDLETIME", "1"], SYNTAX],
  [["RESTORE", "k", "0", V, "IDLETIME", "1", "FREQ", "1"], SYNTAX],
  [["RESTORE", "k", "0", V, "FREQ", "x"], NO_INTEGER],
  [
    ["RESTORE", "k", "0", V, "FREQ", "256"],
    error("ERR Invalid FREQ value, must be >= 0 and <= 255"),
  ],
  [
    ["RESTORE", "k", "0", V, "IDLETIME", "-1"],
    error("ERR Invalid IDLETIME value, must be >= 0"),
  ],
  ["RESTORE k 0 ''", NO_DUMP],
  ["RESTORE k 0 short", NO_DUMP],
  [["RESTORE", "k", "0", V.slice(2)], NO_DUMP],
  [["RESTORE", "k", "0", V.replace("v", "w")], NO_DUMP],
  ["SET old 1", OK],
  [["RESTORE", "old", "x", "short"], BUSY],
  [["RESTORE", "old", "0", "short", "REPLACE"], NO_DUMP],
  ["GET old", "1"],
  ["DBSIZE", 1],
]);

transcript("DUMP and RESTORE leave strings as they are held", [
  ["SET k 12345", OK],
  ["APPEND k 6", 6],
  ["OBJECT ENCODING k", "raw"],
  ["DUMP k", capture("dump")],
  [({ dump }) => ["RESTORE", "copy", "0", dump!], OK],
  ["GET copy", "123456"],
  ["OBJECT ENCODING copy", "int"],
]);
