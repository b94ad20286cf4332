import {
  advance,
  blocked,
  error,
  type Expected,
  map,
  nilArray,
  OK,
  on,
  QUEUED,
  received,
  resp,
  sent,
  status,
  transcript,
} from "../helpers/transcript.ts";

const GONE = error("UNBLOCKED the stream key no longer exists");
const NO_GROUP = error(
  "NOGROUP the consumer group this client was blocked on no longer exists",
);
const FIELDS = ["f", "v"];
const READ_GROUP = "XREADGROUP GROUP g x BLOCK 0 STREAMS s >";

/** What a read finds: streams, each with its entries. */
function found(...streams: [string, Expected[]][]): Expected {
  return resp(streams, map(streams));
}

transcript("XREAD BLOCK waits for what comes after $ or after an id", [
  ["XADD s 1-1 f v", "1-1"],
  [sent("b", "XREAD BLOCK 0 STREAMS s t $ 0")],
  [blocked("b")],
  [sent("c", "XREAD COUNT 1 BLOCK 0 STREAMS s 2-1")],
  [blocked("c")],
  ["XADD s 2-1 f v", "2-1"],
  [received("b", found(["s", [["2-1", FIELDS]]]))],
  ["XADD s 3-1 f v", "3-1"],
  [received("c", found(["s", [["3-1", FIELDS]]]))],
]);

transcript("XREAD BLOCK returns at once what is there", [
  ["XADD s 1-1 f v", "1-1"],
  ["XREAD BLOCK 0 STREAMS s 0", found(["s", [["1-1", FIELDS]]])],
]);

transcript("XREAD BLOCK is served all that a transaction added", [
  [sent("b", "XREAD BLOCK 0 STREAMS s $")],
  [blocked("b")],
  ["MULTI", OK],
  ["XADD s 1-1 f v", QUEUED],
  ["XADD s 1-2 f v", QUEUED],
  ["EXEC", ["1-1", "1-2"]],
  [received("b", found(["s", [["1-1", FIELDS], ["1-2", FIELDS]]]))],
]);

transcript("XREAD BLOCK replies with nothing when its time is up", [
  [sent("b", "XREAD BLOCK 10 STREAMS s $")],
  [blocked("b")],
  [advance(11)],
  [received("b", nilArray)],
  [sent("b", "XREADGROUP GROUP g x BLOCK 10 STREAMS s >")],
  [received("b", error(/^NOGROUP No such key 's'/))],
]);

transcript("XREAD BLOCK does not wait inside MULTI", [
  ["MULTI", OK],
  ["XREAD BLOCK 0 STREAMS s $", QUEUED],
  ["EXEC", [nilArray]],
]);

transcript("XREAD BLOCK checks its timeout", [
  [
    "XREAD BLOCK x STREAMS s $",
    error("ERR timeout is not an integer or out of range"),
  ],
  ["XREAD BLOCK -1 STREAMS s $", error("ERR timeout is negative")],
]);

transcript("XREAD BLOCK waits on when its key goes or holds another type", [
  ["XADD s 1-1 f v", "1-1"],
  [sent("b", "XREAD BLOCK 0 STREAMS s $")],
  [blocked("b")],
  ["DEL s", 1],
  ["SET s text", OK],
  ["XSETID s 9-9", error(/^WRONGTYPE/)],
  ["DEL s", 1],
  ["XADD s 2-2 f v", "2-2"],
  [received("b", found(["s", [["2-2", FIELDS]]]))],
]);

transcript("XREAD BLOCK is not served by a last id that XSETID has set", [
  ["XADD s 1-1 f v", "1-1"],
  [sent("b", "XREAD BLOCK 0 STREAMS s $")],
  [blocked("b")],
  ["XSETID s 5-5", OK],
  [blocked("b")],
  ["XADD s 6-6 f v", "6-6"],
  [received("b", found(["s", [["6-6", FIELDS]]]))],
]);

transcript("XREADGROUP BLOCK serves the consumers of a group in turn", [
  ["XGROUP CREATE s g $ MKSTREAM", OK],
  [sent("b", READ_GROUP)],
  [blocked("b")],
  [sent("c", "XREADGROUP GROUP g y BLOCK 0 NOACK STREAMS s >")],
  [blocked("c")],
  ["XADD s 1-1 f v", "1-1"],
  [received("b", found(["s", [["1-1", FIELDS]]]))],
  [blocked("c")],
  ["XADD s 2-1 f v", "2-1"],
  [received("c", found(["s", [["2-1", FIELDS]]]))],
  ["XPENDING s g", [1, "1-1", "1-1", [["x", "1"]]]],
]);

transcript("XREADGROUP BLOCK ends in an error when its group goes", [
  ["XGROUP CREATE s g $ MKSTREAM", OK],
  [sent("b", READ_GROUP)],
  [blocked("b")],
  ["XGROUP DESTROY s g", 1],
  [received("b", NO_GROUP)],
]);

for (
  const [how, reply] of [
    ["DEL s", 1],
    ["UNLINK s", 1],
    ["RENAME s t", OK],
    ["SET s text", OK],
    ["RENAME other s", OK],
    ["PEXPIREAT s 1", 1],
    ["FLUSHDB", OK],
    ["FLUSHALL", OK],
    ["SWAPDB 0 9", OK],
    ["MOVE s 9", 1],
  ] as const
) {
  transcript(`XREADGROUP BLOCK ends in an error when ${how} takes its key`, [
    ["SET other text", OK],
    ["XGROUP CREATE s g $ MKSTREAM", OK],
    [sent("b", READ_GROUP)],
    [blocked("b")],
    [how, reply],
    [received("b", GONE)],
  ]);
}

transcript("XREADGROUP BLOCK ends in an error when its key expires", [
  ["XGROUP CREATE s g $ MKSTREAM", OK],
  ["PEXPIRE s 10", 1],
  [sent("b", READ_GROUP)],
  [blocked("b")],
  [advance(11)],
  ["EXISTS s", 0],
  [received("b", GONE)],
], { oursOnly: "it expires keys that nobody asks for when it likes" });

transcript(
  "XREADGROUP BLOCK finds its group gone in a stream of the same name",
  [
    ["XGROUP CREATE s g $ MKSTREAM", OK],
    [sent("b", READ_GROUP)],
    [blocked("b")],
    ["MULTI", OK],
    ["DEL s", QUEUED],
    ["XADD s 1-1 f v", QUEUED],
    ["EXEC", [1, "1-1"]],
    [received("b", NO_GROUP)],
  ],
);

transcript("WATCH hears of entries and not of what groups do", [
  ["XADD s 1-1 f v", "1-1"],
  ["WATCH s", OK],
  [on("b", "XGROUP CREATE s g 0"), OK],
  [
    on("b", "XREADGROUP GROUP g x STREAMS s >"),
    found(["s", [["1-1", FIELDS]]]),
  ],
  [on("b", "XACK s g 1-1"), 1],
  [on("b", "XSETID s 5-5"), OK],
  [on("b", "XGROUP SETID s g 0"), OK],
  [on("b", "XGROUP DESTROY s g"), 1],
  ["MULTI", OK],
  ["PING", QUEUED],
  ["EXEC", [status("PONG")]],
  ["WATCH s", OK],
  [on("b", "XADD s 6-6 f v"), "6-6"],
  ["MULTI", OK],
  ["PING", QUEUED],
  ["EXEC", nilArray],
]);
