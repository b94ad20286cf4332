import { announcements } from "../helpers/announced.ts";

/** The string "v", as DUMP answers it. */
const V = "\x00\x01v\n\x00\x91\x08\xce\xb2\x198\x8a\xce";

announcements("commands on keys", [
  ["MSET a 1 b 2|DEL a none b a", ["del 0 a", "del 0 b"]],
  ["MSET a 1 b 2|UNLINK b", ["del 0 b"]],
  ["SET a 1|EXPIRE a 100", ["expire 0 a"]],
  ["SET a 1|PEXPIREAT a 9000000000000", ["expire 0 a"]],
  ["SET a 1|EXPIRE a 100 XX", []],
  ["EXPIRE a 100", []],
  ["SET a 1|EXPIRE a 0", ["del 0 a"]],
  ["SET a 1|PERSIST a", []],
  ["SET a 1 EX 100|PERSIST a", ["persist 0 a"]],
  ["SET a 1 EX 100|RENAME a b", ["rename_from 0 a", "rename_to 0 b"]],
  ["MSET a 1 b 1|RENAME a b", ["rename_from 0 a", "rename_to 0 b"]],
  ["SET a 1|RENAME a a", []],
  ["SET a 1|RENAMENX a b", ["rename_from 0 a", "rename_to 0 b"]],
  ["MSET a 1 b 1|RENAMENX a b", []],
  ["SET a 1 EX 100|MOVE a 3", ["move_from 0 a", "move_to 3 a"]],
  ["MOVE a 3", []],
  ["SET a 1|COPY a b", ["copy_to 0 b"]],
  ["SET a 1 EX 100|COPY a a DB 2", ["copy_to 2 a"]],
  ["MSET a 1 b 1|COPY a b", []],
  ["MSET a 1 b 1|COPY a b REPLACE", ["copy_to 0 b"]],
  ["MSET a 1 b 1|TOUCH a b", []],
  ["SET a 1|DUMP a", []],
  [`RESTORE a 0 ${V}`, ["restore 0 a"]],
  [`SET a 1|RESTORE a 100 ${V} REPLACE`, ["restore 0 a"]],
  [`SET a 1|RESTORE a 1 ${V} REPLACE ABSTTL`, ["del 0 a"]],
  [`RESTORE a 1 ${V} ABSTTL`, []],
  ["MSET a 1 b 1|FLUSHALL", []],
  ["MSET a 1 b 1|SWAPDB 0 1", []],
]);
