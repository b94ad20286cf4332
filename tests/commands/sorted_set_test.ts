import {
  advance,
  double,
  error,
  type Expected,
  nil,
  nilArray,
  OK,
  QUEUED,
  resp,
  status,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_A_FLOAT = error("ERR value is not a valid float");
const NOT_A_NUMBER = error("ERR resulting score is not a number (NaN)");
const CONFLICT = error(
  "ERR GT, LT, and/or NX options at the same time are not compatible",
);

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

/** Members with their scores: pairs in RESP3, a flat array in RESP2. */
function pairs(...entries: readonly (readonly [string, number])[]): Expected {
  const shown = entries.map(([member, score]) => [member, double(score)]);
  return resp(shown.flat(), shown);
}

transcript("ZADD adds members, gives scores and counts what it added", [
  ["ZADD k 1 a 2 b 3 c", 3],
  ["ZADD k 1 a", 0],
  ["ZADD k 9 a 4 d", 1],
  ["ZADD k CH 1 a 4 d 5 e", 2],
  ["ZADD k 7 x 8 x", 1],
  [
    "ZRANGE k 0 -1 WITHSCORES",
    pairs(["a", 1], ["b", 2], ["c", 3], ["d", 4], ["e", 5], ["x", 8]),
  ],
  ["ZCARD k", 6],
  ["TYPE k", status("zset")],
]);

transcript("ZADD with NX only adds, with XX only changes", [
  ["ZADD k XX 1 a", 0],
  ["EXISTS k", 0],
  ["ZADD k NX 1 a", 1],
  ["ZADD k nx 2 a 3 b", 1],
  ["ZADD k XX CH 5 a 6 c", 1],
  ["ZRANGE k 0 -1 WITHSCORES", pairs(["b", 3], ["a", 5])],
]);

transcript("ZADD with GT and LT changes scores in one direction only", [
  ["ZADD k 5 a 5 b", 2],
  ["ZADD k GT CH 4 a 6 b 1 c", 2],
  ["ZADD k LT CH 4 a 7 b 2 c", 1],
  ["ZADD k XX GT CH 9 c 9 d", 1],
  ["ZRANGE k 0 -1 WITHSCORES", pairs(["a", 4], ["b", 6], ["c", 9])],
]);

transcript(
  "ZADD with INCR adds to a score, or replies null where an option forbids it",
  [
    ["ZADD k INCR 1.5 a", double(1.5)],
    ["ZADD k INCR 1 a", double(2.5)],
    [["ZADD", "k", "INCR\0", "0", "a"], double(2.5)],
    ["ZADD k NX INCR 1 a", nil],
    ["ZADD k XX INCR 1 b", nil],
    ["ZADD other XX INCR 1 b", nil],
    ["EXISTS other", 0],
    ["ZADD k GT INCR -1 a", nil],
    ["ZADD k LT INCR -1 a", double(1.5)],
    ["ZADD k GT INCR 0 a", nil],
    ["ZADD k INCR inf a", double("inf")],
    ["ZADD k INCR -inf a", NOT_A_NUMBER],
    ["ZSCORE k a", double("inf")],
  ],
);

transcript(
  "ZADD refuses options that contradict each other, and odd arguments",
  [
    ["ZADD", wrongArity("zadd")],
    ["ZADD k 1", wrongArity("zadd")],
    ["ZADD k 1 a 2", SYNTAX_ERROR],
    ["ZADD k NX XX", SYNTAX_ERROR],
    [
      "ZADD k NX XX 1 a",
      error("ERR XX and NX options at the same time are not compatible"),
    ],
    ["ZADD k GT LT 1 a", CONFLICT],
    ["ZADD k NX GT 1 a", CONFLICT],
    ["ZADD k NX LT 1 a", CONFLICT],
    [
      "ZADD k INCR 1 a 2 b",
      error("ERR INCR option supports a single increment-element pair"),
    ],
    [
      "ZADD k INCR x a 2 b",
      error("ERR INCR option supports a single increment-element pair"),
    ],
    ["ZADD k one a", NOT_A_FLOAT],
    ["ZADD k 1 a two b", NOT_A_FLOAT],
    ["ZADD k nan a", NOT_A_FLOAT],
    ['ZADD k "" a', NOT_A_FLOAT],
    ['ZADD k " 1" a', NOT_A_FLOAT],
    ["ZADD k 1e400 a", NOT_A_FLOAT],
    ["EXISTS k", 0],
    ["SET s text", OK],
    ["ZADD s 1 a", WRONG_TYPE],
    ["ZADD s one a", NOT_A_FLOAT],
    ["ZADD s XX 1 a", WRONG_TYPE],
  ],
);

transcript("Scores are doubles, as C reads and prints them", [
  ["ZADD k 0.1 a 1e3 b -inf c +Infinity d 0x10 e 007 f 3.0 g 1e300 h", 8],
  ["ZSCORE k a", double("0.10000000000000001")],
  ["ZSCORE k b", double("1000")],
  ["ZSCORE k c", double("-inf")],
  ["ZSCORE k d", double("inf")],
  ["ZSCORE k e", double("16")],
  ["ZSCORE k f", double("7")],
  ["ZSCORE k g", double("3")],
  ["ZSCORE k h", double("1.0000000000000001e+300")],
  ["ZADD k 9007199254740993 i 1e17 j", 2],
  ["ZMSCORE k i none j", [double("9007199254740992"), nil, double("1e+17")]],
]);

transcript("A listpack has no negative zero, a skiplist has", [
  ["ZADD k INCR -0 a", double("-0")],
  ["ZSCORE k a", double("0")],
  [`ZADD k 1 ${"x".repeat(65)} -0 b`, 2],
  ["ZSCORE k b", double("-0")],
  ["ZADD k 0 b", 0],
  ["ZSCORE k b", double("-0")],
]);

transcript("Members of one score are in the order of their bytes", [
  ['ZADD k 0 b 0 a 0 B 0 aa 0 "" 0 "\\xff" 0 "\\x00"', 7],
  ["ZRANGE k 0 -1", ["", "\x00", "B", "a", "aa", "b", "\xff"]],
  ['ZRANK k "\\xff"', 6],
  ['ZREVRANK k ""', 6],
]);

transcript("ZINCRBY adds to a score, from 0 on", [
  ["ZINCRBY k 2.5 a", double(2.5)],
  ["ZINCRBY k -1 a", double(1.5)],
  ["ZINCRBY k 0 a", double(1.5)],
  ["ZINCRBY k -inf a", double("-inf")],
  ["ZINCRBY k inf a", NOT_A_NUMBER],
  ["ZINCRBY k nan a", NOT_A_FLOAT],
  ["ZINCRBY k 1", wrongArity("zincrby")],
  ["SET s text", OK],
  ["ZINCRBY s 1 a", WRONG_TYPE],
]);

transcript("ZREM removes members, and the key with the last", [
  ["ZADD k 1 a 2 b 3 c", 3],
  ["ZREM k a none a", 1],
  ["ZREM k b c d", 2],
  ["EXISTS k", 0],
  ["ZREM k a", 0],
  ["ZREM k", wrongArity("zrem")],
  ["SET s text", OK],
  ["ZREM s a", WRONG_TYPE],
]);

transcript("ZCARD, ZSCORE, ZMSCORE, ZRANK and ZREVRANK look", [
  ["ZADD k 1 a 2 b 3 c", 3],
  ["ZRANK k a", 0],
  ["ZRANK k c", 2],
  ["ZREVRANK k a", 2],
  ["ZRANK k none", nil],
  ["ZREVRANK k none", nil],
  ["ZSCORE k none", nil],
  ["ZCARD missing", 0],
  ["ZSCORE missing a", nil],
  ["ZMSCORE missing a b", [nil, nil]],
  ["ZRANK missing a", nil],
  ["ZREVRANK missing a", nil],
  ["SET s text", OK],
  ["ZCARD s", WRONG_TYPE],
  ["ZSCORE s a", WRONG_TYPE],
  ["ZMSCORE s a", WRONG_TYPE],
  ["ZRANK s a", WRONG_TYPE],
  ["ZREVRANK s a", WRONG_TYPE],
  ["ZCARD", wrongArity("zcard")],
  ["ZSCORE k", wrongArity("zscore")],
  ["ZMSCORE k", wrongArity("zmscore")],
  ["ZRANK k", wrongArity("zrank")],
  ["ZREVRANK k a b", wrongArity("zrevrank")],
]);

transcript("A sorted set that has expired is gone", [
  ["ZADD k 1 a", 1],
  ["PEXPIRE k 20", 1],
  ["ZCARD k", 1],
  [advance(25)],
  ["ZCARD k", 0],
  ["ZADD k XX 2 a", 0],
  ["ZADD k 2 b", 1],
  ["TTL k", -1],
  ["ZRANGE k 0 -1", ["b"]],
]);

transcript("Sorted set commands run inside a transaction", [
  ["MULTI", OK],
  ["ZADD k 1 a 2 b", QUEUED],
  ["ZPOPMIN k", QUEUED],
  ["ZADD k x a", QUEUED],
  ["BZPOPMIN k 0", QUEUED],
  ["BZPOPMIN k 0", QUEUED],
  ["EXEC", [2, ["a", double(1)], NOT_A_FLOAT, ["k", "b", double(2)], nilArray]],
]);

transcript(
  "OBJECT ENCODING tells listpacks from skiplists, by parameters that change",
  [
    ["ZADD k 1 a", 1],
    ["OBJECT ENCODING k", "listpack"],
    ["CONFIG SET zset-max-listpack-entries 2", OK],
    ["ZADD k 2 b", 1],
    ["OBJECT ENCODING k", "listpack"],
    ["ZADD k 3 c", 1],
    ["OBJECT ENCODING k", "skiplist"],
    ["ZREM k b c", 2],
    ["OBJECT ENCODING k", "skiplist"],
    ["COPY k copy", 1],
    ["OBJECT ENCODING copy", "skiplist"],
    ["CONFIG SET zset-max-ziplist-value 3", OK],
    ["ZADD l 1 abc", 1],
    ["OBJECT ENCODING l", "listpack"],
    ["ZADD l 1 abcd", 1],
    ["OBJECT ENCODING l", "skiplist"],
    ["CONFIG SET zset-max-ziplist-entries 0", OK],
    ["ZADD m 1 a", 1],
    ["OBJECT ENCODING m", "skiplist"],
    ["ZUNIONSTORE u 1 m", 1],
    ["OBJECT ENCODING u", "skiplist"],
    ["ZRANGESTORE r m 0 -1", 1],
    ["OBJECT ENCODING r", "skiplist"],
    ["CONFIG SET zset-max-listpack-entries 128 zset-max-listpack-value 64", OK],
    ["ZUNIONSTORE u 1 k", 1],
    ["OBJECT ENCODING u", "listpack"],
  ],
);

transcript("DEBUG RELOAD leaves sorted sets as they are", [
  [`ZADD k 1.5 a inf b -inf "\\xff" 0.1 c`, 4],
  [`ZADD l -0 ${"y".repeat(70)} 1 é`, 2],
  ["DEBUG RELOAD", OK],
  [
    "ZRANGE k 0 -1 WITHSCORES",
    resp(
      ["\xff", "-inf", "c", "0.10000000000000001", "a", "1.5", "b", "inf"],
      [["\xff", double("-inf")], ["c", double(0.1)], ["a", double(1.5)], [
        "b",
        double("inf"),
      ]],
    ),
  ],
  ["OBJECT ENCODING k", "listpack"],
  ["OBJECT ENCODING l", "skiplist"],
  [`ZSCORE l ${"y".repeat(70)}`, double("-0")],
], { config: {} });
