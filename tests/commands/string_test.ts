import {
  advance,
  between,
  error,
  nil,
  OK,
  QUEUED,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX = error("ERR syntax error");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const BINARY = "\0\r\n\xff\x80";
/** 2100-01-01, in seconds. */
const FUTURE = 4102444800;

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

function badTime(name: string) {
  return error(`ERR invalid expire time in '${name}' command`);
}

transcript("GET and SET keep any bytes", [
  ["GET k", nil],
  ["SET k v", OK],
  ["GET k", "v"],
  [["SET", BINARY, `${BINARY}${BINARY}`], OK],
  [["GET", BINARY], `${BINARY}${BINARY}`],
  [["SET", "", ""], OK],
  [["GET", ""], ""],
  [["SET", "long", "x".repeat(100_000)], OK],
  ["GET long", "x".repeat(100_000)],
  ["STRLEN long", 100_000],
  ["set k w", OK],
  ["gEt k", "w"],
]);

transcript("string commands refuse command lines of the wrong length", [
  ["GET", wrongArity("get")],
  ["GET a b", wrongArity("get")],
  ["SET a", wrongArity("set")],
  ["SETNX a", wrongArity("setnx")],
  ["SETNX a b c", wrongArity("setnx")],
  ["SETEX a 1", wrongArity("setex")],
  ["PSETEX a 1", wrongArity("psetex")],
  ["GETSET a", wrongArity("getset")],
  ["GETDEL a b", wrongArity("getdel")],
  ["GETEX", wrongArity("getex")],
  ["MGET", wrongArity("mget")],
  ["MSET a", wrongArity("mset")],
  ["MSET a b c", wrongArity("mset")],
  ["MSETNX a b c", wrongArity("msetnx")],
  ["DBSIZE", 0],
]);

transcript(
  "commands that read a string refuse a list, those that overwrite do not",
  [
    ["RPUSH l x", 1],
    ["GET l", WRONG_TYPE],
    ["GETSET l v", WRONG_TYPE],
    ["GETDEL l", WRONG_TYPE],
    ["GETEX l", WRONG_TYPE],
    ["GETEX l EX abc", WRONG_TYPE],
    ["SET l v GET", WRONG_TYPE],
    ["SET l v NX GET", WRONG_TYPE],
    ["MGET l", [nil]],
    ["SETNX l v", 0],
    ["SET l v NX", nil],
    ["LLEN l", 1],
    ["SET l v", OK],
    ["GET l", "v"],
    ["RPUSH m x", 1],
    ["SETEX m 100 v", OK],
    ["GET m", "v"],
    ["RPUSH n x", 1],
    ["MSET n v", OK],
    ["GET n", "v"],
  ],
);

transcript("SET with NX sets an absent key only, with XX a present one only", [
  ["SET k v XX", nil],
  ["SET k v NX", OK],
  ["SET k w NX", nil],
  ["GET k", "v"],
  ["SET k w xx", OK],
  ["GET k", "w"],
  ["SET k v NX NX", nil],
  ["SET k v NX XX", SYNTAX],
  ["SET k v XX NX", SYNTAX],
  ["GET k", "w"],
]);

transcript("SET with GET replies the old value", [
  ["SET k v GET", nil],
  ["SET k w GET", "v"],
  ["SET k x get GET", "w"],
  ["SET k y NX GET", "x"],
  ["SET n y NX GET", nil],
  ["GET n", "y"],
  ["SET m y XX GET", nil],
  ["GET m", nil],
  ["SET k z XX GET", "x"],
  ["GET k", "z"],
  ["APPEND k z", 2],
  ["SET k a GET EX 100", "zz"],
  ["TTL k", 100],
]);

transcript("SET forgets the expiry, or sets or keeps it", [
  ["SET k v EX 100", OK],
  ["TTL k", 100],
  ["SET k v KEEPTTL", OK],
  ["TTL k", 100],
  ["SET k v", OK],
  ["TTL k", -1],
  ["SET k v PX 100000", OK],
  ["PTTL k", between(99_000, 100_000)],
  ["SET k v keepttl KEEPTTL xx", OK],
  ["TTL k", 100],
  [`SET k v EXAT ${FUTURE}`, OK],
  ["EXPIRETIME k", FUTURE],
  [`SET k v PXAT ${FUTURE}007`, OK],
  ["PEXPIRETIME k", FUTURE * 1000 + 7],
  ["SET k v ex 10 EX 20", OK],
  ["TTL k", 20],
  ["SET n v KEEPTTL", OK],
  ["TTL n", -1],
  ["GETSET k w", "v"],
  ["TTL k", -1],
]);

transcript("SET refuses options that do not fit and changes nothing", [
  ["SET k v", OK],
  ["SET k w EX", SYNTAX],
  ["SET k w EX 10 PX 10", SYNTAX],
  ["SET k w EX 10 PXAT 10", SYNTAX],
  ["SET k w PX 10 EXAT 10", SYNTAX],
  ["SET k w KEEPTTL EX 10", SYNTAX],
  ["SET k w EX 10 KEEPTTL", SYNTAX],
  ["SET k w PERSIST", SYNTAX],
  ["SET k w EXX", SYNTAX],
  ["SET k w 10", SYNTAX],
  [["SET", "k", "w", ""], SYNTAX],
  ["SET k w EX abc ZZ", SYNTAX],
  ["SET k w EX abc", NOT_AN_INTEGER],
  ["SET k w EX 1.5", NOT_AN_INTEGER],
  ["SET k w EX +1", NOT_AN_INTEGER],
  ["SET k w PX 9223372036854775808", NOT_AN_INTEGER],
  ["SET k w EX 0", badTime("set")],
  ["SET k w EX -1", badTime("set")],
  ["SET k w PX 0", badTime("set")],
  ["SET k w EXAT 0", badTime("set")],
  ["SET k w PXAT -9223372036854775808", badTime("set")],
  ["SET k w EX 9223372036854775807", badTime("set")],
  ["SET k w EX 9223372036854775", badTime("set")],
  ["SET k w EX 9223372036854776", badTime("set")],
  ["SET k w EXAT 9223372036854776", badTime("set")],
  ["SET k w PX 9223372036854775807", badTime("set")],
  ["RPUSH l x", 1],
  ["SET l w EX 0 GET", badTime("set")],
  ["GET k", "v"],
  ["TTL k", -1],
]);

transcript("SET takes expiry times up to the last one", [
  ["SET k v PXAT 9223372036854775807", OK],
  ["PEXPIRETIME k", 9223372036854775807n],
  ["SET k v EXAT 9223372036854775", OK],
  ["PEXPIRETIME k", 9223372036854775000n],
  ["SET k v PX 9000000000000000000", OK],
  ["GET k", "v"],
]);

transcript("SET with a time that is over leaves nothing to be read", [
  ["SET k v EXAT 1", OK],
  ["GET k", nil],
  ["SET k v PXAT 1 GET", nil],
  ["EXISTS k", 0],
]);

transcript("SET with EX and PX lets the key go when its time has come", [
  ["SET a v EX 10", OK],
  ["SET b v PX 10", OK],
  ["SETEX c 10 v", OK],
  ["PSETEX d 10 v", OK],
  [advance(10)],
  ["MGET a b c d", ["v", nil, "v", nil]],
  ["SET b w XX", nil],
  ["SETNX d w", 1],
  [advance(9989)],
  ["MGET a c", ["v", "v"]],
  [advance(1)],
  ["MGET a c", [nil, nil]],
  ["GETDEL a", nil],
  ["GETEX a", nil],
  ["GETSET a w", nil],
]);

transcript("SETEX and PSETEX set a value that expires", [
  ["SETEX k 100 v", OK],
  ["GET k", "v"],
  ["TTL k", 100],
  ["PSETEX k 200000 w", OK],
  ["GET k", "w"],
  ["TTL k", 200],
  ["SETEX k 0 x", badTime("setex")],
  ["SETEX k -10 x", badTime("setex")],
  ["SETEX k abc x", NOT_AN_INTEGER],
  ["SETEX k 9223372036854775807 x", badTime("setex")],
  ["PSETEX k 0 x", badTime("psetex")],
  ["PSETEX k 9223372036854775807 x", badTime("psetex")],
  ["PSETEX k 1e3 x", NOT_AN_INTEGER],
  ["GET k", "w"],
]);

transcript("SETNX sets an absent key only", [
  ["SETNX k v", 1],
  ["SETNX k w", 0],
  ["GET k", "v"],
  ["EXPIRE k 100", 1],
  ["SETNX k w", 0],
  ["TTL k", 100],
]);

transcript("GETSET replies the old value and sets the new one", [
  ["GETSET k v", nil],
  ["GETSET k w", "v"],
  ["GET k", "w"],
  ["APPEND k x", 2],
  ["GETSET k 1", "wx"],
  ["OBJECT ENCODING k", "int"],
]);

transcript("GETDEL replies the value and deletes the key", [
  ["GETDEL k", nil],
  ["SET k v EX 100", OK],
  ["GETDEL k", "v"],
  ["EXISTS k", 0],
  ["SET k v", OK],
  ["TTL k", -1],
  ["APPEND k w", 2],
  ["GETDEL k", "vw"],
  ["GETDEL k", nil],
]);

transcript("GETEX replies the value and changes the expiry as told", [
  ["GETEX k", nil],
  ["GETEX k EX 0", nil],
  ["SET k v", OK],
  ["GETEX k", "v"],
  ["TTL k", -1],
  ["GETEX k EX 100", "v"],
  ["TTL k", 100],
  ["GETEX k", "v"],
  ["TTL k", 100],
  ["GETEX k PERSIST", "v"],
  ["TTL k", -1],
  ["GETEX k persist PERSIST", "v"],
  ["GETEX k PX 100000", "v"],
  ["TTL k", 100],
  [`GETEX k EXAT ${FUTURE}`, "v"],
  ["EXPIRETIME k", FUTURE],
  [`GETEX k PXAT ${FUTURE}001`, "v"],
  ["PEXPIRETIME k", FUTURE * 1000 + 1],
  ["GETEX k PXAT 9223372036854775807", "v"],
  ["PEXPIRETIME k", 9223372036854775807n],
  ["GETEX k EXAT 1", "v"],
  ["EXISTS k", 0],
]);

transcript("GETEX refuses options that do not fit", [
  ["SET k v", OK],
  ["GETEX k EX", SYNTAX],
  ["GETEX k KEEPTTL", SYNTAX],
  ["GETEX k NX", SYNTAX],
  ["GETEX k GET", SYNTAX],
  ["GETEX k EX 1 PX 1", SYNTAX],
  ["GETEX k EX 1 PERSIST", SYNTAX],
  ["GETEX k PERSIST PXAT 1", SYNTAX],
  ["GETEX k 1", SYNTAX],
  ["GETEX none FOO", SYNTAX],
  ["GETEX k EX abc", NOT_AN_INTEGER],
  ["GETEX k EX 0", badTime("getex")],
  ["GETEX k PXAT -1", badTime("getex")],
  ["GETEX k EX 9223372036854775807", badTime("getex")],
  ["TTL k", -1],
]);

transcript("MGET replies a null for each key without a string", [
  ["MSET a 1 b 2", OK],
  ["RPUSH l x", 1],
  ["APPEND b 3", 2],
  ["MGET a b c l a", ["1", "23", nil, nil, "1"]],
  ["MGET c", [nil]],
]);

transcript("MSET sets all, MSETNX all or nothing, the last of a key counts", [
  ["MSET a 1 b 2 a 3", OK],
  ["MGET a b", ["3", "2"]],
  ["EXPIRE a 100", 1],
  ["MSET a 4", OK],
  ["TTL a", -1],
  ["MSETNX c 1 a 5", 0],
  ["MGET c a", [nil, "4"]],
  ["MSETNX c 1 d 2 c 3", 1],
  ["MGET c d", ["3", "2"]],
  [["MSETNX", BINARY, "", "", BINARY], 1],
  [["MGET", BINARY, ""], ["", BINARY]],
]);

transcript("string commands run inside MULTI", [
  ["MULTI", OK],
  ["SET k v", QUEUED],
  ["SET k w GET", QUEUED],
  ["GETSET k x", QUEUED],
  ["SET k EX", QUEUED],
  ["SET k v EX", QUEUED],
  ["MSET a 1 b", QUEUED],
  ["MGET k a", QUEUED],
  ["GETDEL k", QUEUED],
  ["EXEC", [
    OK,
    "v",
    "w",
    OK,
    SYNTAX,
    wrongArity("mset"),
    ["EX", nil],
    "EX",
  ]],
]);

transcript("OBJECT ENCODING tells integers, short and long strings apart", [
  ["SET k 12345", OK],
  ["OBJECT ENCODING k", "int"],
  ["SET k -9223372036854775808", OK],
  ["OBJECT ENCODING k", "int"],
  ["SET k 9223372036854775808", OK],
  ["OBJECT ENCODING k", "embstr"],
  ["SET k 012", OK],
  ["OBJECT ENCODING k", "embstr"],
  ["SET k -0", OK],
  ["OBJECT ENCODING k", "embstr"],
  [["SET", "k", ""], OK],
  ["OBJECT ENCODING k", "embstr"],
  [["SET", "k", "x".repeat(44)], OK],
  ["OBJECT ENCODING k", "embstr"],
  [["SET", "k", "x".repeat(45)], OK],
  ["OBJECT ENCODING k", "raw"],
  ["SETEX k 100 7", OK],
  ["OBJECT ENCODING k", "int"],
  ["MSET k 8", OK],
  ["OBJECT ENCODING k", "int"],
]);
