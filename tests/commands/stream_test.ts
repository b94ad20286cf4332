import {
  advance,
  any,
  error,
  map,
  matching,
  nil,
  nilArray,
  OK,
  QUEUED,
  resp,
  status,
  transcript,
} from "../helpers/transcript.ts";

const BAD_ID = error(
  "ERR Invalid stream ID specified as stream command argument",
);
const WRONG_TYPE = error(/^WRONGTYPE/);
const NOT_ABOVE = error(
  "ERR The ID specified in XADD is equal or smaller than the target stream top item",
);
const ARITY = error(/^ERR wrong number of arguments/);
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const SYNTAX = error("ERR syntax error");
const LAST = "18446744073709551615-18446744073709551615";

transcript("XADD counts up from the id that it is given", [
  ["XADD s 5-1 f v", "5-1"],
  ["XADD s 5-* f v", "5-2"],
  ["XADD s 6 f v", "6-0"],
  ["XADD s 6-* f v", "6-1"],
  ["XADD s 6-1 f v", NOT_ABOVE],
  ["XADD s 5-* f v", NOT_ABOVE],
  ["XADD zero 0-* f v", "0-1"],
  ["XADD zero 0-0 f v", error(/must be greater than 0-0$/)],
  ["XADD none 0 f v", error(/must be greater than 0-0$/)],
  ["EXISTS none", 0],
  ["XADD none NOMKSTREAM * f v", nil],
  ["TYPE s", status("stream")],
]);

transcript("XADD reads ids as Redis does", [
  ["XADD s - f v", BAD_ID],
  ["XADD s + f v", BAD_ID],
  ["XADD s x f v", BAD_ID],
  ["XADD s 1-x f v", BAD_ID],
  ["XADD s 1- f v", BAD_ID],
  ["XADD s 18446744073709551616-1 f v", BAD_ID],
  [["XADD", "s", "1".repeat(128), "f", "v"], BAD_ID],
  ["XADD s 1--5 f v", BAD_ID],
  ["XADD s 1--05 f v", "1-18446744073709551611"],
  [["XADD", "s", " 2-+03", "f", "v"], "2-3"],
  [["XADD", "s", "9007199254740993-1\0x", "f", "v"], "9007199254740993-1"],
  ["XADD s 9007199254740993-* f v", "9007199254740993-2"],
  [
    "XADD s 9007199254740993-9007199254740991 f v",
    "9007199254740993-9007199254740991",
  ],
  ["XADD s 9007199254740993-* f v", "9007199254740993-9007199254740992"],
]);

transcript("XADD stops at the last id there is", [
  ["XADD s 1-18446744073709551615 f v", "1-18446744073709551615"],
  ["XADD s 1-* f v", error("ERR Elements are too large to be stored")],
  [`XADD s ${LAST} f v`, LAST],
  ["XADD s * f v", error(/^ERR The stream has exhausted the last possible ID/)],
  ["XRANGE s + +", [[LAST, ["f", "v"]]]],
  [`XREAD STREAMS s ${LAST}`, nilArray],
]);

transcript("XADD and XTRIM check how much is to be left", [
  ["XADD s 1 f", ARITY],
  ["XADD s 1 f v g", ARITY],
  ["XADD s MAXLEN 1 1", ARITY],
  ["XADD s MAXLEN x 1 f v", NOT_AN_INTEGER],
  ["XADD s MAXLEN -1 1 f v", error("ERR The MAXLEN argument must be >= 0.")],
  ["XADD s LIMIT -1 1 f v", error("ERR The LIMIT argument must be >= 0.")],
  ["XADD s MINID - 1 f v", BAD_ID],
  ["XADD s LIMIT 5 1 f v", error(/LIMIT cannot be used without specifying/)],
  ["XADD s LIMIT 0 1 f v", error(/LIMIT cannot be used without the special ~/)],
  ["XADD s MAXLEN 1 LIMIT 5 1 f v", error(/without the special ~ option$/)],
  ["XADD s MAXLEN 1 MINID 1 1 f v", error(/at the same time/)],
  ["XTRIM s LIMIT 5", error(/LIMIT cannot be used without specifying/)],
  ["XTRIM s MAXLEN", ARITY],
  ["XTRIM s foo bar", SYNTAX],
  ["XTRIM s LIMIT 0", error(/XTRIM must be called with a trimming strategy$/)],
  ["XTRIM none MAXLEN 0", 0],
]);

