import {
  advance,
  error,
  nil,
  nilArray,
  OK,
  QUEUED,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_POSITIVE = error("ERR value is out of range, must be positive");
const NO_KEYS = error("ERR numkeys should be greater than 0");
const NO_COUNT = error("ERR count should be greater than 0");
const INT64_MAX = "9223372036854775807";

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript("LPOP and RPOP take the element at their end", [
  ["RPUSH k a b c", 3],
  ["LPOP k", "a"],
  ["RPOP k", "c"],
  ["LPOP k", "b"],
  ["EXISTS k", 0],
  ["LPOP k", nil],
  ["RPOP k", nil],
]);

transcript("LPOP and RPOP with a count take as many as there are", [
  ["RPUSH k a b c d e f g", 7],
  ["LPOP k 2", ["a", "b"]],
  ["RPOP k 2", ["g", "f"]],
  ["LPOP k 1", ["c"]],
  ["LPOP k 0", []],
  ["RPOP k 0", []],
  [`RPOP k ${INT64_MAX}`, ["e", "d"]],
  ["EXISTS k", 0],
  ["LPOP k 2", nilArray],
  ["RPOP k 0", nilArray],
]);

transcript("LPOP and RPOP refuse a count that is not one", [
  ["LPOP", wrongArity("lpop")],
  ["RPOP", wrongArity("rpop")],
  ["LPOP k 1 2", wrongArity("lpop")],
  ["RPOP k 1 2", wrongArity("rpop")],
  ["LPOP k -1", NOT_POSITIVE],
  ["RPOP k one", NOT_POSITIVE],
  ["LPOP k 9223372036854775808", NOT_POSITIVE],
  ["SET s text", OK],
  ["LPOP s", WRONG_TYPE],
  ["RPOP s 2", WRONG_TYPE],
  ["LPOP s 0", WRONG_TYPE],
  ["LPOP s -1", NOT_POSITIVE],
]);

transcript("LPOP takes nothing from a list that has expired", [
  ["RPUSH k a b", 2],
  ["PEXPIRE k 20", 1],
  ["LPOP k", "a"],
  [advance(25)],
  ["LPOP k", nil],
  ["LPOP k 1", nilArray],
]);

transcript("LMPOP takes from the first list that has any", [
  ["RPUSH b 1 2 3 4 5", 5],
  ["RPUSH c x", 1],
  ["LMPOP 3 a b c LEFT", ["b", ["1"]]],
  ["LMPOP 3 a b c right COUNT 2", ["b", ["5", "4"]]],
  [`LMPOP 3 a b c LEFT count ${INT64_MAX}`, ["b", ["2", "3"]]],
  ["EXISTS b", 0],
  ["LMPOP 3 a b c LEFT COUNT 10", ["c", ["x"]]],
  ["LMPOP 3 a b c LEFT", nilArray],
]);

transcript("LMPOP refuses what it does not understand", [
  ["LMPOP 1 k", wrongArity("lmpop")],
  ["LMPOP 0 k LEFT", NO_KEYS],
  ["LMPOP -1 k LEFT", NO_KEYS],
  ["LMPOP one k LEFT", NO_KEYS],
  ["LMPOP 2 k LEFT", SYNTAX_ERROR],
  ["LMPOP 1 k UP", SYNTAX_ERROR],
  ["LMPOP 1 k l LEFT", SYNTAX_ERROR],
  ["LMPOP 1 k LEFT COUNT", SYNTAX_ERROR],
  ["LMPOP 1 k LEFT COUNT 0", NO_COUNT],
  ["LMPOP 1 k LEFT COUNT -1", NO_COUNT],
  ["LMPOP 1 k LEFT COUNT one", NO_COUNT],
  ["LMPOP 1 k LEFT COUNT 1 COUNT 1", SYNTAX_ERROR],
  ["LMPOP 1 k LEFT LIMIT 1", SYNTAX_ERROR],
  [`LMPOP ${INT64_MAX} k LEFT`, SYNTAX_ERROR],
  ["SET s text", OK],
  ["RPUSH k a", 1],
  ["LMPOP 2 s k LEFT", WRONG_TYPE],
  ["LMPOP 2 k s LEFT", ["k", ["a"]]],
]);

transcript("LMOVE takes from either end to either end", [
  ["RPUSH a 1 2 3 4", 4],
  ["LMOVE a b LEFT LEFT", "1"],
  ["LMOVE a b right left", "4"],
  ["LMOVE a b LEFT RIGHT", "2"],
  ["LMOVE a b RIGHT RIGHT", "3"],
  ["EXISTS a", 0],
  ["LRANGE b 0 -1", ["4", "1", "2", "3"]],
  ["LMOVE a b LEFT LEFT", nil],
  ["RPOPLPUSH b a", "3"],
  ["LRANGE a 0 -1", ["3"]],
]);

transcript("LMOVE within one list turns it, even with a single element", [
  ["RPUSH k a b c", 3],
  ["LMOVE k k LEFT RIGHT", "a"],
  ["RPOPLPUSH k k", "a"],
  ["RPOPLPUSH k k", "c"],
  ["LMOVE k k LEFT LEFT", "c"],
  ["LRANGE k 0 -1", ["c", "a", "b"]],
  ["RPUSH one a", 1],
  ["LMOVE one one LEFT RIGHT", "a"],
  ["RPOPLPUSH one one", "a"],
  ["LRANGE one 0 -1", ["a"]],
]);

transcript("LMOVE refuses other types and changes nothing", [
  ["LMOVE a b LEFT", wrongArity("lmove")],
  ["RPOPLPUSH a", wrongArity("rpoplpush")],
  ["SET s text", OK],
  ["RPUSH k a", 1],
  ["LMOVE s k LEFT LEFT", WRONG_TYPE],
  ["LMOVE k s LEFT LEFT", WRONG_TYPE],
  ["RPOPLPUSH s k", WRONG_TYPE],
  ["RPOPLPUSH k s", WRONG_TYPE],
  ["LMOVE missing s LEFT LEFT", nil],
  ["RPOPLPUSH missing s", nil],
  ["LMOVE k s UP LEFT", SYNTAX_ERROR],
  ["LMOVE k s LEFT DOWN", SYNTAX_ERROR],
  ["LRANGE k 0 -1", ["a"]],
  ["GET s", "text"],
]);

transcript("LMOVE to a list that has expired begins a fresh one", [
  ["RPUSH a 1 2", 2],
  ["RPUSH b old", 1],
  ["PEXPIRE b 20", 1],
  [advance(25)],
  ["LMOVE a b LEFT LEFT", "1"],
  ["LRANGE b 0 -1", ["1"]],
  ["PTTL b", -1],
]);

transcript("lists are taken from within a transaction", [
  ["RPUSH k a b c d", 4],
  ["MULTI", OK],
  ["LPOP k 2", QUEUED],
  ["LMOVE k l LEFT LEFT", QUEUED],
  ["LMPOP 2 k l RIGHT COUNT 5", QUEUED],
  ["LPOP k", QUEUED],
  ["RPOPLPUSH k l", QUEUED],
  ["LMPOP 1 k LEFT", QUEUED],
  ["EXEC", [["a", "b"], "c", ["k", ["d"]], nil, nil, nilArray]],
  ["LRANGE l 0 -1", ["c"]],
]);

transcript("a watched list that is taken from or moved to breaks the watch", [
  ["RPUSH a 1 2", 2],
  ["WATCH b", OK],
  ["LMOVE a b LEFT LEFT", "1"],
  ["MULTI", OK],
  ["EXEC", nilArray],
  ["WATCH a", OK],
  ["LPOP a", "2"],
  ["MULTI", OK],
  ["EXEC", nilArray],
]);
