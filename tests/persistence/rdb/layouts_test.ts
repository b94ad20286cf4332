/** Layouts of values that redis-server 7.0 reads and does not write. */
import {
  error,
  OK,
  status,
  type Step,
  transcript,
  unordered,
} from "../../helpers/transcript.ts";
import {
  listpack,
  little,
  payload,
  sized,
  ziplist,
  ziplistText,
} from "./payload.ts";

const DAMAGED = error("ERR Bad data format");
const LONG = "x".repeat(300);

function restored(layout: number, body: string): Step {
  return [["RESTORE", "k", "0", payload(layout, body), "REPLACE"], OK];
}

function refused(layout: number, body: string, version?: number): Step {
  return [["RESTORE", "new", "0", payload(layout, body, version)], DAMAGED];
}

transcript("RESTORE takes strings encoded as integers and compressed", [
  restored(0, "\xc0\x85"),
  ["GET k", "-123"],
  ["OBJECT ENCODING k", "int"],
  restored(0, "\xc1\x39\x30"),
  ["GET k", "12345"],
  restored(0, "\xc2\xff\xff\xff\x7f"),
  ["GET k", "2147483647"],
  restored(0, "\xc3\x05\x0b\x00a\xe0\x01\x00"),
  ["GET k", "aaaaaaaaaaa"],
  restored(0, "\x80\x00\x00\x00\x02ab"),
  ["GET k", "ab"],
  restored(0, "\x81\x00\x00\x00\x00\x00\x00\x00\x02ab"),
  ["GET k", "ab"],
  restored(0, "\x40\x02ab"),
  ["GET k", "ab"],
  refused(0, "\xc4a"),
  refused(0, "\x82\x00\x00\x00\x01a"),
  refused(0, "\x3fabcd"),
  refused(0, "\xc3\x05\x0a\x00a\xe0\x01\x00"),
  refused(0, "\xc3\x05\x0b\x00a\xe0\x01\x01"),
  refused(0, "\x81\xff\xff\xff\xff\xff\xff\xff\xffab"),
  ["EXISTS new", 0],
]);

transcript("RESTORE takes lists, sets, hashes element by element", [
  restored(1, `\x03${sized("a")}\xc0\x07${sized(LONG)}`),
  ["LRANGE k 0 -1", ["a", "7", LONG]],
  ["OBJECT ENCODING k", "quicklist"],
  restored(2, `\x02\xc0\x07${sized("8")}`),
  ["SMEMBERS k", unordered(["7", "8"])],
  ["OBJECT ENCODING k", "intset"],
  restored(2, `\x02\xc0\x07${sized("b")}`),
  ["OBJECT ENCODING k", "hashtable"],
  restored(4, `\x01${sized("f")}\xc0\x07`),
  ["HGETALL k", unordered(["f", "7"])],
  ["OBJECT ENCODING k", "listpack"],
  restored(4, `\x01${sized("f")}${sized(LONG)}`),
  ["OBJECT ENCODING k", "hashtable"],
  refused(1, "\x00"),
  refused(2, "\x00"),
  refused(4, "\x00"),
  refused(1, `\x03${sized("a")}${sized("a")}`),
  refused(2, `\x02${sized("a")}${sized("a")}`),
  refused(2, "\x02\xc0\x07\xc0\x07"),
  refused(4, `\x02${sized("f")}`),
], { protocols: [2] });

transcript("RESTORE takes sorted sets whose scores are text or doubles", [
  restored(
    3,
    `\x04${sized("a")}\x031.5${sized("b")}\xfe${sized("c")}\xff${
      sized("d")
    }\x05-1e10`,
  ),
  [
    "ZRANGE k 0 -1 WITHSCORES",
    ["c", "-inf", "d", "-10000000000", "a", "1.5", "b", "inf"],
  ],
  ["OBJECT ENCODING k", "listpack"],
  restored(5, `\x01${sized(LONG)}\0\0\0\0\0\0\xf8\x3f`),
  ["ZRANGE k 0 -1 WITHSCORES", [LONG, "1.5"]],
  ["OBJECT ENCODING k", "skiplist"],
  refused(3, "\x00"),
  refused(5, "\x00"),
  refused(3, `\x01${sized("a")}\xfd`),
  refused(5, `\x01${sized("a")}\0\0\0\0\0\0\xf8\x7f`),
  refused(5, `\x02${`${sized("a")}\0\0\0\0\0\0\xf8\x3f`.repeat(2)}`),
], { protocols: [2] });

const ZIPLIST = ziplist(
  ziplistText("f"),
  ziplistText(LONG),
  ziplistText("g"),
  "\xfe\x80",
  ziplistText("h"),
  "\xc0\xff\x7f",
  ziplistText("i"),
  "\xf0\x00\x00\x80",
  ziplistText("j"),
  "\xd0\xff\xff\xff\x7f",
  ziplistText("l"),
  `\xe0${little(2n ** 53n + 1n, 8)}`,
  "\xf1",
  "\xfd",
);
const ELEMENTS = [
  ...["f", LONG, "g", "-128", "h", "32767", "i", "-8388608"],
  ...["j", "2147483647", "l", "9007199254740993", "0", "12"],
];