transcript("XADD trims what it has added to", [
  ["XADD s 1 f v", "1-0"],
  ["XADD s MAXLEN 1 2 f v", "2-0"],
  ["XADD s MINID = 3 3 f v", "3-0"],
  ["XLEN s", 1],
  ["XADD s MAXLEN 0 4 f v", "4-0"],
  ["XLEN s", 0],
  ["EXISTS s", 1],
  ["XADD s 4 f v", NOT_ABOVE],
]);

transcript("approximate trimming removes whole nodes", [
  ...Array.from(
    { length: 7 },
    (_, i) => [`XADD s ${i + 1} f v`, `${i + 1}-0`] as const,
  ),
  ["XTRIM s MAXLEN ~ 5", 0],
  ["XTRIM s MAXLEN ~ 4", 3],
  ["XDEL s 4", 1],
  ["XTRIM s MINID ~ 6", 0],
  ["XTRIM s MINID ~ 7", 2],
  ["XTRIM s MAXLEN ~ 0 LIMIT 0", 1],
], { config: { "stream-node-max-entries": 3 } });

transcript("XRANGE and XREVRANGE return what lies between two ids", [
  ["XADD s 1-1 f v", "1-1"],
  ["XADD s 1-2 f v", "1-2"],
  [["XADD", "s", "2-1", "\xff\r\n", ""], "2-1"],
  ["XRANGE s 1 1", [["1-1", ["f", "v"]], ["1-2", ["f", "v"]]]],
  ["XRANGE s (1-1 (2-1", [["1-2", ["f", "v"]]]],
  ["XREVRANGE s + - COUNT 1", [["2-1", ["\xff\r\n", ""]]]],
  ["XRANGE s + -", []],
  ["XRANGE s - + COUNT 0", nilArray],
  [["XRANGE", "s", "-\0", "+\0x", "COUNT\0", "0"], nilArray],
  ["XRANGE s - + COUNT -1", nilArray],
  ["XRANGE s - + COUNT x", NOT_AN_INTEGER],
  ["XRANGE s - + COUNT", SYNTAX],
  ["XRANGE s - + foo", SYNTAX],
  ["XRANGE s (- +", BAD_ID],
  [`XRANGE s (${LAST} +`, error("ERR invalid start ID for the interval")],
  ["XRANGE s - (0-0", error("ERR invalid end ID for the interval")],
  ["XRANGE none - +", []],
  ["XRANGE none - + COUNT 0", []],
]);

transcript("XDEL deletes what is there, or nothing when an id is none", [
  ["XADD s 1 f v", "1-0"],
  ["XADD s 2 f v", "2-0"],
  ["XDEL s 1 x", BAD_ID],
  ["XLEN s", 2],
  ["XDEL s 1 1 3", 1],
  ["XDEL s 2", 1],
  ["EXISTS s", 1],
  ["XDEL none x", 0],
]);

transcript("XSETID sets what is counted and keeps entries below it", [
  ["XSETID none 1-1", error("ERR no such key")],
  ["XADD s 5 f v", "5-0"],
  ["XSETID s 4", error(/is smaller than the target stream top item$/)],
  ["XSETID s 6 ENTRIESADDED -1", error("ERR entries_added must be positive")],
  [
    "XSETID s 6 ENTRIESADDED 0",
    error(/smaller than the target stream length$/),
  ],
  ["XSETID s 6 MAXDELETEDID 7", error(/provided max_deleted_entry_id$/)],
  ["XSETID s 6 foo", SYNTAX],
  ["XSETID s - ", BAD_ID],
  ["XSETID s 6 ENTRIESADDED 9223372036854775807 MAXDELETEDID 3-3", OK],
  [
    "XINFO STREAM s",
    map({
      length: 1,
      "radix-tree-keys": 1,
      "radix-tree-nodes": 2,
      "last-generated-id": "6-0",
      "max-deleted-entry-id": "3-3",
      "entries-added": 9223372036854775807n,
      "recorded-first-entry-id": "5-0",
      groups: 0,
      "first-entry": ["5-0", ["f", "v"]],
      "last-entry": ["5-0", ["f", "v"]],
    }),
  ],
  ["XADD s 7 f v", "7-0"],
  ["XINFO STREAM s FULL COUNT x", NOT_AN_INTEGER],
  ["XINFO STREAM s FULL COUNT", error(/^ERR unknown subcommand or wrong/)],
  ["XINFO STREAM s foo", error(/for 'STREAM'\. Try XINFO HELP\.$/)],
  ["XINFO STREAM none foo", error("ERR no such key")],
]);

