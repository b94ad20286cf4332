import {
  advance,
  blocked,
  double,
  error,
  type Expected,
  nilArray,
  OK,
  QUEUED,
  received,
  resp,
  sent,
  type Step,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_POSITIVE = error("ERR value is out of range, must be positive");
const NO_KEYS = error("ERR numkeys should be greater than 0");
const NO_COUNT = error("ERR count should be greater than 0");

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

/** Members with their scores: pairs in RESP3, a flat array in RESP2. */
function pairs(...entries: readonly (readonly [string, number])[]): Expected {
  const shown = entries.map(([member, score]) => [member, double(score)]);
  return resp(shown.flat(), shown);
}

/** Sends what blocks a client, and waits until it does. */
function blocks(client: string, command: string): Step[] {
  return [[sent(client, command)], [blocked(client)]];
}

transcript("ZPOPMIN and ZPOPMAX take from their end", [
  ["ZADD k 1 a 2 b 3 c 4 d 5 e", 5],
  ["ZPOPMIN k", ["a", double(1)]],
  ["ZPOPMAX k", ["e", double(5)]],
  ["ZPOPMAX k 2", pairs(["d", 4], ["c", 3])],
  ["ZPOPMIN k 0", []],
  ["ZPOPMIN k 9223372036854775807", pairs(["b", 2])],
  ["EXISTS k", 0],
  ["ZPOPMIN k", []],
  ["ZPOPMAX k 2", []],
  ["ZPOPMIN k 1 2", SYNTAX_ERROR],
  ["ZPOPMIN k -1", NOT_POSITIVE],
  ["ZPOPMAX k x", NOT_POSITIVE],
  ["ZPOPMIN", wrongArity("zpopmin")],
  ["SET s text", OK],
  ["ZPOPMIN s", WRONG_TYPE],
  ["ZPOPMAX s 0", WRONG_TYPE],
]);

transcript("ZMPOP takes from the first sorted set that has any", [
  ["ZADD b 1 a 2 b 3 c", 3],
  ["ZMPOP 2 a b MIN", ["b", [["a", double(1)]]]],
  ["ZMPOP 2 a b max COUNT 9", ["b", [["c", double(3)], ["b", double(2)]]]],
  ["EXISTS b", 0],
  ["ZMPOP 2 a b MIN", nilArray],
  ["ZMPOP 0 a MIN", NO_KEYS],
  ["ZMPOP x a MIN", NO_KEYS],
  ["ZMPOP 2 a MIN", SYNTAX_ERROR],
  ["ZMPOP 9223372036854775807 a MIN", SYNTAX_ERROR],
  ["ZMPOP 1 a MID", SYNTAX_ERROR],
  ["ZMPOP 1 a MIN COUNT", SYNTAX_ERROR],
  ["ZMPOP 1 a MIN COUNT 0", NO_COUNT],
  ["ZMPOP 1 a MIN COUNT 1 COUNT 1", SYNTAX_ERROR],
  ["ZMPOP 1 a", wrongArity("zmpop")],
  ["SET s text", OK],
  ["ZMPOP 2 a s MIN", WRONG_TYPE],
]);

transcript("Blocking pops do not block where there is a member", [
  ["ZADD k 1 a 2 b 3 c", 3],
  ["BZPOPMIN missing k 0", ["k", "a", double(1)]],
  ["BZPOPMAX k 0", ["k", "c", double(3)]],
  ["BZMPOP 0 2 missing k MIN COUNT 5", ["k", [["b", double(2)]]]],
  ["EXISTS k", 0],
  ["SET s text", OK],
  ["BZPOPMIN missing s 0", WRONG_TYPE],
  ["BZMPOP 0 1 s MIN", WRONG_TYPE],
  ["BZPOPMIN k x", error("ERR timeout is not a float or out of range")],
  ["BZPOPMAX k -1", error("ERR timeout is negative")],
  ["BZMPOP x 1 k MIN", error("ERR timeout is not a float or out of range")],
  ["BZMPOP x 0 k MIN", NO_KEYS],
  ["BZMPOP 0 1 k MIN COUNT 0", NO_COUNT],
  ["BZPOPMIN k", wrongArity("bzpopmin")],
  ["BZPOPMAX k", wrongArity("bzpopmax")],
  ["BZMPOP 0 1 k", wrongArity("bzmpop")],
]);

transcript(
  "Blocked clients are served in their order, with what they asked for",
  [
    ...blocks("one", "BZPOPMIN k l 0"),
    ...blocks("two", "BZPOPMAX k 0"),
    ...blocks("three", "BZMPOP 0 2 k l MAX COUNT 2"),
    ["ZADD k 1 a 2 b 3 c 4 d 5 e", 5],
    [received("one", ["k", "a", double(1)])],
    [received("two", ["k", "e", double(5)])],
    [received("three", ["k", [["d", double(4)], ["c", double(3)]]])],
    ["ZRANGE k 0 -1", ["b"]],
  ],
);

transcript(
  "A blocked client waits on when the key holds something else, or no longer anything",
  [
    ...blocks("one", "BZPOPMIN k 0"),
    ["LPUSH k x", 1],
    ["DEL k", 1],
    ["MULTI", OK],
    ["ZADD k 1 a", QUEUED],
    ["DEL k", QUEUED],
    ["EXEC", [1, 1]],
    ["ZADD l 3 z", 1],
    ["RENAME l k", OK],
    [received("one", ["k", "z", double(3)])],
    ["EXISTS k", 0],
  ],
);

transcript("What ZUNIONSTORE and ZINCRBY make serves blocked clients", [
  ["ZADD source 2 a", 1],
  ...blocks("one", "BZPOPMIN k 0"),
  ["ZUNIONSTORE k 1 source WEIGHTS 2", 1],
  [received("one", ["k", "a", double(4)])],
  ...blocks("two", "BZMPOP 0 1 k MIN"),
  ["ZINCRBY k 7 m", double(7)],
  [received("two", ["k", [["m", double(7)]]])],
]);

transcript(
  "Blocking pops end with null when their time is up, and do not block in a transaction",
  [
    ...blocks("one", "BZPOPMIN k 0.02"),
    [advance(20)],
    [received("one", nilArray)],
    ...blocks("two", "BZMPOP 0.02 1 k MAX"),
    [advance(20)],
    [received("two", nilArray)],
    ["MULTI", OK],
    ["BZPOPMIN k 0", QUEUED],
    ["BZMPOP 0 1 k MIN", QUEUED],
    ["EXEC", [nilArray, nilArray]],
  ],
);
