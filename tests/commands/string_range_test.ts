import { error, nil, OK, QUEUED, transcript } from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const OUT_OF_RANGE = error("ERR offset is out of range");
const TOO_LONG = error(
  "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
);
const BINARY = "\0\r\n\xff\x80";

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript("range commands refuse command lines of the wrong length", [
  ["STRLEN", wrongArity("strlen")],
  ["STRLEN a b", wrongArity("strlen")],
  ["APPEND a", wrongArity("append")],
  ["APPEND a b c", wrongArity("append")],
  ["GETRANGE a 0", wrongArity("getrange")],
  ["SUBSTR a 0", wrongArity("substr")],
  ["SETRANGE a 0", wrongArity("setrange")],
  ["EXISTS a", 0],
]);

transcript("range commands refuse a key that holds a list", [
  ["RPUSH l x", 1],
  ["STRLEN l", WRONG_TYPE],
  ["APPEND l x", WRONG_TYPE],
  ["GETRANGE l x 0", NOT_AN_INTEGER],
  ["GETRANGE l 0 0", WRONG_TYPE],
  ["SUBSTR l 0 0", WRONG_TYPE],
  ["SETRANGE l x a", NOT_AN_INTEGER],
  ["SETRANGE l -1 a", OUT_OF_RANGE],
  ["SETRANGE l 0 a", WRONG_TYPE],
  [["SETRANGE", "l", "0", ""], WRONG_TYPE],
  ["LLEN l", 1],
]);

transcript("STRLEN replies the number of bytes", [
  ["STRLEN k", 0],
  [["SET", "k", BINARY], OK],
  ["STRLEN k", 5],
  ["SET k -100", OK],
  ["STRLEN k", 4],
  ["APPEND k 0", 5],
  ["STRLEN k", 5],
]);

transcript("APPEND creates, appends and keeps expiry and bytes", [
  ["APPEND k 12", 2],
  ["OBJECT ENCODING k", "int"],
  ["APPEND k 34", 4],
  ["OBJECT ENCODING k", "raw"],
  ["GET k", "1234"],
  ["EXPIRE k 100", 1],
  [["APPEND", "k", BINARY], 9],
  ["TTL k", 100],
  ["GET k", `1234${BINARY}`],
  [["APPEND", "e", ""], 0],
  ["EXISTS e", 1],
  ["GET e", ""],
  ["OBJECT ENCODING e", "embstr"],
  [["APPEND", "e", ""], 0],
  ["OBJECT ENCODING e", "raw"],
  [["APPEND", "long", "x".repeat(50)], 50],
  ["OBJECT ENCODING long", "raw"],
  [["APPEND", "long", "y".repeat(5000)], 5050],
  ["GETRANGE long 48 51", "xxyy"],
]);

for (const command of ["GETRANGE", "SUBSTR"]) {
  transcript(`${command} replies the bytes between two offsets`, [
    [`${command} k 0 -1`, ""],
    ["SET k Hello", OK],
    [`${command} k 0 -1`, "Hello"],
    [`${command} k 1 3`, "ell"],
    [`${command} k -3 -1`, "llo"],
    [`${command} k -100 100`, "Hello"],
    [`${command} k 5 10`, ""],
    [`${command} k 3 1`, ""],
    [`${command} k -1 -3`, ""],
    [`${command} k 0 -100`, "H"],
    [`${command} k -100 -100`, "H"],
    [`${command} k -100 -101`, ""],
    [`${command} k 1 -100`, ""],
    [`${command} k -9223372036854775808 9223372036854775807`, "Hello"],
    [`${command} k 9223372036854775807 9223372036854775807`, ""],
    [`${command} k 0 9223372036854775808`, NOT_AN_INTEGER],
    [`${command} k x 0`, NOT_AN_INTEGER],
    [`${command} k 0 x`, NOT_AN_INTEGER],
    ["SET k 12345", OK],
    [`${command} k 1 -2`, "234"],
    [["APPEND", "k", BINARY], 10],
    [`${command} k 4 7`, "5\0\r\n"],
    [`${command} k -1 -1`, "\x80"],
    [["SET", "k", ""], OK],
    [`${command} k 0 -1`, ""],
    [["APPEND", "k", ""], 0],
    [`${command} k 0 -1`, ""],
  ]);
}

transcript("SETRANGE overwrites and pads with zero bytes", [
  [["SETRANGE", "k", "0", ""], 0],
  [["SETRANGE", "k", "5", ""], 0],
  ["EXISTS k", 0],
  ["SETRANGE k 2 x", 3],
  ["GET k", "\0\0x"],
  ["SET k Hello", OK],
  ["SETRANGE k 1 ipp", 5],
  ["GET k", "Hippo"],
  ["SETRANGE k 4 ie!", 7],
  ["GET k", "Hippie!"],
  ["SETRANGE k 9 x", 10],
  ["GET k", "Hippie!\0\0x"],
  [["SETRANGE", "k", "100", ""], 10],
  ["EXPIRE k 100", 1],
  [["SETRANGE", "k", "0", BINARY], 10],
  ["TTL k", 100],
  ["GET k", `${BINARY}e!\0\0x`],
  ["SET k 1234", OK],
  [["SETRANGE", "k", "2", ""], 4],
  ["OBJECT ENCODING k", "int"],
  ["SETRANGE k 0 2", 4],
  ["OBJECT ENCODING k", "raw"],
  ["GET k", "2234"],
  ["INCR k", 2235],
]);

transcript("SETRANGE refuses offsets that are none", [
  ["SETRANGE k -1 x", OUT_OF_RANGE],
  ["SETRANGE k x x", NOT_AN_INTEGER],
  ["SETRANGE k 9223372036854775808 x", NOT_AN_INTEGER],
  ["SETRANGE k 536870911 xy", TOO_LONG],
  ["SETRANGE k 536870912 x", TOO_LONG],
  ["SETRANGE k 9223372036854775807 x", TOO_LONG],
  [["SETRANGE", "k", "9223372036854775807", ""], 0],
  ["EXISTS k", 0],
  ["SET k v", OK],
  ["SETRANGE k 536870912 x", TOO_LONG],
  ["GET k", "v"],
]);

transcript("APPEND and SETRANGE stop at proto-max-bulk-len", [
  [["SET", "k", "x".repeat(1_000_000)], OK],
  [["APPEND", "k", "y".repeat(48_576)], 1_048_576],
  ["APPEND k z", TOO_LONG],
  ["SETRANGE k 1048575 z", 1_048_576],
  ["SETRANGE k 1048575 zz", TOO_LONG],
  ["GETRANGE k 1048574 -1", "yz"],
  [["APPEND", "k", ""], 1_048_576],
], { config: { "proto-max-bulk-len": 1024 * 1024 } });

transcript("a missing or expired key is an empty string to edit", [
  ["SET k v PX 1", OK],
  ["PEXPIREAT k 1", 1],
  ["STRLEN k", 0],
  ["APPEND k x", 1],
  ["TTL k", -1],
  ["GET none", nil],
]);

transcript("range commands run inside MULTI", [
  ["MULTI", OK],
  ["APPEND k Hello", QUEUED],
  ["SETRANGE k 1 u", QUEUED],
  ["SETRANGE k -1 u", QUEUED],
  ["GETRANGE k 0 1", QUEUED],
  ["STRLEN k", QUEUED],
  ["EXEC", [5, 5, OUT_OF_RANGE, "Hu", 5]],
]);
