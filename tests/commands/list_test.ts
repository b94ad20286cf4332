import {
  advance,
  error,
  nil,
  OK,
  QUEUED,
  status,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const SYNTAX_ERROR = error("ERR syntax error");
const INT64_MAX = "9223372036854775807";
const INT64_MIN = "-9223372036854775808";

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript("list commands refuse too few or too many arguments", [
  ["LPUSH k", wrongArity("lpush")],
  ["RPUSH k", wrongArity("rpush")],
  ["LPUSHX k", wrongArity("lpushx")],
  ["RPUSHX k", wrongArity("rpushx")],
  ["LINSERT k BEFORE a", wrongArity("linsert")],
  ["LINSERT k BEFORE a b c", wrongArity("linsert")],
  ["LSET k 0", wrongArity("lset")],
  ["LSET k 0 a b", wrongArity("lset")],
  ["LREM k 0", wrongArity("lrem")],
  ["LREM k 0 a b", wrongArity("lrem")],
  ["LTRIM k 0", wrongArity("ltrim")],
  ["LTRIM k 0 1 2", wrongArity("ltrim")],
  ["LLEN", wrongArity("llen")],
  ["LLEN k k", wrongArity("llen")],
  ["LINDEX k", wrongArity("lindex")],
  ["LINDEX k 0 1", wrongArity("lindex")],
  ["LRANGE k 0", wrongArity("lrange")],
  ["LRANGE k 0 1 2", wrongArity("lrange")],
  ["LPOS k", wrongArity("lpos")],
]);

transcript("list commands refuse a key of another type and leave it as it is", [
  ["SET s text", OK],
  ["LPUSH s a", WRONG_TYPE],
  ["RPUSH s a", WRONG_TYPE],
  ["LPUSHX s a", WRONG_TYPE],
  ["RPUSHX s a", WRONG_TYPE],
  ["LINSERT s BEFORE a b", WRONG_TYPE],
  ["LSET s 0 a", WRONG_TYPE],
  ["LREM s 0 a", WRONG_TYPE],
  ["LTRIM s 0 -1", WRONG_TYPE],
  ["LLEN s", WRONG_TYPE],
  ["LINDEX s 0", WRONG_TYPE],
  ["LRANGE s 0 -1", WRONG_TYPE],
  ["LPOS s a", WRONG_TYPE],
  ["GET s", "text"],
]);

transcript("list commands find nothing at a key that is missing", [
  ["LPUSHX k a", 0],
  ["RPUSHX k a", 0],
  ["LINSERT k AFTER a b", 0],
  ["LSET k 0 a", error("ERR no such key")],
  ["LREM k 0 a", 0],
  ["LTRIM k 0 -1", OK],
  ["LLEN k", 0],
  ["LINDEX k 0", nil],
  ["LRANGE k 0 -1", []],
  ["LPOS k a", nil],
  ["LPOS k a COUNT 0", []],
  ["EXISTS k", 0],
]);

transcript("list commands find nothing at a key that has expired", [
  ["RPUSH k a b", 2],
  ["PEXPIRE k 20", 1],
  ["LRANGE k 0 -1", ["a", "b"]],
  [advance(25)],
  ["LRANGE k 0 -1", []],
  ["LPUSHX k c", 0],
  ["RPUSH k c", 1],
  ["PTTL k", -1],
  ["LRANGE k 0 -1", ["c"]],
]);

transcript("LPUSH and RPUSH add elements in the order they are given", [
  ["LPUSH k a", 1],
  ["LPUSH k b c", 3],
  ["RPUSH k x", 4],
  ["rpush k y z", 6],
  ["LRANGE k 0 -1", ["c", "b", "a", "x", "y", "z"]],
  ["LLEN k", 6],
  ["TYPE k", status("list")],
]);

transcript("LPUSHX and RPUSHX add to a list that exists", [
  ["RPUSH k m", 1],
  ["LPUSHX k l", 2],
  ["RPUSHX k n o", 4],
  ["LPUSHX k k j", 6],
  ["LRANGE k 0 -1", ["j", "k", "l", "m", "n", "o"]],
]);

transcript("lists hold any bytes, empty elements and a key of any bytes", [
  [["RPUSH", "\x00\r\n\xff", "", "\x00", "\xff\xfe\r\n", "5"], 4],
  [["LRANGE", "\x00\r\n\xff", "0", "-1"], ["", "\x00", "\xff\xfe\r\n", "5"]],
  [["LPOS", "\x00\r\n\xff", "\xff\xfe\r\n"], 2],
  [["LREM", "\x00\r\n\xff", "0", ""], 1],
  [["LINSERT", "\x00\r\n\xff", "AFTER", "\x00", "\x80"], 4],
  [["LINDEX", "\x00\r\n\xff", "1"], "\x80"],
]);

transcript("lists change within a transaction", [
  ["MULTI", OK],
  ["RPUSH k a b c", QUEUED],
  ["LSET k 1 x", QUEUED],
  ["LSET k 9 x", QUEUED],
  ["LTRIM k 1 -1", QUEUED],
  ["LRANGE k 0 -1", QUEUED],
  ["LREM k 0 x", QUEUED],
  ["LPOP k", QUEUED],
  ["EXISTS k", QUEUED],
  [
    "EXEC",
    [3, OK, error("ERR index out of range"), OK, ["x", "c"], 1, "c", 0],
  ],
]);

transcript("LINSERT puts an element beside the first pivot", [
  ["RPUSH k a b a c", 4],
  ["LINSERT k BEFORE a x", 5],
  ["LINSERT k after a y", 6],
  ["LRANGE k 0 -1", ["x", "a", "y", "b", "a", "c"]],
  ["LINSERT k AFTER c z", 7],
  ["LINSERT k BEFORE none z", -1],
  ["LINSERT k AFTER none z", -1],
  ["LLEN k", 7],
  ["LINDEX k -1", "z"],
  ["LINSERT k BESIDE a x", SYNTAX_ERROR],
  ["LINSERT missing BESIDE a x", SYNTAX_ERROR],
]);

transcript("LSET replaces an element counted from either end", [
  ["RPUSH k a b c", 3],
  ["LSET k 0 x", OK],
  ["LSET k -1 z", OK],
  ["LSET k -2 12", OK],
  ["LRANGE k 0 -1", ["x", "12", "z"]],
  ["LSET k 3 w", error("ERR index out of range")],
  ["LSET k -4 w", error("ERR index out of range")],
  [`LSET k ${INT64_MAX} w`, error("ERR index out of range")],
  [`LSET k ${INT64_MIN} w`, error("ERR index out of range")],
  ["LSET k one w", NOT_AN_INTEGER],
  ["LSET missing one w", error("ERR no such key")],
]);

transcript("LREM removes from the head, from the tail or everywhere", [
  ["RPUSH k a b a c a d a", 7],
  ["LREM k 1 a", 1],
  ["LRANGE k 0 -1", ["b", "a", "c", "a", "d", "a"]],
  ["LREM k -2 a", 2],
  ["LRANGE k 0 -1", ["b", "a", "c", "d"]],
  ["LREM k 0 none", 0],
  ["LREM k 5 a", 1],
  ["RPUSH k b b", 5],
  [`LREM k ${INT64_MIN} b`, 3],
  ["LRANGE k 0 -1", ["c", "d"]],
  ["LREM k 0 c", 1],
  [`LREM k ${INT64_MAX} d`, 1],
  ["EXISTS k", 0],
  ["LREM k one a", NOT_AN_INTEGER],
  ["LREM k 9223372036854775808 a", NOT_AN_INTEGER],
]);

transcript("LTRIM keeps a range counted from either end", [
  ["RPUSH k a b c d e", 5],
  ["LTRIM k 0 -1", OK],
  ["LLEN k", 5],
  ["LTRIM k 1 -2", OK],
  ["LRANGE k 0 -1", ["b", "c", "d"]],
  ["LTRIM k -2 10", OK],
  ["LRANGE k 0 -1", ["c", "d"]],
  ["LTRIM k -100 0", OK],
  ["LRANGE k 0 -1", ["c"]],
  ["LTRIM k 1 5", OK],
  ["EXISTS k", 0],
  ["RPUSH k a b c", 3],
  ["LTRIM k 2 1", OK],
  ["EXISTS k", 0],
  ["RPUSH k a b c", 3],
  [`LTRIM k ${INT64_MIN} ${INT64_MAX}`, OK],
  ["LLEN k", 3],
  [`LTRIM k ${INT64_MAX} ${INT64_MIN}`, OK],
  ["EXISTS k", 0],
  ["LTRIM k a 1", NOT_AN_INTEGER],
  ["LTRIM k 1 a", NOT_AN_INTEGER],
]);

transcript("LINDEX finds an element counted from either end", [
  ["RPUSH k a b c", 3],
  ["LINDEX k 0", "a"],
  ["LINDEX k 2", "c"],
  ["LINDEX k -1", "c"],
  ["LINDEX k -3", "a"],
  ["LINDEX k 3", nil],
  ["LINDEX k -4", nil],
  [`LINDEX k ${INT64_MAX}`, nil],
  [`LINDEX k ${INT64_MIN}`, nil],
  ["LINDEX k a", NOT_AN_INTEGER],
  ["LINDEX k 1.0", NOT_AN_INTEGER],
  ["LINDEX missing a", nil],
]);

transcript("LRANGE clips its range to the list", [
  ["RPUSH k a b c d", 4],
  ["LRANGE k 0 0", ["a"]],
  ["LRANGE k 1 2", ["b", "c"]],
  ["LRANGE k -2 -1", ["c", "d"]],
  ["LRANGE k -100 100", ["a", "b", "c", "d"]],
  ["LRANGE k 4 10", []],
  ["LRANGE k 2 1", []],
  ["LRANGE k 0 -5", []],
  [`LRANGE k ${INT64_MIN} ${INT64_MAX}`, ["a", "b", "c", "d"]],
  [`LRANGE k ${INT64_MAX} ${INT64_MIN}`, []],
  ["LRANGE k a 1", NOT_AN_INTEGER],
  ["LRANGE k 1 a", NOT_AN_INTEGER],
  ["LRANGE missing a 1", NOT_AN_INTEGER],
]);

transcript("LPOS finds the first match, or the last, or one further on", [
  ["RPUSH k a b c 1 2 3 c c", 8],
  ["LPOS k a", 0],
  ["LPOS k c", 2],
  ["LPOS k 3", 5],
  ["LPOS k none", nil],
  ["LPOS k c RANK 1", 2],
  ["LPOS k c RANK 2", 6],
  ["LPOS k c RANK 4", nil],
  ["LPOS k c RANK -1", 7],
  ["LPOS k c RANK -3", 2],
  ["LPOS k c rank 1 rank 3", 7],
  [`LPOS k c RANK ${INT64_MAX}`, nil],
]);

transcript(
  "LPOS with COUNT finds as many matches, in the order of the search",
  [
    ["RPUSH k a b c 1 2 3 c c", 8],
    ["LPOS k c COUNT 0", [2, 6, 7]],
    ["LPOS k c COUNT 1", [2]],
    ["LPOS k c COUNT 2", [2, 6]],
    ["LPOS k c COUNT 100", [2, 6, 7]],
    [`LPOS k c COUNT ${INT64_MAX}`, [2, 6, 7]],
    ["LPOS k none COUNT 2", []],
    ["LPOS k c COUNT 2 RANK 2", [6, 7]],
    ["LPOS k c RANK 3 COUNT 2", [7]],
    ["LPOS k c COUNT 0 RANK -1", [7, 6, 2]],
    ["LPOS k c COUNT 2 RANK -2", [6, 2]],
  ],
);

transcript("LPOS with MAXLEN looks no further", [
  ["RPUSH k a b c 1 2 3 c c", 8],
  ["LPOS k a COUNT 0 MAXLEN 1", [0]],
  ["LPOS k c COUNT 0 MAXLEN 1", []],
  ["LPOS k c MAXLEN 2", nil],
  ["LPOS k c MAXLEN 3", 2],
  ["LPOS k c COUNT 0 MAXLEN 7", [2, 6]],
  ["LPOS k c COUNT 0 MAXLEN 0", [2, 6, 7]],
  ["LPOS k c RANK -1 COUNT 0 MAXLEN 7 RANK 2", [6]],
  ["LPOS k c RANK -1 COUNT 0 MAXLEN 2", [7, 6]],
]);

transcript("LPOS refuses options it does not understand", [
  ["LPOS k a RANK", SYNTAX_ERROR],
  ["LPOS k a RANGE 1", SYNTAX_ERROR],
  ["LPOS k a COUNT 1 MAXLEN", SYNTAX_ERROR],
  ["LPOS k a RANK one", NOT_AN_INTEGER],
  [
    "LPOS k a RANK 0",
    error(
      "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
    ),
  ],
  ["LPOS k a COUNT -1", error("ERR COUNT can't be negative")],
  ["LPOS k a COUNT one", error("ERR COUNT can't be negative")],
  ["LPOS k a MAXLEN -1", error("ERR MAXLEN can't be negative")],
  ["LPOS k a MAXLEN one", error("ERR MAXLEN can't be negative")],
]);
