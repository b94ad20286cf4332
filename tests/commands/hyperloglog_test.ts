import { comparison, type Words } from "../fuzz/comparison.ts";
import type { TestRandom } from "../helpers/seeded.ts";
import {
  advance,
  any,
  error,
  nilArray,
  OK,
  on,
  QUEUED,
  status,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const NOT_A_HYPERLOGLOG = error(
  "WRONGTYPE Key is not a valid HyperLogLog string value.",
);
const CORRUPTED = error("INVALIDOBJ Corrupted HLL object detected");
const HEADER = "HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80";
const EMPTY = `${HEADER}\x7f\xff`;

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript(
  "HyperLogLog commands give up on more runs than there are registers, however many follow",
  [
    [["SET", "h", `${HEADER}${"\x3f".repeat(2_000_000)}\xff`], OK],
    ["PFCOUNT h", CORRUPTED],
    ["PFCOUNT h h", CORRUPTED],
    ["PFDEBUG GETREG h", CORRUPTED],
    ["PFMERGE h h", CORRUPTED],
  ],
  { strict: false },
);

transcript("HyperLogLog commands refuse what is wrong", [
  ["PFADD", wrongArity("pfadd")],
  ["PFCOUNT", wrongArity("pfcount")],
  ["PFMERGE", wrongArity("pfmerge")],
  ["PFDEBUG ENCODING", wrongArity("pfdebug")],
  ["PFDEBUG ENCODING k x", wrongArity("pfdebug")],
  ["PFSELFTEST x", wrongArity("pfselftest")],
  ["RPUSH l x", 1],
  ["PFADD l a", WRONG_TYPE],
  ["PFCOUNT l", WRONG_TYPE],
  ["PFCOUNT k l", WRONG_TYPE],
  ["PFMERGE l", WRONG_TYPE],
  ["PFMERGE k l", WRONG_TYPE],
  ["PFDEBUG ENCODING l", WRONG_TYPE],
  ["EXISTS k", 0],
  ["SET n 12345", OK],
  ["PFADD n a", NOT_A_HYPERLOGLOG],
  ["PFCOUNT n", NOT_A_HYPERLOGLOG],
  ["PFCOUNT k n", NOT_A_HYPERLOGLOG],
  ["PFMERGE k n", NOT_A_HYPERLOGLOG],
  ["PFDEBUG DECODE n", NOT_A_HYPERLOGLOG],
  [["SET", "n", "HYLL\x02\0\0\0\0\0\0\0\0\0\0\0\0\0"], OK],
  ["PFADD n a", NOT_A_HYPERLOGLOG],
  [["SET", "n", "HYLL\0\0\0\0\0\0\0\0\0\0\0\0"], OK],
  ["PFADD n a", NOT_A_HYPERLOGLOG],
  [["SET", "n", "HYLL\x01\0\0\0\0\0\0\0\0\0\0"], OK],
  ["PFADD n a", NOT_A_HYPERLOGLOG],
  ["PFDEBUG ENCODING k", error("ERR The specified key does not exist")],
  ["PFADD k", 1],
  ["PFDEBUG FOO k", error("ERR Unknown PFDEBUG subcommand 'FOO'")],
]);

transcript("a corrupted HyperLogLog is noticed", [
  [["SET", "k", HEADER], OK],
  ["PFADD k a", CORRUPTED],
  ["PFCOUNT k", CORRUPTED],
  ["PFCOUNT k x", CORRUPTED],
  ["PFMERGE x k", CORRUPTED],
  ["PFDEBUG GETREG k", CORRUPTED],
  ["PFDEBUG TODENSE k", CORRUPTED],
  ["PFDEBUG DECODE k", ""],
  [["SET", "k", `${EMPTY}\x00`], OK],
  ["PFCOUNT k", CORRUPTED],
  ["PFDEBUG DECODE k", "Z:16384 z:1"],
  ["PFADD k a", 1],
  ["PFCOUNT k", CORRUPTED],
  [["SET", "k", `${HEADER}\x7f`], OK],
  ["PFADD k a", 1],
  ["PFCOUNT k", CORRUPTED],
  ["EXISTS x", 0],
]);

transcript("PFADD makes and changes what Redis makes", [
  ["PFADD k", 1],
  ["PFADD k", 0],
  ["GET k", EMPTY],
  ["OBJECT ENCODING k", "raw"],
  ["PFADD k a b c", 1],
  ["PFADD k a c", 0],
  ["PFADD k d a", 1],
  ["PFDEBUG ENCODING k", status("sparse")],
  ["PFCOUNT k", 4],
  [["PFADD", "k", "", "\0", "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7"], 1],
  ["PFCOUNT k", 7],
  ["EXPIRE k 100", 1],
  ["PFADD k e", 1],
  ["TTL k", 100],
  ["PFDEBUG TODENSE k", 1],
  ["PFDEBUG TODENSE k", 0],
  ["PFDEBUG DECODE k", error("ERR HLL encoding is not sparse")],
  ["STRLEN k", 12304],
  ["PFCOUNT k", 8],
  ["TTL k", 100],
  ["PFADD k e", 0],
  ["PFADD k f", 1],
  ["PFCOUNT k missing", 9],
  ["SET s x PX 10", OK],
  [advance(11)],
  ["PFCOUNT s", 0],
  ["PFADD s x", 1],
]);

transcript("PFCOUNT of one key notes the count, which is a change", [
  ["PFCOUNT k", 0],
  ["PFADD k a", 1],
  ["WATCH k", OK],
  ["MULTI", OK],
  ["PING", QUEUED],
  [on("b", "PFCOUNT k"), 1],
  ["EXEC", nilArray],
  ["GETRANGE k 8 15", "\x01\0\0\0\0\0\0\0"],
  ["WATCH k", OK],
  ["MULTI", OK],
  ["PFADD k b", QUEUED],
  ["PFMERGE k", QUEUED],
  [on("b", "PFCOUNT k"), 1],
  ["EXEC", [1, OK]],
  ["GETRANGE k 15 15", "\x80"],
  [["SETRANGE", "k", "8", "\xff\xff\xff\xff\xff\xff\xff\x7f"], 24],
  ["PFCOUNT k", 9223372036854775807n],
  ["SETRANGE k 14 1", 24],
  ["SETBIT k 120 1", 0],
  ["PFCOUNT k", 2],
]);

transcript("PFMERGE makes a union, dense if any source is", [
  ["PFADD a 1 2 3", 1],
  ["PFADD b 3 4", 1],
  ["PFMERGE c", OK],
  ["GET c", EMPTY],
  ["PFMERGE c a b missing", OK],
  ["PFCOUNT c", 4],
  ["PFCOUNT a b c", 4],
  ["PFDEBUG ENCODING c", status("sparse")],
  ["PFDEBUG TODENSE b", 1],
  ["PFMERGE c b", OK],
  ["PFDEBUG ENCODING c", status("dense")],
  ["PFADD c x", 1],
  ["PFCOUNT c", 5],
  ["PFMERGE d c a", OK],
  ["PFCOUNT d", 5],
]);

transcript("registers that no hash can have set make no number", [
  ["PFADD k", 1],
  ["PFDEBUG TODENSE k", 1],
  [["SETRANGE", "k", "16", "\xff".repeat(12288)], 12304],
  ["PFCOUNT k", -9223372036854775808n],
  [["SETRANGE", "k", "16", "\xf3\x3c\xcf".repeat(4096)], 12304],
  ["PFCOUNT k", -9223372036854775808n],
]);

transcript("hll-sparse-max-bytes decides when a HyperLogLog becomes dense", [
  ["CONFIG SET hll-sparse-max-bytes 30", OK],
  ["PFADD k a b c d", 1],
  ["PFDEBUG ENCODING k", status("sparse")],
  ["PFADD k e f", 1],
  ["PFDEBUG ENCODING k", status("dense")],
  ["CONFIG SET hll-sparse-max-bytes 0", OK],
  ["PFADD l", 1],
  ["PFDEBUG ENCODING l", status("sparse")],
  ["PFADD l a", 1],
  ["PFDEBUG ENCODING l", status("dense")],
  ["CONFIG SET hll-sparse-max-bytes 3000", OK],
]);

transcript("PFDEBUG lets WATCH know nothing of what it makes dense", [
  ["PFADD a x", 1],
  ["PFADD b x", 1],
  ["WATCH a b", OK],
  [on("b", "PFDEBUG GETREG a"), any],
  [on("b", "PFDEBUG TODENSE b"), 1],
  ["MULTI", OK],
  ["PFDEBUG ENCODING a", QUEUED],
  ["PFDEBUG ENCODING b", QUEUED],
  ["EXEC", [status("dense"), status("dense")]],
]);

comparison(
  "random HyperLogLog commands leave the bytes that redis-server has",
  (random) => ({
    counted: true,
    settings: {
      "hll-sparse-max-bytes": random.pick(["64", "500", "3000", "16000"]),
    },
    lines: random.list(150, () => command(random)),
  }),
  { runs: 3 },
);

function command(random: TestRandom): Words {
  const key = () => random.pick(["a", "b", "c", "d"]);
  const element = () => random.bytes(random.below(20));
  const forms: readonly (() => Words)[] = [
    () => ["PFADD", key(), ...random.list(random.below(12), element)],
    () => ["PFADD", key(), ...random.list(random.below(300), element)],
    () => ["GET", key()],
    () => ["GET", key()],
    () => ["PFCOUNT", key()],
    () => ["PFCOUNT", key(), key(), key()],
    () => ["PFMERGE", key(), key()],
    () => ["PFDEBUG", random.pick(["ENCODING", "DECODE"]), key()],
    () => ["PFDEBUG", "GETREG", key()],
    () => ["COPY", key(), key()],
    () => ["DEL", key()],
    () => ["DEBUG", "DIGEST"],
  ];
  return random.pick(forms)();
}
