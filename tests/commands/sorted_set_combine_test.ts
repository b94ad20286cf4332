import {
  double,
  error,
  type Expected,
  OK,
  resp,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

/** Members with their scores: pairs in RESP3, a flat array in RESP2. */
function pairs(...entries: readonly (readonly [string, number])[]): Expected {
  const shown = entries.map(([member, score]) => [member, double(score)]);
  return resp(shown.flat(), shown);
}

transcript("ZUNION, ZINTER and ZDIFF combine sorted sets and sets", [
  ["ZADD a 1 x 2 y 3 z", 3],
  ["ZADD b 10 y 20 z 30 w", 3],
  ["SADD s z v", 2],
  ["ZUNION 2 a b", ["x", "y", "z", "w"]],
  [
    "ZUNION 3 a b s WITHSCORES",
    pairs(["v", 1], ["x", 1], ["y", 12], ["z", 24], ["w", 30]),
  ],
  [
    "ZUNION 2 a b WEIGHTS 2 0.5 AGGREGATE MAX WITHSCORES",
    pairs(["x", 2], ["y", 5], ["z", 10], ["w", 15]),
  ],
  ["ZINTER 2 a b WITHSCORES", pairs(["y", 12], ["z", 23])],
  ["ZINTER 3 a b s aggregate min withscores", pairs(["z", 1])],
  ["ZINTER 2 a missing", []],
  ["ZDIFF 2 a b WITHSCORES", pairs(["x", 1])],
  ["ZDIFF 2 a s", ["x", "y"]],
  ["ZDIFF 2 s a WITHSCORES", pairs(["v", 1])],
  ["ZDIFF 2 missing a", []],
  ["ZDIFF 2 a a", []],
  ["ZINTERCARD 2 a b", 2],
  ["ZINTERCARD 2 a b LIMIT 1", 1],
  ["ZINTERCARD 2 a b LIMIT 0", 2],
  ["ZINTERCARD 2 a missing", 0],
]);

transcript("Infinities that cancel out make zero", [
  ["ZADD a inf x", 1],
  ["ZADD b -inf x", 1],
  ["ZUNION 2 a b WITHSCORES", pairs(["x", 0])],
  ["ZINTER 2 a b WITHSCORES", pairs(["x", 0])],
  ["ZUNION 1 a WEIGHTS 0 WITHSCORES", pairs(["x", 0])],
  [
    "ZUNION 1 a WEIGHTS -1 WITHSCORES",
    resp(["x", "-inf"], [["x", double("-inf")]]),
  ],
]);

transcript("Stores replace their destination, or remove it", [
  ["ZADD a 1 x 2 y", 2],
  ["ZADD b 2 y 3 z", 2],
  ["SET d text", OK],
  ["ZUNIONSTORE d 2 a b WEIGHTS 1 2 AGGREGATE SUM", 3],
  ["ZRANGE d 0 -1 WITHSCORES", pairs(["x", 1], ["y", 6], ["z", 6])],
  ["ZINTERSTORE d 2 d a", 2],
  ["ZDIFFSTORE a 2 a b", 1],
  ["ZRANGE a 0 -1", ["x"]],
  ["ZINTERSTORE d 2 a b", 0],
  ["EXISTS d", 0],
  ["ZDIFFSTORE a 2 a a", 0],
  ["EXISTS a", 0],
  ["ZUNIONSTORE none 1 missing", 0],
]);

transcript("Combinations refuse what they do not understand", [
  ["SET s text", OK],
  ["ZADD a 1 x", 1],
  ["ZUNION 1", wrongArity("zunion")],
  ["ZUNIONSTORE d 1", wrongArity("zunionstore")],
  ["ZINTERCARD 1", wrongArity("zintercard")],
  [
    "ZUNION 0 a",
    error("ERR at least 1 input key is needed for 'zunion' command"),
  ],
  [
    "zinterSTORE d 0 a",
    error("ERR at least 1 input key is needed for 'zinterstore' command"),
  ],
  [
    "ZINTERCARD -1 a",
    error("ERR at least 1 input key is needed for 'zintercard' command"),
  ],
  ["ZDIFF x a", NOT_AN_INTEGER],
  ["ZDIFF 2 a", SYNTAX_ERROR],
  ["ZDIFF 9223372036854775807 a", SYNTAX_ERROR],
  ["ZUNION 2 a s NONE", WRONG_TYPE],
  ["ZUNION 1 a NONE", SYNTAX_ERROR],
  ["ZUNION 1 a WEIGHTS", SYNTAX_ERROR],
  ["ZUNION 1 a WEIGHTS x", error("ERR weight value is not a float")],
  ["ZUNION 1 a WEIGHTS nan", error("ERR weight value is not a float")],
  ["ZUNION 1 a WEIGHTS 1 2", SYNTAX_ERROR],
  ["ZUNION 1 a AGGREGATE", SYNTAX_ERROR],
  ["ZUNION 1 a AGGREGATE AVG", SYNTAX_ERROR],
  ["ZUNIONSTORE d 1 a WITHSCORES", SYNTAX_ERROR],
  ["ZDIFF 1 a WEIGHTS 1", SYNTAX_ERROR],
  ["ZDIFFSTORE d 1 a AGGREGATE SUM", SYNTAX_ERROR],
  ["ZINTERCARD 1 a WITHSCORES", SYNTAX_ERROR],
  ["ZINTERCARD 1 a LIMIT", SYNTAX_ERROR],
  ["ZINTERCARD 1 a LIMIT -1", error("ERR LIMIT can't be negative")],
  ["ZINTERCARD 1 a LIMIT x", error("ERR LIMIT can't be negative")],
  ["ZINTERSTORE d 1 s", WRONG_TYPE],
  ["EXISTS d", 0],
]);
