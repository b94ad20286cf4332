import { error, OK, set, transcript } from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NO_KEYS = error("ERR numkeys should be greater than 0");
const TOO_MANY_KEYS = error(
  "ERR Number of keys can't be greater than number of args",
);
const NEGATIVE_LIMIT = error("ERR LIMIT can't be negative");

transcript("SINTER, SUNION and SDIFF combine sets", [
  ["SADD a 1 2 3 4 x", 5],
  ["SADD b 2 3 4 y", 4],
  ["SADD c 3 4 5", 3],
  ["SINTER a b c", set(["3", "4"])],
  ["SINTER a", set(["1", "2", "3", "4", "x"])],
  ["SINTER a a", set(["1", "2", "3", "4", "x"])],
  ["SINTER a none", set([])],
  ["SUNION a b c", set(["1", "2", "3", "4", "5", "x", "y"])],
  ["SUNION none c", set(["3", "4", "5"])],
  ["SUNION none", set([])],
  ["SDIFF a b c", set(["1", "x"])],
  ["SDIFF c a none", set(["5"])],
  ["SDIFF a", set(["1", "2", "3", "4", "x"])],
  ["SDIFF a b a", set([])],
  ["SDIFF none a", set([])],
]);

transcript("integers come in their order, of whatever sets they are", [
  ["SADD a 10 9 8 1", 4],
  ["SADD b 8 10 1 100", 4],
  ["SINTER a b", set(["1", "8", "10"])],
  ["SUNION a b", set(["1", "8", "9", "10", "100"])],
  ["SDIFF a b", set(["9"])],
]);

transcript("SINTERSTORE, SUNIONSTORE and SDIFFSTORE replace what was there", [
  ["SADD a 1 2 3", 3],
  ["SADD b 2 3 4", 3],
  ["SET d text EX 100", OK],
  ["SINTERSTORE d a b", 2],
  ["SMEMBERS d", set(["2", "3"])],
  ["TTL d", -1],
  ["SUNIONSTORE d a b", 4],
  ["SMEMBERS d", set(["1", "2", "3", "4"])],
  ["SDIFFSTORE d a b", 1],
  ["SMEMBERS d", set(["1"])],
  ["SDIFFSTORE a a b", 1],
  ["SMEMBERS a", set(["1"])],
  ["SUNIONSTORE b b a", 4],
  ["SCARD b", 4],
]);

transcript("a combination that is empty removes what was there", [
  ["SADD a 1", 1],
  ["SADD b 2", 1],
  ["SET d text", OK],
  ["SINTERSTORE d a b", 0],
  ["EXISTS d", 0],
  ["SET d text", OK],
  ["SINTERSTORE d a none", 0],
  ["EXISTS d", 0],
  ["SADD d x", 1],
  ["SDIFFSTORE d a a", 0],
  ["EXISTS d", 0],
  ["SADD d x", 1],
  ["SUNIONSTORE d none", 0],
  ["EXISTS d", 0],
  ["SUNIONSTORE d none", 0],
]);

transcript("a combination is an intset if its way there was one", [
  ["SADD a 1 2 x", 3],
  ["SADD b 1 2 3", 3],
  ["SADD x x", 1],
  ["SINTERSTORE d a b", 2],
  ["OBJECT ENCODING d", "intset"],
  ["SUNIONSTORE d a b", 4],
  ["OBJECT ENCODING d", "hashtable"],
  // Of few sets the members are looked up one by one.
  ["SDIFFSTORE d a x", 2],
  ["OBJECT ENCODING d", "intset"],
  // Of many, those of the others are removed from a copy.
  ["SADD e 1 2 x 3 4 5 6 7 8 9", 10],
  ["SDIFFSTORE d e x x x x", 9],
  ["OBJECT ENCODING d", "hashtable"],
]);

transcript("SINTERCARD counts up to a limit", [
  ["SADD a 1 2 3 4 5", 5],
  ["SADD b 2 3 4 x", 4],
  ["SINTERCARD 2 a b", 3],
  ["SINTERCARD 2 a b LIMIT 0", 3],
  ["SINTERCARD 2 a b limit 2", 2],
  ["SINTERCARD 2 a b LIMIT 10", 3],
  ["SINTERCARD 2 a b LIMIT 1 LIMIT 2", 2],
  ["SINTERCARD 1 a", 5],
  ["SINTERCARD 2 a none", 0],
  ["SINTERCARD 0 a", NO_KEYS],
  ["SINTERCARD -1 a", NO_KEYS],
  ["SINTERCARD one a", NO_KEYS],
  ["SINTERCARD 2 a", TOO_MANY_KEYS],
  ["SINTERCARD 9223372036854775807 a b", TOO_MANY_KEYS],
  ["SINTERCARD 1 a b", SYNTAX_ERROR],
  ["SINTERCARD 1 a LIMIT", SYNTAX_ERROR],
  ["SINTERCARD 1 a LIMIT -1", NEGATIVE_LIMIT],
  ["SINTERCARD 1 a LIMIT one", NEGATIVE_LIMIT],
  ["SINTERCARD 1 a LIMIT 1 MORE", SYNTAX_ERROR],
]);

transcript(
  "combining commands refuse a key that holds something else, and change nothing",
  [
    ["SET s text", OK],
    ["SADD a 1", 1],
    ["SADD d x", 1],
    ["SINTER a s", WRONG_TYPE],
    ["SINTER none s", WRONG_TYPE],
    ["SINTERCARD 2 none s", WRONG_TYPE],
    ["SINTERSTORE d none s", WRONG_TYPE],
    ["SUNION a s", WRONG_TYPE],
    ["SUNIONSTORE d s", WRONG_TYPE],
    ["SDIFF none s", WRONG_TYPE],
    ["SDIFFSTORE d a s", WRONG_TYPE],
    ["SMEMBERS d", set(["x"])],
    ["SUNIONSTORE s a", 1],
    ["SMEMBERS s", set(["1"])],
  ],
);
