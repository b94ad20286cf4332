import { error, nil, OK, QUEUED, transcript } from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const NOT_A_FLOAT = error("ERR value is not a valid float");
const OVERFLOW = error("ERR increment or decrement would overflow");
const NOT_FINITE = error("ERR increment would produce NaN or Infinity");

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript(
  "INCR, DECR, INCRBY and DECRBY count from 0 when the key is absent",
  [
    ["INCR a", 1],
    ["DECR b", -1],
    ["INCRBY c 5", 5],
    ["DECRBY d 5", -5],
    ["MGET a b c d", ["1", "-1", "5", "-5"]],
    ["INCR a", 2],
    ["DECR a", 1],
    ["INCRBY a -10", -9],
    ["DECRBY a -10", 1],
    ["INCRBY a 0", 1],
    ["GET a", "1"],
    ["OBJECT ENCODING a", "int"],
  ],
);

transcript("counting commands refuse command lines of the wrong length", [
  ["INCR", wrongArity("incr")],
  ["INCR a 1", wrongArity("incr")],
  ["DECR", wrongArity("decr")],
  ["INCRBY a", wrongArity("incrby")],
  ["DECRBY a 1 2", wrongArity("decrby")],
  ["INCRBYFLOAT a", wrongArity("incrbyfloat")],
  ["EXISTS a", 0],
]);

transcript("counting commands refuse a key that holds a list", [
  ["RPUSH l x", 1],
  ["INCR l", WRONG_TYPE],
  ["DECR l", WRONG_TYPE],
  ["INCRBY l abc", NOT_AN_INTEGER],
  ["INCRBY l 1", WRONG_TYPE],
  ["DECRBY l 1", WRONG_TYPE],
  ["INCRBYFLOAT l abc", WRONG_TYPE],
  ["LLEN l", 1],
]);

transcript("counting commands refuse what is not an integer and leave it", [
  ["SET k 1", OK],
  ["INCRBY k 1.0", NOT_AN_INTEGER],
  ["INCRBY k +1", NOT_AN_INTEGER],
  ["INCRBY k 01", NOT_AN_INTEGER],
  ["INCRBY k -0", NOT_AN_INTEGER],
  ["INCRBY k -", NOT_AN_INTEGER],
  [["INCRBY", "k", ""], NOT_AN_INTEGER],
  [["INCRBY", "k", " 1"], NOT_AN_INTEGER],
  ["INCRBY k 9223372036854775808", NOT_AN_INTEGER],
  ["DECRBY k 1e3", NOT_AN_INTEGER],
  ["GET k", "1"],
  [["SET", "k", " 1"], OK],
  ["INCR k", NOT_AN_INTEGER],
  [["SET", "k", "1 "], OK],
  ["INCR k", NOT_AN_INTEGER],
  [["SET", "k", ""], OK],
  ["INCR k", NOT_AN_INTEGER],
  ["SET k 1.5", OK],
  ["DECR k", NOT_AN_INTEGER],
  ["SET k 99999999999999999999", OK],
  ["INCR k", NOT_AN_INTEGER],
  ["GET k", "99999999999999999999"],
]);

transcript("counting is exact beyond 2^53 and ends at 64 bits", [
  ["SET k 9007199254740991", OK],
  ["INCR k", 9007199254740992n],
  ["INCR k", 9007199254740993n],
  ["GET k", "9007199254740993"],
  ["DECRBY k 2", 9007199254740991n],
  ["INCRBY k 9007199254740993", 18014398509481984n],
  ["SET k 9223372036854775806", OK],
  ["INCR k", 9223372036854775807n],
  ["INCR k", OVERFLOW],
  ["INCRBY k 9223372036854775807", OVERFLOW],
  ["DECRBY k -1", OVERFLOW],
  ["GET k", "9223372036854775807"],
  ["INCRBY k -9223372036854775808", -1],
  ["SET k -9223372036854775807", OK],
  ["DECR k", -9223372036854775808n],
  ["DECR k", OVERFLOW],
  ["INCRBY k -1", OVERFLOW],
  ["DECRBY k -9223372036854775808", error("ERR decrement would overflow")],
  ["DECRBY k -9223372036854775807", -1],
  ["DECRBY none -9223372036854775808", error("ERR decrement would overflow")],
  ["EXISTS none", 0],
]);