transcript("stream commands refuse what is no stream", [
  ["SET k v", OK],
  ["XADD k * f v", WRONG_TYPE],
  ["XLEN k", WRONG_TYPE],
  ["XDEL k 1", WRONG_TYPE],
  ["XRANGE k - +", WRONG_TYPE],
  ["XTRIM k MAXLEN 1", WRONG_TYPE],
  ["XSETID k 1", WRONG_TYPE],
  ["XREAD STREAMS k 0", WRONG_TYPE],
  ["XREADGROUP GROUP g c STREAMS k >", WRONG_TYPE],
  ["XGROUP CREATE k g 0 MKSTREAM", WRONG_TYPE],
  ["XACK k g 1", WRONG_TYPE],
  ["XPENDING k g", WRONG_TYPE],
  ["XCLAIM k g c 0 1", WRONG_TYPE],
  ["XAUTOCLAIM k g c 0 0", WRONG_TYPE],
  ["XINFO STREAM k", WRONG_TYPE],
  ["GET k", "v"],
]);

transcript("a stream expires like any other key", [
  ["XADD s 1 f v", "1-0"],
  ["PEXPIRE s 10", 1],
  [advance(11)],
  ["XLEN s", 0],
  ["XINFO STREAM s", error("ERR no such key")],
  ["XADD s 1 f v", "1-0"],
  ["PTTL s", -1],
]);

transcript("stream commands run in transactions", [
  ["MULTI", OK],
  ["XADD s 1 f v", QUEUED],
  ["XLEN s", QUEUED],
  ["XREAD STREAMS s 0", QUEUED],
  ["EXEC", [
    "1-0",
    1,
    resp([["s", [["1-0", ["f", "v"]]]]], map({ s: [["1-0", ["f", "v"]]] })),
  ]],
]);

transcript("XREAD checks its options", [
  ["XREAD STREAMS s", ARITY],
  ["XREAD COUNT 1 STREAMS s", error(/^ERR Unbalanced XREAD list of streams/)],
  ["XREAD COUNT x STREAMS s 0", NOT_AN_INTEGER],
  ["XREAD COUNT 1 COUNT 1", SYNTAX],
  ["XREAD foo STREAMS s 0", SYNTAX],
  ["XREAD GROUP g c STREAMS s 0", error(/GROUP option is only supported/)],
  ["XREAD NOACK STREAMS s 0", error(/NOACK option is only supported/)],
  ["XREAD STREAMS s >", error(/^ERR The > ID can be specified only/)],
  ["XREAD STREAMS s -", BAD_ID],
  ["XREAD STREAMS s 0", nilArray],
  [
    "XREADGROUP COUNT 1 COUNT 1 STREAMS s >",
    error(/^ERR Missing GROUP option/),
  ],
  ["XGROUP CREATE s g $ MKSTREAM", OK],
  ["XREADGROUP GROUP g c STREAMS s $", error(/^ERR The \$ ID is meaningless/)],
  ["XREADGROUP GROUP h c STREAMS s >", error(/^NOGROUP No such key 's' or/)],
]);

transcript("XREAD looks for each stream twice", [
  ["XADD s 1 f v", "1-0"],
  ["CONFIG RESETSTAT", OK],
  ["XREAD STREAMS s missing 5 0", nilArray],
  ["XREAD STREAMS s $", nilArray],
  ["INFO stats", matching(/keyspace_hits:4\r\nkeyspace_misses:2\r\n/)],
]);

transcript("a copy of a stream has groups of its own", [
  ["XADD s 1 f v", "1-0"],
  ["XGROUP CREATE s g 0", OK],
  ["XREADGROUP GROUP g c STREAMS s >", any],
  ["COPY s t", 1],
  ["XACK s g 1", 1],
  ["XPENDING t g", [1, "1-0", "1-0", [["c", "1"]]]],
  ["OBJECT ENCODING t", "stream"],
]);
