import {
  any,
  between,
  error,
  type Expected,
  map,
  matching,
  nil,
  nilArray,
  OK,
  resp,
  type Step,
  transcript,
} from "../helpers/transcript.ts";

const BAD_ID = error(
  "ERR Invalid stream ID specified as stream command argument",
);
const NO_KEY = error(/^ERR The XGROUP subcommand requires the key to exist/);
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const SYNTAX = error("ERR syntax error");
const ENTRY_1: Expected = ["1-0", ["f", "1"]];
const ENTRY_2: Expected = ["2-0", ["f", "2"]];
const ENTRY_3: Expected = ["3-0", ["f", "3"]];
/** Milliseconds that a transcript may take. */
const SOON = between(0, 60_000);

/** What a read of `s` finds. */
function found(...entries: Expected[]): Expected {
  return resp([["s", entries]], map({ s: entries }));
}

/** A stream of three entries, which `x` has been delivered. */
const DELIVERED: readonly Step[] = [
  ["XADD s 1 f 1", "1-0"],
  ["XADD s 2 f 2", "2-0"],
  ["XADD s 3 f 3", "3-0"],
  ["XGROUP CREATE s g 0", OK],
  ["XREADGROUP GROUP g x STREAMS s >", found(ENTRY_1, ENTRY_2, ENTRY_3)],
];

transcript("XGROUP CREATE makes a group, once, of a stream that is there", [
  ["XGROUP CREATE s g $", NO_KEY],
  ["XGROUP CREATE s g x MKSTREAM", BAD_ID],
  ["XGROUP CREATE s g - MKSTREAM", BAD_ID],
  ["EXISTS s", 0],
  ["XGROUP CREATE s g $ MKSTREAM ENTRIESREAD 3", OK],
  ["XGROUP CREATE s g $", error(/^BUSYGROUP Consumer Group name already/)],
  ["XGROUP CREATE s h $ ENTRIESREAD x", NOT_AN_INTEGER],
  ["XGROUP CREATE s h $ ENTRIESREAD -2", error(/must be positive or -1$/)],
  ["XGROUP CREATE s h $ foo", error(/for 'CREATE'\. Try XGROUP HELP\.$/)],
  [
    "XGROUP CREATE s h $ MKSTREAM MKSTREAM ENTRIESREAD 1",
    error(/for 'CREATE'\. Try XGROUP HELP\.$/),
  ],
  ["XGROUP FOO s g", error("ERR unknown subcommand 'FOO'. Try XGROUP HELP.")],
  [
    "XINFO GROUPS s",
    [map({
      name: "g",
      consumers: 0,
      pending: 0,
      "last-delivered-id": "0-0",
      "entries-read": 3,
      lag: 0,
    })],
  ],
]);

transcript("XGROUP SETID moves a group to any id", [
  ...DELIVERED,
  ["XGROUP SETID s h 0", error(/^NOGROUP No such consumer group 'h' for key/)],
  ["XGROUP SETID none g 0", NO_KEY],
  ["XGROUP SETID s g x", BAD_ID],
  ["XGROUP SETID s g 1 MKSTREAM", error(/for 'SETID'\. Try XGROUP HELP\.$/)],
  ["XGROUP SETID s g 2", OK],
  ["XREADGROUP GROUP g y STREAMS s >", found(ENTRY_3)],
  ["XPENDING s g", [3, "1-0", "3-0", [["x", "2"], ["y", "1"]]]],
  ["XGROUP SETID s g -", OK],
  ["XGROUP SETID s g +", OK],
]);

transcript("XGROUP makes and removes consumers and groups", [
  ...DELIVERED,
  ["XGROUP CREATECONSUMER s g y", 1],
  ["XGROUP CREATECONSUMER s g y", 0],
  ["XGROUP CREATECONSUMER s h y", error(/^NOGROUP/)],
  ["XGROUP DELCONSUMER s g none", 0],
  ["XGROUP DELCONSUMER s g y", 0],
  ["XGROUP DELCONSUMER s g x", 3],
  ["XPENDING s g", [0, nil, nil, nilArray]],
  ["XGROUP DESTROY s h", 0],
  ["XGROUP DESTROY s g", 1],
  ["XGROUP DESTROY none g", NO_KEY],
  ["XINFO GROUPS s", []],
  ["XINFO CONSUMERS s g", error(/^NOGROUP No such consumer group 'g' for key/)],
]);

transcript("XREADGROUP delivers what is new, then what is pending", [
  ...DELIVERED,
  ["XREADGROUP GROUP g x STREAMS s >", nilArray],
  ["XREADGROUP GROUP g x COUNT 1 STREAMS s 1", found(ENTRY_2)],
  ["XREADGROUP GROUP g y STREAMS s 0", found()],
  ["XDEL s 2", 1],
  [
    "XREADGROUP GROUP g x STREAMS s 0",
    found(ENTRY_1, ["2-0", nilArray], ENTRY_3),
  ],
  [
    "XPENDING s g - + 10",
    [["1-0", "x", SOON, 2], ["2-0", "x", SOON, 2], ["3-0", "x", SOON, 2]],
  ],
]);

transcript("XACK settles what is pending, or nothing when an id is none", [
  ...DELIVERED,
  ["XACK s g 1 x", BAD_ID],
  ["XACK s g 1 1 9", 1],
  ["XACK s h x", 0],
  ["XACK none g 1", 0],
  ["XPENDING s g", [2, "2-0", "3-0", [["x", "2"]]]],
]);