transcript("counting keeps the expiry and counts a value edited in place", [
  ["SET k 1 EX 100", OK],
  ["INCR k", 2],
  ["TTL k", 100],
  ["INCRBYFLOAT k 1.5", "3.5"],
  ["TTL k", 100],
  ["SET k 1", OK],
  ["APPEND k 0", 2],
  ["OBJECT ENCODING k", "raw"],
  ["INCR k", 11],
  ["OBJECT ENCODING k", "int"],
  ["APPEND k x", 3],
  ["INCR k", NOT_AN_INTEGER],
  ["INCRBYFLOAT k 1", NOT_A_FLOAT],
  ["GET k", "11x"],
]);

transcript("INCRBYFLOAT adds decimal and hexadecimal numbers", [
  ["INCRBYFLOAT k 10.5", "10.5"],
  ["INCRBYFLOAT k 0.1", "10.6"],
  ["INCRBYFLOAT k -5", "5.6"],
  ["INCRBYFLOAT k 5.0e3", "5005.60000000000000009"],
  ["INCRBYFLOAT k 0x10", "5021.60000000000000009"],
  ["SET k 3.0e3", OK],
  ["INCRBYFLOAT k 200", "3200"],
  ["GET k", "3200"],
  ["SET k 1", OK],
  ["INCRBYFLOAT k -0.9999999999999999999999", "0"],
  ["INCRBYFLOAT k -1e-30", "0"],
  ["INCRBYFLOAT k 17179869184.00000001", "17179869184.00000000931322575"],
  ["SET k 9223372036854775807", OK],
  ["INCRBYFLOAT k 1", "9223372036854775808"],
  ["INCRBYFLOAT k -1", "9223372036854775807"],
]);

transcript("INCRBYFLOAT refuses what is no number and leaves the value", [
  ["SET k 1", OK],
  ["INCRBYFLOAT k abc", NOT_A_FLOAT],
  ["INCRBYFLOAT k 1e", NOT_A_FLOAT],
  ["INCRBYFLOAT k nan", NOT_A_FLOAT],
  ["INCRBYFLOAT k 1e5000", NOT_A_FLOAT],
  ["INCRBYFLOAT k 1e-5000", NOT_A_FLOAT],
  [["INCRBYFLOAT", "k", ""], NOT_A_FLOAT],
  [["INCRBYFLOAT", "k", " 1"], NOT_A_FLOAT],
  [["INCRBYFLOAT", "k", "1 "], NOT_A_FLOAT],
  [["INCRBYFLOAT", "k", "1\0"], NOT_A_FLOAT],
  ["INCRBYFLOAT k inf", NOT_FINITE],
  ["INCRBYFLOAT k -Infinity", NOT_FINITE],
  ["INCRBYFLOAT none inf", NOT_FINITE],
  ["GET k", "1"],
  ["EXISTS none", 0],
  ["SET k inf", OK],
  ["INCRBYFLOAT k -inf", NOT_FINITE],
  ["INCRBYFLOAT k 1", NOT_FINITE],
  ["SET k 1e4932", OK],
  ["INCRBYFLOAT k 1e4932", NOT_FINITE],
  [["SET", "k", " 1"], OK],
  ["INCRBYFLOAT k 1", NOT_A_FLOAT],
  [["SET", "k", "1".repeat(5120)], OK],
  ["INCRBYFLOAT k 1", NOT_A_FLOAT],
]);

transcript("INCRBYFLOAT leaves a value that is not encoded as an integer", [
  ["SET k 1", OK],
  ["INCRBYFLOAT k 1", "2"],
  ["OBJECT ENCODING k", "embstr"],
  ["GETRANGE k 0 -1", "2"],
  ["COPY k copy", 1],
  ["OBJECT ENCODING copy", "embstr"],
  ["APPEND k 5", 2],
  ["OBJECT ENCODING k", "raw"],
  ["INCRBYFLOAT k 0.5", "25.5"],
  ["OBJECT ENCODING k", "embstr"],
  ["INCRBYFLOAT k 1e44", "100000000000000000001038625398088182045605888"],
  ["OBJECT ENCODING k", "raw"],
  ["INCRBYFLOAT n 7", "7"],
  ["INCR n", 8],
  ["OBJECT ENCODING n", "int"],
]);

transcript("counting commands run inside MULTI", [
  ["MULTI", OK],
  ["INCR k", QUEUED],
  ["INCRBY k x", QUEUED],
  ["INCRBYFLOAT k 0.5", QUEUED],
  ["DECR k", QUEUED],
  ["GET none", QUEUED],
  ["EXEC", [1, NOT_AN_INTEGER, "1.5", NOT_AN_INTEGER, nil]],
]);
