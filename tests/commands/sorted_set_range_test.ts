import {
  advance,
  double,
  error,
  type Expected,
  nil,
  OK,
  resp,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const NOT_FLOATS = error("ERR min or max is not a float");
const NOT_MEMBERS = error("ERR min or max not valid string range item");
const LIMIT_BY_RANK = error(
  "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

/** Members with their scores: pairs in RESP3, a flat array in RESP2. */
function pairs(...entries: readonly (readonly [string, number])[]): Expected {
  const shown = entries.map(([member, score]) => [member, double(score)]);
  return resp(shown.flat(), shown);
}

transcript("ZRANGE and ZREVRANGE go by rank, from either end", [
  ["ZADD k 1 a 2 b 3 c 4 d", 4],
  ["ZRANGE k 0 -1", ["a", "b", "c", "d"]],
  ["ZRANGE k 1 2", ["b", "c"]],
  ["ZRANGE k -2 9223372036854775807", ["c", "d"]],
  ["ZRANGE k -9223372036854775808 0", ["a"]],
  ["ZRANGE k 3 1", []],
  ["ZRANGE k 4 9", []],
  ["ZRANGE k 0 -5", []],
  ["ZRANGE k 0 1 REV", ["d", "c"]],
  ["ZRANGE k 0 0 WITHSCORES REV", pairs(["d", 4])],
  ["ZRANGE k 0 0 LIMIT 5 -1", ["a"]],
  ["ZREVRANGE k 0 1", ["d", "c"]],
  ["ZREVRANGE k -1 -1 WITHSCORES", pairs(["a", 1])],
  ["ZREVRANGE k 5 9 WITHSCORES", []],
  ["ZRANGE missing 0 -1", []],
  ["ZRANGE missing 0 -1 WITHSCORES", []],
]);

transcript("Ranges of scores include their bounds or not, and have limits", [
  ["ZADD k 1 a 2 b 3 c 4 d inf e", 5],
  ["ZRANGEBYSCORE k 2 3", ["b", "c"]],
  ["ZRANGEBYSCORE k (2 3 WITHSCORES", pairs(["c", 3])],
  ["ZRANGEBYSCORE k (4 +inf", ["e"]],
  ["ZRANGEBYSCORE k -inf (2", ["a"]],
  ["ZRANGEBYSCORE k (2 (2", []],
  ["ZRANGEBYSCORE k 3 2", []],
  ["ZRANGEBYSCORE k -inf inf LIMIT 1 2", ["b", "c"]],
  [
    "ZRANGEBYSCORE k -inf inf LIMIT 1 -1 WITHSCORES",
    resp(
      ["b", "2", "c", "3", "d", "4", "e", "inf"],
      [["b", double(2)], ["c", double(3)], ["d", double(4)], [
        "e",
        double("inf"),
      ]],
    ),
  ],
  ["ZRANGEBYSCORE k -inf inf LIMIT -1 2", []],
  ["ZRANGEBYSCORE k -inf inf LIMIT 9 2", []],
  ["ZRANGEBYSCORE k -inf inf LIMIT 0 0", []],
  ["ZREVRANGEBYSCORE k 3 (1 LIMIT 1 5", ["b"]],
  ["ZRANGE k 3 (1 BYSCORE REV", ["c", "b"]],
  ["ZRANGE k 2 3 byscore limit 0 1 withscores", pairs(["b", 2])],
  ['ZRANGEBYSCORE k "" " 1"', ["a"]],
  ["ZRANGEBYSCORE k 1e400 1e500", ["e"]],
  ["ZCOUNT k (1 4", 3],
  ["ZCOUNT k 4 1", 0],
  ["ZCOUNT missing 0 1", 0],
]);

transcript("Ranges of members compare bytes", [
  ['ZADD k 0 a 0 b 0 ba 0 c 0 "\\xff"', 5],
  ["ZRANGEBYLEX k - +", ["a", "b", "ba", "c", "\xff"]],
  ["ZRANGEBYLEX k [b (c", ["b", "ba"]],
  ["ZRANGEBYLEX k (b [c LIMIT 1 1", ["c"]],
  ["ZRANGEBYLEX k + -", []],
  ["ZRANGEBYLEX k - -", []],
  ["ZREVRANGEBYLEX k + (b", ["\xff", "c", "ba"]],
  ["ZREVRANGEBYLEX k [b - LIMIT 0 1", ["b"]],
  ["ZRANGE k [b [c BYLEX", ["b", "ba", "c"]],
  ["ZRANGE k (c [b BYLEX REV", ["ba", "b"]],
  ["ZLEXCOUNT k (a [c", 3],
  ["ZLEXCOUNT k [z (a", 0],
  ["ZLEXCOUNT missing - +", 0],
]);

transcript("Ranges refuse what they do not understand", [
  ["SET s text", OK],
  ["ZRANGE k 0", wrongArity("zrange")],
  ["ZRANGE k a 1", NOT_AN_INTEGER],
  ["ZRANGE s 0 a", NOT_AN_INTEGER],
  ["ZRANGE s 0 1", WRONG_TYPE],
  ["ZRANGE k 0 1 NONE", SYNTAX_ERROR],
  ["ZRANGE k 0 1 LIMIT 0", SYNTAX_ERROR],
  ["ZRANGE k 0 1 LIMIT 0 1", LIMIT_BY_RANK],
  ["ZRANGE k 0 1 LIMIT a 1", NOT_AN_INTEGER],
  ["ZRANGE k 0 1 BYSCORE BYLEX", SYNTAX_ERROR],
  ["ZRANGE k 0 1 REV REV", SYNTAX_ERROR],
  [
    "ZRANGE k - + BYLEX WITHSCORES",
    error(
      "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
    ),
  ],
  ["ZRANGE k a b BYSCORE", NOT_FLOATS],
  ["ZRANGE k a b BYLEX", NOT_MEMBERS],
  ["ZREVRANGE k 0 1 REV", SYNTAX_ERROR],
  ["ZREVRANGE s 0 1", WRONG_TYPE],
  ["ZRANGEBYSCORE k nan 1", NOT_FLOATS],
  ["ZRANGEBYSCORE k 1 ((2", NOT_FLOATS],
  ["ZRANGEBYSCORE s 1 2", WRONG_TYPE],
  ["ZRANGEBYSCORE k 1 2 BYLEX", SYNTAX_ERROR],
  ["ZREVRANGEBYSCORE s 1 2", WRONG_TYPE],
  ["ZRANGEBYLEX k a [b", NOT_MEMBERS],
  ["ZRANGEBYLEX k -x +", NOT_MEMBERS],
  ['ZRANGEBYLEX k "" +', NOT_MEMBERS],
  ["ZRANGEBYLEX s - +", WRONG_TYPE],
  [
    "ZRANGEBYLEX k - + WITHSCORES",
    error(
      "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
    ),
  ],
  ["ZREVRANGEBYLEX s + -", WRONG_TYPE],
  ["ZCOUNT k 1", wrongArity("zcount")],
  ["ZCOUNT k a 1", NOT_FLOATS],
  ["ZCOUNT s 1 1", WRONG_TYPE],
  ["ZLEXCOUNT k a b", NOT_MEMBERS],
  ["ZLEXCOUNT s - +", WRONG_TYPE],
  ["ZRANGESTORE d s 0 1", WRONG_TYPE],
  ["ZRANGESTORE d k 0 1 WITHSCORES", SYNTAX_ERROR],
  ["ZRANGESTORE d k 0", wrongArity("zrangestore")],
]);

transcript("ZRANGESTORE replaces its destination, or removes it", [
  ["ZADD k 1 a 2 b 3 c", 3],
  ["SET d text", OK],
  ["ZRANGESTORE d k 1 -1", 2],
  ["ZRANGE d 0 -1 WITHSCORES", pairs(["b", 2], ["c", 3])],
  ["ZRANGESTORE d k (1 2 BYSCORE", 1],
  ["ZRANGESTORE d k 2 1 BYSCORE REV LIMIT 0 1", 1],
  ["ZRANGE d 0 -1", ["b"]],
  ["ZRANGESTORE k k 0 1 REV", 2],
  ["ZRANGE k 0 -1", ["b", "c"]],
  ["ZRANGESTORE d k 9 10", 0],
  ["EXISTS d", 0],
  ["ZRANGESTORE k missing 0 -1", 0],
  ["EXISTS k", 0],
]);

transcript("ZREMRANGEBY… remove a range, and the key with the last member", [
  ["ZADD k 1 a 2 b 3 c 4 d 5 e 6 f", 6],
  ["ZREMRANGEBYRANK k 0 0", 1],
  ["ZREMRANGEBYRANK k -1 -1", 1],
  ["ZREMRANGEBYRANK k 9 10", 0],
  ["ZREMRANGEBYSCORE k (2 (4", 1],
  ["ZREMRANGEBYSCORE k 4 2", 0],
  ["ZRANGE k 0 -1", ["b", "d", "e"]],
  ["ZREMRANGEBYLEX k [d + ", 2],
  ["ZREMRANGEBYLEX k - +", 1],
  ["EXISTS k", 0],
  ["ZREMRANGEBYRANK k 0 1", 0],
  ["ZREMRANGEBYSCORE k 0 1", 0],
  ["ZREMRANGEBYLEX k - +", 0],
  ["SET s text", OK],
  ["ZREMRANGEBYRANK s a 1", NOT_AN_INTEGER],
  ["ZREMRANGEBYRANK s 0 1", WRONG_TYPE],
  ["ZREMRANGEBYSCORE s a 1", NOT_FLOATS],
  ["ZREMRANGEBYSCORE s 0 1", WRONG_TYPE],
  ["ZREMRANGEBYLEX s a 1", NOT_MEMBERS],
  ["ZREMRANGEBYLEX s - +", WRONG_TYPE],
  ["ZREMRANGEBYRANK k 0", wrongArity("zremrangebyrank")],
  ["ZREMRANGEBYSCORE k 0", wrongArity("zremrangebyscore")],
  ["ZREMRANGEBYLEX k -", wrongArity("zremrangebylex")],
]);

transcript("A range of a sorted set that has expired is empty", [
  ["ZADD k 1 a", 1],
  ["PEXPIRE k 20", 1],
  [advance(25)],
  ["ZRANGE k 0 -1", []],
  ["ZCOUNT k -inf inf", 0],
  ["ZREMRANGEBYRANK k 0 -1", 0],
  ["ZRANDMEMBER k", nil],
]);

transcript(
  "ZSCAN of a listpack replies with all of it, scores as they are held",
  [
    ["ZADD k 1e17 a 0.1 b 5e18 c -inf d", 4],
    ["ZSCAN k 0 COUNT 1", ["0", [
      "d",
      "-inf",
      "b",
      "0.10000000000000001",
      "a",
      "100000000000000000",
      "c",
      "5e+18",
    ]]],
    ["ZSCAN k 0 MATCH [ab]", ["0", [
      "b",
      "0.10000000000000001",
      "a",
      "100000000000000000",
    ]]],
    ["ZSCAN missing 0", ["0", []]],
    ["ZSCAN k x", error("ERR invalid cursor")],
    ["ZSCAN k 0 TYPE zset", SYNTAX_ERROR],
    ["ZSCAN k 0 COUNT 0", SYNTAX_ERROR],
    ["ZSCAN k", wrongArity("zscan")],
    ["SET s text", OK],
    ["ZSCAN s 0", WRONG_TYPE],
    [`ZADD k 1e17 ${"x".repeat(65)}`, 1],
    [`ZSCAN k 0 COUNT 100 MATCH x*`, ["0", ["x".repeat(65), "1e+17"]]],
  ],
);

transcript("ZRANDMEMBER replies with one, some or all members", [
  ["ZADD k 1 a", 1],
  ["ZRANDMEMBER k", "a"],
  ["ZRANDMEMBER k 5", ["a"]],
  ["ZRANDMEMBER k -3", ["a", "a", "a"]],
  ["ZRANDMEMBER k -2 WITHSCORES", pairs(["a", 1], ["a", 1])],
  ["ZRANDMEMBER k 0 WITHSCORES", []],
  ["ZADD k 2 b 3 c", 2],
  ["ZRANDMEMBER k 3 withscores", pairs(["c", 3], ["b", 2], ["a", 1])],
  ["ZRANDMEMBER k 9223372036854775807", unordered(["a", "b", "c"])],
  ["ZRANDMEMBER missing", nil],
  ["ZRANDMEMBER missing 3", []],
  ["ZRANDMEMBER k x", NOT_AN_INTEGER],
  ["ZRANDMEMBER k 1 SCORES", SYNTAX_ERROR],
  ["ZRANDMEMBER k 1 WITHSCORES x", SYNTAX_ERROR],
  [
    "ZRANDMEMBER k -9223372036854775808",
    error(
      "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    ),
  ],
  [
    "ZRANDMEMBER k -9223372036854775807 WITHSCORES",
    error("ERR value is out of range"),
  ],
  [
    "ZRANDMEMBER k 4611686018427387904 WITHSCORES",
    error("ERR value is out of range"),
  ],
  [
    "ZRANDMEMBER k 4611686018427387903 WITHSCORES",
    pairs(["c", 3], ["b", 2], ["a", 1]),
  ],
  ["SET s text", OK],
  ["ZRANDMEMBER s", WRONG_TYPE],
  ["ZRANDMEMBER s 1", WRONG_TYPE],
]);
