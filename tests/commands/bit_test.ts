import { error, OK, QUEUED, transcript } from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const BAD_OFFSET = error("ERR bit offset is not an integer or out of range");
const BAD_BIT = error("ERR bit is not an integer or out of range");

transcript("SETBIT replies the old bit and grows the string with zero bits", [
  ["SETBIT k 1 1", 0],
  ["GET k", "@"],
  ["SETBIT k 1 0", 1],
  ["GET k", "\0"],
  ["SETBIT k 23 1", 0],
  ["GET k", "\0\0\x01"],
  ["SETBIT k 100 0", 0],
  ["STRLEN k", 13],
  ["SETBIT n 0 0", 0],
  ["GET n", "\0"],
  ["SET k 1 EX 100", OK],
  ["SETBIT k 6 1", 0],
  ["GET k", "3"],
  ["TTL k", 100],
  ["OBJECT ENCODING k", "raw"],
  ["SET k 1", OK],
  ["SETBIT k 0 0", 0],
  ["OBJECT ENCODING k", "raw"],
]);

transcript("GETBIT replies a bit, 0 beyond the end", [
  ["GETBIT k 0", 0],
  ["SET k 1", OK],
  ["GETBIT k 0", 0],
  ["GETBIT k 2", 1],
  ["GETBIT k 7", 1],
  ["GETBIT k 8", 0],
  ["GETBIT k 4294967295", 0],
  [["SET", "k", "\xff\x80"], OK],
  ["GETBIT k 0", 1],
  ["GETBIT k 8", 1],
  ["GETBIT k 9", 0],
  ["APPEND k a", 3],
  ["GETBIT k 17", 1],
  ["GETBIT k 24", 0],
]);

transcript("SETBIT and GETBIT refuse what they cannot do", [
  ["SETBIT k 1", error("ERR wrong number of arguments for 'setbit' command")],
  ["GETBIT k", error("ERR wrong number of arguments for 'getbit' command")],
  ["SETBIT k x 1", BAD_OFFSET],
  ["SETBIT k -1 1", BAD_OFFSET],
  ["SETBIT k 4294967296 1", BAD_OFFSET],
  ["SETBIT k 9223372036854775808 x", BAD_OFFSET],
  ["SETBIT k #1 1", BAD_OFFSET],
  ["SETBIT k 1 x", BAD_BIT],
  ["SETBIT k 1 2", BAD_BIT],
  ["SETBIT k 1 -1", BAD_BIT],
  ["SETBIT k 1 9223372036854775807", BAD_BIT],
  ["GETBIT k x", BAD_OFFSET],
  ["GETBIT k -1", BAD_OFFSET],
  ["GETBIT k 4294967296", BAD_OFFSET],
  ["EXISTS k", 0],
  ["RPUSH l x", 1],
  ["SETBIT l 0 1", WRONG_TYPE],
  ["SETBIT l 0 2", BAD_BIT],
  ["GETBIT l 0", WRONG_TYPE],
]);

transcript("SETBIT and GETBIT run inside MULTI", [
  ["MULTI", OK],
  ["SETBIT k 7 1", QUEUED],
  ["SETBIT k x 1", QUEUED],
  ["GETBIT k 7", QUEUED],
  ["EXEC", [0, BAD_OFFSET, 1]],
]);