transcript("XPENDING filters by time, ids and consumer", [
  ...DELIVERED,
  ["XPENDING s g - + 1", [["1-0", "x", SOON, 1]]],
  ["XPENDING s g (1 2 5 x", [["2-0", "x", SOON, 1]]],
  ["XPENDING s g - + 5 none", []],
  ["XPENDING s g - + -1", []],
  ["XPENDING s g IDLE 1000000 - + 5", []],
  ["XPENDING s g IDLE 0 3 3 5 x", [["3-0", "x", SOON, 1]]],
  ["XPENDING s g -", SYNTAX],
  ["XPENDING s g IDLE 1 - +", SYNTAX],
  ["XPENDING s g IDLE x - + 5", NOT_AN_INTEGER],
  ["XPENDING s g - + x", NOT_AN_INTEGER],
  ["XPENDING s h", error("NOGROUP No such key 's' or consumer group 'h'")],
  [
    "XPENDING none g",
    error("NOGROUP No such key 'none' or consumer group 'g'"),
  ],
]);

transcript("XCLAIM makes entries another's", [
  ...DELIVERED,
  ["XCLAIM s g y 1000000 1", []],
  ["XCLAIM s g y 0 1 9", [ENTRY_1]],
  ["XCLAIM s g y 0 2 JUSTID", ["2-0"]],
  ["XCLAIM s g z 0 3 RETRYCOUNT 7 IDLE 1000", [ENTRY_3]],
  [
    "XPENDING s g - + 10",
    [
      ["1-0", "y", SOON, 2],
      ["2-0", "y", SOON, 1],
      ["3-0", "z", between(1000, 60_000), 7],
    ],
  ],
  ["XACK s g 1", 1],
  ["XCLAIM s g y 0 1", []],
  ["XCLAIM s g y 0 1 FORCE TIME 5 LASTID 9", [ENTRY_1]],
  ["XDEL s 2", 1],
  ["XCLAIM s g y 0 2", []],
  ["XPENDING s g", [2, "1-0", "3-0", [["y", "1"], ["z", "1"]]]],
  ["XCLAIM s g y x 1", error(/^ERR Invalid min-idle-time argument for XCLAIM/)],
  ["XCLAIM s g y 0 1 IDLE x", error(/^ERR Invalid IDLE option argument/)],
  ["XCLAIM s g y 0 1 TIME x", error(/^ERR Invalid TIME option argument/)],
  [
    "XCLAIM s g y 0 1 RETRYCOUNT x",
    error(/Invalid RETRYCOUNT option argument/),
  ],
  ["XCLAIM s g y 0 1 LASTID x", BAD_ID],
  ["XCLAIM s g y 0 1 foo", error("ERR Unrecognized XCLAIM option 'foo'")],
  ["XCLAIM s g y 0 1 IDLE", error("ERR Unrecognized XCLAIM option 'IDLE'")],
  ["XCLAIM s h y 0 1", error("NOGROUP No such key 's' or consumer group 'h'")],
]);

transcript("XAUTOCLAIM goes through what is pending", [
  ...DELIVERED,
  ["XDEL s 2", 1],
  ["XAUTOCLAIM s g y 0 - COUNT 1", ["2-0", [ENTRY_1], []]],
  ["XAUTOCLAIM s g y 0 2 JUSTID", ["0-0", ["3-0"], ["2-0"]]],
  ["XAUTOCLAIM s g y 1000000 - COUNT 1", ["0-0", [], []]],
  [
    "XPENDING s g - + 10",
    [["1-0", "y", SOON, 2], ["3-0", "y", SOON, 1]],
  ],
  ["XAUTOCLAIM s g y x -", error(/^ERR Invalid min-idle-time argument for/)],
  ["XAUTOCLAIM s g y 0 x", BAD_ID],
  ["XAUTOCLAIM s g y 0 - COUNT 0", error("ERR COUNT must be > 0")],
  [
    "XAUTOCLAIM s g y 0 - COUNT 9223372036854775807",
    error("ERR COUNT must be > 0"),
  ],
  ["XAUTOCLAIM s g y 0 - COUNT x", error("ERR COUNT must be > 0")],
  ["XAUTOCLAIM s g y 0 - foo", SYNTAX],
  ["XAUTOCLAIM s h y 0 -", error(/^NOGROUP No such key 's' or consumer/)],
]);

transcript("XAUTOCLAIM looks for the stream before it reads its options", [
  ["CONFIG RESETSTAT", OK],
  ["XAUTOCLAIM s g y 0 - foo", SYNTAX],
  ["XAUTOCLAIM s g y x -", error(/^ERR Invalid min-idle-time argument for/)],
  ["INFO stats", matching(/keyspace_hits:0\r\nkeyspace_misses:2\r\n/)],
  ["SET s text", OK],
  ["XAUTOCLAIM s g y 0 - foo", SYNTAX],
  ["XAUTOCLAIM s g y 0 -", error(/^WRONGTYPE/)],
]);

transcript("XINFO STREAM FULL tells of groups, consumers and what is pending", [
  ...DELIVERED,
  ["XINFO CONSUMERS s g", [map({ name: "x", pending: 3, idle: SOON })]],
  [
    "XINFO STREAM s FULL COUNT 1",
    map({
      length: 3,
      "radix-tree-keys": 1,
      "radix-tree-nodes": 2,
      "last-generated-id": "3-0",
      "max-deleted-entry-id": "0-0",
      "entries-added": 3,
      "recorded-first-entry-id": "1-0",
      entries: [ENTRY_1],
      groups: [map({
        name: "g",
        "last-delivered-id": "3-0",
        "entries-read": 3,
        lag: 0,
        "pel-count": 3,
        pending: [["1-0", "x", any, 1]],
        consumers: [map({
          name: "x",
          "seen-time": any,
          "pel-count": 3,
          pending: [["1-0", any, 1]],
        })],
      })],
    }),
  ],
]);
