import {
  advance,
  error,
  matching,
  nil,
  OK,
  on,
  QUEUED,
  set,
  status,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const NOT_A_SCORE = error(
  "ERR One or more scores can't be converted into double",
);

transcript(
  "SORT and SORT_RO refuse too few arguments and what they do not know",
  [
    ["SORT", error("ERR wrong number of arguments for 'sort' command")],
    ["SORT_RO", error("ERR wrong number of arguments for 'sort_ro' command")],
    ["SORT k ASC x", SYNTAX_ERROR],
    ["SORT k BY", SYNTAX_ERROR],
    ["SORT k GET", SYNTAX_ERROR],
    ["SORT k LIMIT 0", SYNTAX_ERROR],
    ["SORT k LIMIT a 1", NOT_AN_INTEGER],
    ["SORT k LIMIT 0 1.0", NOT_AN_INTEGER],
    ["SORT k STORE", SYNTAX_ERROR],
    ["SORT_RO k STORE d", SYNTAX_ERROR],
  ],
);

transcript("SORT refuses a key of another type", [
  ["SET s text", OK],
  ["HSET h f v", 1],
  ["SORT s", WRONG_TYPE],
  ["SORT_RO h", WRONG_TYPE],
  ["SORT h STORE s", WRONG_TYPE],
  ["SORT s LIMIT x 1", NOT_AN_INTEGER],
  ["GET s", "text"],
]);

transcript("SORT finds nothing at a key that is missing or has expired", [
  ["SORT k", []],
  ["SORT k GET # LIMIT 5 5", []],
  ["SORT_RO k BY nosort DESC", []],
  ["RPUSH k 2 1", 2],
  ["PEXPIRE k 20", 1],
  ["SORT k", ["1", "2"]],
  [advance(21)],
  ["SORT k", []],
]);

transcript("SORT sorts by numbers, and by bytes with ALPHA", [
  ["RPUSH l 10 9 -1.5 3e2 0x10 inf -inf", 7],
  ["SORT l", ["-inf", "-1.5", "9", "10", "0x10", "3e2", "inf"]],
  ["SORT l DESC", ["inf", "3e2", "0x10", "10", "9", "-1.5", "-inf"]],
  ["SORT l DESC ASC LIMIT 1 2", ["-1.5", "9"]],
  ["SORT l ALPHA", ["-1.5", "-inf", "0x10", "10", "3e2", "9", "inf"]],
  ["SORT_RO l ALPHA DESC LIMIT 0 1", ["inf"]],
]);

transcript("SORT orders equal numbers by their bytes", [
  ["RPUSH l 1.0 1 01 1e0 0 -0", 6],
  ["SORT l", ["-0", "0", "01", "1", "1.0", "1e0"]],
  ["SORT l DESC", ["1e0", "1.0", "1", "01", "0", "-0"]],
]);

transcript("SORT refuses elements that are no numbers and stores nothing", [
  ["RPUSH l 1 a", 2],
  ["SORT l", NOT_A_SCORE],
  ["SORT l STORE d", NOT_A_SCORE],
  ["EXISTS d", 0],
  ["SORT l ALPHA", ["1", "a"]],
  ["SORT l BY nosort", ["1", "a"]],
  ["SORT l LIMIT 0 0", NOT_A_SCORE],
]);

const SCORES: readonly (readonly [text: string, isNumber: boolean])[] = [
  ["", true],
  [" 1", true],
  ["\t+1", true],
  ["1 ", false],
  [" ", false],
  ["1\0x", true],
  ["\0", true],
  ["nan", false],
  ["Infinity", true],
  ["9223372036854775808", true],
  // Behind these, the real server takes everything for out of range for a while.
  ["1e400", false],
  ["1e-400", false],
  ["1e-310", false],
];

transcript(
  "SORT takes for a number what strtod does",
  SCORES.flatMap(([text, isNumber]) => [
    ["DEL l", 0] as const,
    [["RPUSH", "l", text], 1] as const,
    ["SORT l", isNumber ? [text] : NOT_A_SCORE] as const,
    ["DEL l", 1] as const,
  ]),
);

transcript("SORT with LIMIT takes what is there", [
  ["RPUSH l 3 1 2", 3],
  ["SORT l LIMIT 0 -1", ["1", "2", "3"]],
  ["SORT l LIMIT -5 2", ["1", "2"]],
  ["SORT l LIMIT 2 10", ["3"]],
  ["SORT l LIMIT 3 1", []],
  ["SORT l LIMIT 9223372036854775807 9223372036854775807", []],
  ["SORT l LIMIT 1 -9223372036854775808", ["2", "3"]],
  ["SORT l LIMIT 1 0", []],
  ["SORT l BY nosort LIMIT 1 5", ["1", "2"]],
  ["SORT l BY nosort DESC LIMIT 1 5", ["1", "3"]],
  ["SORT l BY nosort DESC LIMIT 5 5", []],
]);

transcript("SORT sorts sets and sorted sets", [
  ["SADD i 3 20 1", 3],
  ["SADD s c a b", 3],
  ["ZADD z 1 c 2 b 3 a", 3],
  ["ZADD n 1 30 2 4", 2],
  ["SORT i", ["1", "3", "20"]],
  ["SORT s ALPHA DESC", ["c", "b", "a"]],
  ["SORT z ALPHA", ["a", "b", "c"]],
  ["SORT n", ["4", "30"]],
  ["SORT s", NOT_A_SCORE],
]);

transcript("SORT BY nosort keeps the order of sorted sets, either way", [
  ["ZADD z 1 c 2 b 3 a 4 e 5 d", 5],
  ["SORT z BY nosort", ["c", "b", "a", "e", "d"]],
  ["SORT z BY nosort DESC", ["d", "e", "a", "b", "c"]],
  ["SORT z BY nosort LIMIT 1 2", ["b", "a"]],
  ["SORT z BY nosort DESC LIMIT 1 2", ["e", "a"]],
  ["SORT z BY nosort DESC LIMIT 4 2", ["c"]],
  ["SORT z BY nosort LIMIT 5 2", []],
]);

transcript("SORT BY nosort of a set is in order where it is stored", [
  ["SADD s c a b 10 9", 5],
  ["SORT s BY nosort STORE d", 5],
  ["LRANGE d 0 -1", ["10", "9", "a", "b", "c"]],
  ["SORT s BY nosort DESC LIMIT 0 2 STORE d", 2],
  ["LRANGE d 0 -1", ["c", "b"]],
  ["SADD i 2 1 3", 3],
  ["SORT_RO i BY nosort", ["1", "2", "3"]],
]);

transcript("SORT BY a pattern sorts by the strings and fields it finds", [
  ["RPUSH l a b c", 3],
  ["MSET w_a 3 w_b 1 w_c 2", OK],
  ["HSET h_a f 1 g x", 2],
  ["HSET h_b f 3", 1],
  ["HSET h_c f 2 g b", 2],
  ["SORT l BY w_*", ["b", "c", "a"]],
  ["SORT l BY w_* DESC LIMIT 0 2", ["a", "c"]],
  ["SORT l BY h_*->f", ["a", "c", "b"]],
  ["SORT l BY h_*->g ALPHA", ["b", "c", "a"]],
  ["SORT l BY h_*->g ALPHA DESC", ["a", "c", "b"]],
  ["SORT l BY h_*->g", NOT_A_SCORE],
  ["SORT l BY h_*", ["a", "b", "c"]],
  ["SORT l BY w_*->f DESC", ["c", "b", "a"]],
  ["SORT l BY none_* DESC", ["c", "b", "a"]],
  ["SORT l BY none_* ALPHA LIMIT 1 2", ["b", "c"]],
  ["SORT l BY nosort BY w_*", ["a", "b", "c"]],
]);

transcript("SORT GET answers what patterns find, in place of the elements", [
  ["RPUSH l 2 1 3", 3],
  ["MSET w_1 one w_2 two *x star", OK],
  ["HSET h_1 f v -> arrow", 2],
  ["SET h_1-> text", OK],
  ["SORT l GET #", ["1", "2", "3"]],
  ["SORT l GET w_* GET #", ["one", "1", "two", "2", nil, "3"]],
  ["SORT l GET h_*->f", ["v", nil, nil]],
  ["SORT l GET h_*->", ["text", nil, nil]],
  ["SORT l GET h_*->-> LIMIT 0 1", ["arrow"]],
  ["SORT l GET h_* LIMIT 0 1", [nil]],
  ["SORT l GET w_*->f LIMIT 0 1", [nil]],
  ["SORT l GET w_1 LIMIT 0 1", [nil]],
  ["SORT l BY nosort GET w_*", ["two", "one", nil]],
  [["SORT", "l", "GET", "#\0", "LIMIT", "0", "1"], ["1"]],
  [["SORT", "l", "GET", "w\0_*", "LIMIT", "0", "1"], [nil]],
]);

transcript("SORT compares and finds any bytes", [
  [["RPUSH", "l", "\xff", "\x80", "a\0b", "a\0a", ""], 5],
  ["SORT l ALPHA", ["", "a\0b", "a\0a", "\x80", "\xff"]],
  ["SORT l ALPHA STORE d", 5],
  ["LRANGE d 0 -1", ["", "a\0a", "a\0b", "\x80", "\xff"]],
  [["SET", "w_\xff", "\0"], OK],
  ["SORT l BY nosort GET w_* LIMIT 0 1", ["\0"]],
  ["SETRANGE w_\x80 3 x", 4],
  ["SORT l BY nosort GET w_* LIMIT 1 1", ["\0\0\0x"]],
]);

transcript("SORT STORE replaces the destination, or removes it", [
  ["RPUSH l 2 1", 2],
  ["SET d text EX 100", OK],
  ["SORT l STORE d", 2],
  ["TYPE d", status("list")],
  ["TTL d", -1],
  ["SORT l GET # GET w_* STORE e STORE d", 4],
  ["LRANGE d 0 -1", ["1", "", "2", ""]],
  ["EXISTS e", 0],
  ["SORT l STORE l", 2],
  ["LRANGE l 0 -1", ["1", "2"]],
  ["SORT missing STORE d", 0],
  ["EXISTS d", 0],
  ["SORT missing STORE d", 0],
]);

transcript("SORT STORE announces sortstore and del, SORT nothing", [
  ["CONFIG SET notify-keyspace-events KEA", OK],
  ["RPUSH l 2 1", 2],
  ["WATCH d", OK],
  [on("b", "SORT l"), ["1", "2"]],
  [on("b", "SORT missing STORE d"), 0],
  ["MULTI", OK],
  ["SORT l STORE d", QUEUED],
  ["SORT_RO l DESC", QUEUED],
  ["SORT l BY", QUEUED],
  ["EXEC", [2, ["2", "1"], SYNTAX_ERROR]],
  ['CONFIG SET notify-keyspace-events ""', OK],
]);

transcript(
  "SORT leaves all elements of a set in some order where it need not sort",
  [
    ["SADD s x y z", 3],
    ["SMEMBERS s", set(["x", "y", "z"])],
    ["SORT s ALPHA BY nosort LIMIT 0 0", []],
  ],
);

transcript("SORT makes a skiplist of a sorted set, whatever comes of it", [
  ["ZADD z 2 b 1 a", 2],
  ["ZADD y 2 b 1 a", 2],
  ["OBJECT ENCODING z", "listpack"],
  ["SORT z", NOT_A_SCORE],
  ["OBJECT ENCODING z", "skiplist"],
  ["SORT_RO y BY nosort", ["a", "b"]],
  ["OBJECT ENCODING y", "skiplist"],
  ["ZRANGE y 0 -1", ["a", "b"]],
]);

transcript("SORT looks up all that it sorts by before it refuses a score", [
  ["RPUSH l 1 2 3", 3],
  ["SET w1 text", OK],
  ["CONFIG RESETSTAT", OK],
  ["SORT l BY w*", NOT_A_SCORE],
  [
    "INFO stats",
    matching(/keyspace_hits:2\r\nkeyspace_misses:2\r\n/),
  ],
]);