transcript(
  "RESTORE takes what is a ziplist",
  [
    restored(10, sized(ZIPLIST)),
    ["LRANGE k 0 -1", ELEMENTS],
    ["OBJECT ENCODING k", "quicklist"],
    restored(14, `\x02${sized(ZIPLIST)}${sized(ziplist("\xf2"))}`),
    ["LRANGE k 0 -1", [...ELEMENTS, "1"]],
    restored(14, `\x02${sized(ziplist())}${sized(ziplist("\xf2"))}`),
    ["LRANGE k 0 -1", ["1"]],
    restored(13, sized(ZIPLIST)),
    ["HGETALL k", ELEMENTS],
    // However long the values: their number alone decides.
    ["OBJECT ENCODING k", "listpack"],
    restored(12, sized(ziplist(ziplistText("m"), "\xf3"))),
    ["ZRANGE k 0 -1 WITHSCORES", ["m", "2"]],
    restored(
      12,
      sized(ziplist(ziplistText(LONG), ziplistText("1.5"), "\xf4", "\xf5")),
    ),
    ["ZRANGE k 0 -1 WITHSCORES", [LONG, "1.5", "3", "4"]],
    ["OBJECT ENCODING k", "listpack"],
    refused(10, sized(ziplist())),
    refused(12, sized(ziplist())),
    refused(13, sized(ziplist())),
    refused(14, "\x00"),
    refused(14, `\x01${sized(ziplist())}`),
    refused(13, sized(ziplist("\xf1"))),
    refused(13, sized(ziplist("\xf1", "\xf2", "\xf1", "\xf2"))),
    refused(10, sized(ZIPLIST.slice(0, -1))),
    refused(10, sized(ZIPLIST.replace("\xfe\x80", "\xf0\x80"))),
  ],
  { protocols: [2] },
);

transcript("RESTORE takes hashes that are zipmaps", [
  restored(
    9,
    sized(`\x02\x01f\x02\x03v1...\x01g\xfe${little(300, 4)}\x00${LONG}\xff`),
  ),
  ["HGET k f", "v1"],
  ["HGET k g", LONG],
  ["OBJECT ENCODING k", "hashtable"],
  restored(9, sized("\x02\x01f\x01\x00v\x01g\x01\x00w\xff")),
  ["HGETALL k", ["f", "v", "g", "w"]],
  ["OBJECT ENCODING k", "listpack"],
  refused(9, sized("\x02\x01f\x01\x00v\x01f\x01\x00w\xff")),
  refused(9, sized("\x01\x01f\x01\x00v\x01g\x01\x00w\xff")),
  refused(9, sized("\x01\x01f\x05\x00v\xff")),
  refused(9, sized("\x01\x01f\xff")),
], { protocols: [2] });

transcript("RESTORE takes streams as Redis 6.2 has them", [
  restored(
    15,
    `\x01${sized(`${"\0".repeat(7)}\x05${"\0".repeat(7)}\x01`)}${
      sized(listpack(
        // One entry, one deleted, one field.
        ...["\x01", "\x01", "\x01", "\x81f", "\x00"],
        ...["\x03", "\x00", "\x00", "\x81v", "\x04"],
        ...["\x02", "\x01", "\x00", "\x81w", "\x04"],
      ))
    }\x01\x06\x01\x01${sized("g")}\x06\x01\x00\x00`,
  ),
  ["XRANGE k - +", [["6-1", ["f", "w"]]]],
  ["XINFO GROUPS k", [[
    ...["name", "g", "consumers", 0, "pending", 0],
    ...["last-delivered-id", "6-1", "entries-read", 1, "lag", 0],
  ]]],
], { protocols: [2] });

transcript("RESTORE refuses module data, unknown types and what is damaged", [
  refused(6, "\x81\x41\x29\xf1\x44\x10\x41\x04\x00"),
  refused(7, "\x81\x41\x29\xf1\x44\x10\x41\x04\x00\x00"),
  refused(8, "\x00"),
  refused(22, "\x00"),
  refused(255, ""),
  refused(11, sized(`${little(2, 4)}${little(2, 4)}${little(1, 2)}`)),
  refused(11, sized(`${little(3, 4)}${little(1, 4)}${little(1, 3)}`)),
  refused(16, sized("\x0b\0\0\0\x03\0\x81a\x02\x01\xff")),
  refused(17, sized(listpack())),
  refused(18, "\x01\x03\x01a"),
  [
    ["RESTORE", "new", "0", payload(0, "\x01a", 12)],
    error("ERR DUMP payload version or checksum are wrong"),
  ],
  ["DBSIZE", 0],
], { protocols: [2], config: { "sanitize-dump-payload": "yes" } });

transcript("RESTORE takes the layouts of Redis 7.2", [
  [["RESTORE", "k", "0", payload(0, "\x01a", 11)], OK],
  ["GET k", "a"],
  [[
    "RESTORE",
    "k",
    "0",
    payload(20, sized(listpack("\x81a", "\x07")), 11),
    "REPLACE",
  ], OK],
  ["SMEMBERS k", unordered(["a", "7"])],
  [[
    "RESTORE",
    "k",
    "0",
    payload(
      21,
      `\x00\x00\x06\x01\x00\x00\x00\x00\x09\x01${sized("g")}\x06\x01\x02\x01${
        "\0".repeat(7)
      }\x05${"\0".repeat(7)}\x01${little(9, 8)}\x03\x01${sized("c")}${
        little(8, 8)
      }${little(9, 8)}\x01${"\0".repeat(7)}\x05${"\0".repeat(7)}\x01`,
      11,
    ),
    "REPLACE",
  ], OK],
  ["TYPE k", status("stream")],
  ["XPENDING k g", [1, "5-1", "5-1", [["c", "1"]]]],
], { oursOnly: "redis-server 7.0 has no such layouts", protocols: [2] });
