import { error, nil, OK, QUEUED, transcript } from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const BAD_OFFSET = error("ERR bit offset is not an integer or out of range");
const BAD_TYPE = error(
  "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);
const ONLY_GET = error("ERR BITFIELD_RO only supports the GET subcommand");

transcript("BITFIELD refuses what is wrong and changes nothing", [
  ["BITFIELD", error("ERR wrong number of arguments for 'bitfield' command")],
  [
    "BITFIELD_RO",
    error("ERR wrong number of arguments for 'bitfield_ro' command"),
  ],
  ["BITFIELD k x", SYNTAX_ERROR],
  ["BITFIELD k GET u8", SYNTAX_ERROR],
  ["BITFIELD k SET u8 0", SYNTAX_ERROR],
  ["BITFIELD k INCRBY u8 0", SYNTAX_ERROR],
  ["BITFIELD k OVERFLOW", SYNTAX_ERROR],
  ["BITFIELD k OVERFLOW x", error("ERR Invalid OVERFLOW type specified")],
  ["BITFIELD k SET u8 0 1 SET u64 0 1", BAD_TYPE],
  ["BITFIELD k GET i65 0", BAD_TYPE],
  ["BITFIELD k GET u0 0", BAD_TYPE],
  ["BITFIELD k GET i0 0", BAD_TYPE],
  ["BITFIELD k GET U8 0", BAD_TYPE],
  ["BITFIELD k GET u08 0", BAD_TYPE],
  ["BITFIELD k GET u 0", BAD_TYPE],
  [["BITFIELD", "k", "GET", "", "0"], BAD_TYPE],
  ["BITFIELD k GET 8 0", BAD_TYPE],
  ["BITFIELD k GET u8 -1", BAD_OFFSET],
  ["BITFIELD k GET u8 x", BAD_OFFSET],
  ["BITFIELD k GET u8 #", BAD_OFFSET],
  ["BITFIELD k GET u8 #-1", BAD_OFFSET],
  ["BITFIELD k GET u8 4294967296", BAD_OFFSET],
  ["BITFIELD k GET u8 #536870912", BAD_OFFSET],
  ["BITFIELD k SET u8 0 x", NOT_AN_INTEGER],
  ["BITFIELD k SET u8 0 9223372036854775808", NOT_AN_INTEGER],
  ["EXISTS k", 0],
  ["RPUSH l x", 1],
  ["BITFIELD l", WRONG_TYPE],
  ["BITFIELD l GET u8 0", WRONG_TYPE],
  ["BITFIELD l SET u8 0 1", WRONG_TYPE],
  ["BITFIELD_RO l GET u8 0", WRONG_TYPE],
  ["BITFIELD_RO l SET u8 0 1", ONLY_GET],
  ["BITFIELD_RO k INCRBY u8 0 1", ONLY_GET],
  ["BITFIELD_RO k OVERFLOW SAT GET u8 0", [0]],
  ["EXISTS k", 0],
]);

transcript("BITFIELD reads fields at any bit, and zeros beyond the end", [
  ["BITFIELD k", []],
  ["BITFIELD k GET u8 0 GET i64 100", [0, 0]],
  ["EXISTS k", 0],
  [["SET", "k", "\xff\x0f\xf0\x80\x00\x00\x00\x00\x01"], OK],
  ["BITFIELD k GET u1 0 GET i1 0 GET u12 4 GET i12 4", [1, -1, 3855, -241]],
  ["BITFIELD k GET u63 0", [9189586518434381824n]],
  ["BITFIELD k GET i64 0", [-67571036840787968n]],
  ["BITFIELD k GET i64 8 GET i53 1 GET u53 1 GET i54 1", [
    1148558642467831809n,
    -65987340664832n,
    8941211914076160n,
    -131974681329664n,
  ]],
  ["BITFIELD k GET u8 #1 GET u8 #8 GET u8 #9 GET u16 64", [15, 1, 0, 256]],
  ["BITFIELD_RO k GET u4 12 GET u3 #2", [15, 6]],
  ["SET n 12345", OK],
  ["BITFIELD n GET u8 0 GET u16 32", [49, 13568]],
  ["OBJECT ENCODING n", "int"],
  [["BITFIELD", "n", "GET", "u8\0x", "0"], [49]],
]);

transcript("BITFIELD sets fields and replies what they were", [
  ["BITFIELD k SET u8 0 255 SET u4 12 15 GET u16 0", [0, 0, 65295]],
  ["GET k", "\xff\x0f"],
  ["BITFIELD k SET i64 #1 -2 GET i64 64", [0, -2]],
  ["STRLEN k", 16],
  ["BITFIELD k SET i64 3 -9223372036854775808 GET i64 3", [
    -542683755098144761n,
    -9223372036854775808n,
  ]],
  ["BITFIELD k SET u63 65 9223372036854775807", [2305843009213693950n]],
  ["BITFIELD k SET u63 65 1 GET u63 65", [9223372036854775807n, 1]],
  ["SET n 1 EX 100", OK],
  ["BITFIELD n SET u3 5 0", [1]],
  ["GET n", "0"],
  ["TTL n", 100],
  ["OBJECT ENCODING n", "raw"],
  ["BITFIELD n SET u1 0 2 SET u1 0 -1 GET u8 0", [0, 0, 176]],
]);

transcript("BITFIELD wraps around, saturates or fails on overflow", [
  ["BITFIELD k INCRBY u8 0 300", [44]],
  ["BITFIELD k INCRBY u8 0 -45", [255]],
  ["BITFIELD k INCRBY i8 8 128", [-128]],
  ["BITFIELD k OVERFLOW WRAP INCRBY i8 8 -1", [127]],
  ["BITFIELD k OVERFLOW SAT INCRBY u8 0 1 INCRBY u8 0 -1000", [255, 0]],
  ["BITFIELD k OVERFLOW SAT INCRBY i8 8 1 INCRBY i8 8 -300", [127, -128]],
  ["BITFIELD k OVERFLOW FAIL INCRBY i8 8 -1 INCRBY i8 8 1", [nil, -127]],
  ["BITFIELD k OVERFLOW FAIL SET u8 0 256 SET u8 0 -1 SET u8 0 9", [
    nil,
    nil,
    0,
  ]],
  ["BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0", [9, 255]],
  ["BITFIELD k OVERFLOW SAT SET i8 0 -129 GET i8 0", [-1, -128]],
  ["BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0", [
    -128,
    127,
  ]],
  [
    "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775680 GET i8 0",
    [127, -128],
  ],
  [
    "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775681 GET i8 0",
    [-128, 127],
  ],
  ["BITFIELD k SET i8 0 -9223372036854775680 GET i8 0", [127, -128]],
  ["BITFIELD k SET i64 64 9223372036854775807 INCRBY i64 64 1", [
    0,
    -9223372036854775808n,
  ]],
  ["BITFIELD k OVERFLOW SAT INCRBY i64 64 -1", [-9223372036854775808n]],
  ["BITFIELD k OVERFLOW FAIL INCRBY i64 64 -1", [nil]],
  ["BITFIELD k SET u63 64 9223372036854775807 INCRBY u63 64 9", [
    4611686018427387904n,
    8,
  ]],
  ["BITFIELD k OVERFLOW SAT INCRBY u63 64 9223372036854775807", [
    9223372036854775807n,
  ]],
  ["BITFIELD k OVERFLOW SAT INCRBY u63 64 -9223372036854775808", [0]],
]);

transcript("BITFIELD grows the string even when the field fails to change", [
  ["WATCH k", OK],
  ["BITFIELD k OVERFLOW FAIL SET u8 8 256", [nil]],
  ["MULTI", OK],
  ["STRLEN k", QUEUED],
  // Nobody is told of that.
  ["EXEC", [2]],
  ["WATCH k", OK],
  ["BITFIELD k SET u8 0 0", [0]],
  ["MULTI", OK],
  ["BITFIELD k INCRBY u2 #1 1", QUEUED],
  ["BITFIELD k GET u9 x", QUEUED],
  ["EXEC", [[1], BAD_OFFSET]],
]);
