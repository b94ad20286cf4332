import {
  advance,
  error,
  map,
  nil,
  OK,
  QUEUED,
  status,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const NOT_A_FLOAT = error("ERR value is not a valid float");
const OVERFLOW = error("ERR increment or decrement would overflow");
const INT64_MAX = "9223372036854775807";
const INT64_MIN = "-9223372036854775808";
const LONG = "x".repeat(65);

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript("HSET sets fields and counts those that are new", [
  ["HSET k a 1 b 2", 2],
  ["HSET k a 3 c 4 c 5", 1],
  ["HGETALL k", map([["a", "3"], ["b", "2"], ["c", "5"]])],
  [["HSET", "k", "", ""], 1],
  [["HGET", "k", ""], ""],
  [["HSET", "k", "\xff\0\r\n", "\0\xfe"], 1],
  [["HGET", "k", "\xff\0\r\n"], "\0\xfe"],
  ["HLEN k", 5],
  ["TYPE k", status("hash")],
]);

transcript("HMSET sets fields and says OK", [
  ["HMSET k a 1 b 2", OK],
  ["HMSET k a 3", OK],
  ["HMGET k a b c", ["3", "2", nil]],
]);

transcript("HSETNX sets a field that is not there yet", [
  ["HSETNX k a 1", 1],
  ["HSETNX k a 2", 0],
  ["HSETNX k b 2", 1],
  ["HMGET k a b", ["1", "2"]],
]);

transcript("HDEL deletes fields, and the key with the last one", [
  ["HSET k a 1 b 2 c 3 d 4", 4],
  ["HDEL k b none b", 1],
  ["HGETALL k", map([["a", "1"], ["c", "3"], ["d", "4"]])],
  ["HDEL k none", 0],
  ["HDEL k d c a none", 3],
  ["EXISTS k", 0],
  ["HDEL k a", 0],
]);

transcript("fields keep their order while the hash is a listpack", [
  ["HSET k 3 c 1 a 2 b", 3],
  ["HKEYS k", ["3", "1", "2"]],
  ["HVALS k", ["c", "a", "b"]],
  ["HSET k 1 new", 0],
  ["HKEYS k", ["3", "1", "2"]],
  ["HDEL k 3", 1],
  ["HSET k 3 c", 1],
  ["HKEYS k", ["1", "2", "3"]],
  ["COPY k l", 1],
  ["HKEYS l", ["1", "2", "3"]],
  ["HSET l 4 d", 1],
  ["HLEN k", 3],
]);

transcript("reading commands of hashes answer for what is not there", [
  ["HGET none f", nil],
  ["HMGET none a b", [nil, nil]],
  ["HLEN none", 0],
  ["HSTRLEN none f", 0],
  ["HEXISTS none f", 0],
  ["HKEYS none", []],
  ["HVALS none", []],
  ["HGETALL none", map([])],
  ["HRANDFIELD none", nil],
  ["HRANDFIELD none 3", []],
  ["HRANDFIELD none -3 WITHVALUES", []],
  ["HSCAN none 0", ["0", []]],
  ["HSET k f value", 1],
  ["HGET k none", nil],
  ["HSTRLEN k none", 0],
  ["HSTRLEN k f", 5],
  ["HEXISTS k none", 0],
  ["HEXISTS k f", 1],
]);

transcript("commands of hashes refuse a key that holds something else", [
  ["SET s text", OK],
  ["HSET s f v", WRONG_TYPE],
  ["HMSET s f v", WRONG_TYPE],
  ["HSETNX s f v", WRONG_TYPE],
  ["HGET s f", WRONG_TYPE],
  ["HMGET s f", WRONG_TYPE],
  ["HDEL s f", WRONG_TYPE],
  ["HLEN s", WRONG_TYPE],
  ["HSTRLEN s f", WRONG_TYPE],
  ["HEXISTS s f", WRONG_TYPE],
  ["HKEYS s", WRONG_TYPE],
  ["HVALS s", WRONG_TYPE],
  ["HGETALL s", WRONG_TYPE],
  ["HINCRBY s f 1", WRONG_TYPE],
  ["HINCRBY s f one", NOT_AN_INTEGER],
  ["HINCRBYFLOAT s f 1", WRONG_TYPE],
  ["HINCRBYFLOAT s f one", NOT_A_FLOAT],
  ["HRANDFIELD s", WRONG_TYPE],
  ["HRANDFIELD s 1", WRONG_TYPE],
  ["HSCAN s 0", WRONG_TYPE],
  ["HSCAN s 0 COUNT 0", WRONG_TYPE],
  ["HSCAN s x", error("ERR invalid cursor")],
  ["HSET h f v", 1],
  ["GET h", WRONG_TYPE],
  ["LPUSH h x", WRONG_TYPE],
]);

transcript("commands of hashes refuse command lines of the wrong length", [
  ["HSET k f", wrongArity("hset")],
  ["HSET k f v g", wrongArity("hset")],
  ["HMSET k f", wrongArity("hmset")],
  ["HMSET k f v g", wrongArity("hmset")],
  ["HSETNX k f", wrongArity("hsetnx")],
  ["HSETNX k f v g", wrongArity("hsetnx")],
  ["HGET k", wrongArity("hget")],
  ["HGET k f g", wrongArity("hget")],
  ["HMGET k", wrongArity("hmget")],
  ["HDEL k", wrongArity("hdel")],
  ["HLEN k f", wrongArity("hlen")],
  ["HSTRLEN k", wrongArity("hstrlen")],
  ["HEXISTS k", wrongArity("hexists")],
  ["HKEYS k f", wrongArity("hkeys")],
  ["HVALS", wrongArity("hvals")],
  ["HGETALL k f", wrongArity("hgetall")],
  ["HINCRBY k f", wrongArity("hincrby")],
  ["HINCRBYFLOAT k f 1 2", wrongArity("hincrbyfloat")],
  ["HRANDFIELD", wrongArity("hrandfield")],
  ["HSCAN k", wrongArity("hscan")],
  ["EXISTS k", 0],
]);

transcript("a hash that has expired is gone", [
  ["HSET k f v", 1],
  ["PEXPIRE k 20", 1],
  ["HGET k f", "v"],
  [advance(25)],
  ["HGET k f", nil],
  ["HDEL k f", 0],
  ["HSET k g w", 1],
  ["HGETALL k", map([["g", "w"]])],
  ["TTL k", -1],
]);

transcript("setting fields keeps the expiry of the hash", [
  ["HSET k f 1", 1],
  ["EXPIRE k 100", 1],
  ["HSET k g 2", 1],
  ["HINCRBY k f 1", 2],
  ["HDEL k g", 1],
  ["TTL k", 100],
]);

transcript("HINCRBY counts exactly up to 64 bits", [
  ["HINCRBY k f 5", 5],
  ["HINCRBY k f -7", -2],
  [`HINCRBY k g ${INT64_MAX}`, 9223372036854775807n],
  ["HINCRBY k g 1", OVERFLOW],
  ["HGET k g", INT64_MAX],
  [`HINCRBY k g ${INT64_MIN}`, -1],
  [`HINCRBY k h ${INT64_MIN}`, -9223372036854775808n],
  ["HINCRBY k h -1", OVERFLOW],
  ["HINCRBY k f 1.5", NOT_AN_INTEGER],
  ["HINCRBY k f +1", NOT_AN_INTEGER],
  ["HINCRBY k f 9223372036854775808", NOT_AN_INTEGER],
  [["HINCRBY", "k", "f", ""], NOT_AN_INTEGER],
  ["HSET k t text u 1.5 v 01", 3],
  ["HINCRBY k t 1", error("ERR hash value is not an integer")],
  ["HINCRBY k u 1", error("ERR hash value is not an integer")],
  ["HINCRBY k v 1", error("ERR hash value is not an integer")],
  ["HGET k t", "text"],
  ["HINCRBY none f one", NOT_AN_INTEGER],
  ["EXISTS none", 0],
]);

transcript("HINCRBYFLOAT counts in 80 bits", [
  ["HINCRBYFLOAT k f 10.5", "10.5"],
  ["HINCRBYFLOAT k f 0.1", "10.6"],
  ["HINCRBYFLOAT k f -5", "5.6"],
  ["HINCRBYFLOAT k f 5.0e3", "5005.60000000000000009"],
  ["HSET k i 3 j 1e10 t text", 3],
  ["HINCRBYFLOAT k i 1", "4"],
  ["HINCRBYFLOAT k j 0.5", "10000000000.5"],
  ["HINCRBYFLOAT k t 1", error("ERR hash value is not a float")],
  ["HINCRBYFLOAT k i one", NOT_A_FLOAT],
  ["HINCRBYFLOAT k i nan", NOT_A_FLOAT],
  [["HINCRBYFLOAT", "k", "i", " 1"], NOT_A_FLOAT],
  ["HINCRBYFLOAT k i inf", error("ERR value is NaN or Infinity")],
  ["HINCRBYFLOAT k i -inf", error("ERR value is NaN or Infinity")],
  ["HSET k i inf", 0],
  [
    "HINCRBYFLOAT k i 1",
    error("ERR increment would produce NaN or Infinity"),
  ],
  ["HGET k i", "inf"],
]);

transcript("a hash becomes a table with too many fields or one too long", [
  ["HSET k a 1 b 2 c 3", 3],
  ["OBJECT ENCODING k", "listpack"],
  ["HSET k d 4", 1],
  ["OBJECT ENCODING k", "hashtable"],
  ["HDEL k a b c", 3],
  ["OBJECT ENCODING k", "hashtable"],
  ["HSET l f 1234567890", 1],
  ["OBJECT ENCODING l", "listpack"],
  ["HSET l f 12345678901", 0],
  ["OBJECT ENCODING l", "hashtable"],
  ["HSETNX m 12345678901 v", 1],
  ["OBJECT ENCODING m", "hashtable"],
  ["HINCRBY n f 12345678901", 12345678901],
  ["OBJECT ENCODING n", "hashtable"],
  ["HINCRBYFLOAT o f 1234567890.5", "1234567890.5"],
  ["OBJECT ENCODING o", "hashtable"],
  ["COPY o p", 1],
  ["OBJECT ENCODING p", "hashtable"],
], {
  config: { "hash-max-listpack-entries": 3, "hash-max-listpack-value": 10 },
});

transcript("a hash with a long value is a table unless told", [
  ["HSET k a 1", 1],
  [["HSET", "k", "b", LONG], 1],
  ["OBJECT ENCODING k", "hashtable"],
  [["HSET", "l", LONG.slice(1), LONG.slice(1)], 1],
  ["OBJECT ENCODING l", "listpack"],
]);

transcript("hash-max-ziplist-entries and -value are other names of the same", [
  ["CONFIG SET hash-max-ziplist-entries 1", OK],
  [
    "CONFIG GET hash-max-listpack-entries",
    map([["hash-max-listpack-entries", "1"]]),
  ],
  ["HSET k a 1 b 2", 2],
  ["OBJECT ENCODING k", "hashtable"],
  ["CONFIG SET hash-max-listpack-entries 512 hash-max-ziplist-value 1", OK],
  ["HSET l a 11", 1],
  ["OBJECT ENCODING l", "hashtable"],
], { config: {} });

transcript("hash commands run inside MULTI", [
  ["MULTI", OK],
  ["HSET k f 1", QUEUED],
  ["HINCRBY k f 1", QUEUED],
  ["HGETALL k", QUEUED],
  ["HDEL k f", QUEUED],
  ["EXISTS k", QUEUED],
  ["EXEC", [1, 2, map([["f", "2"]]), 1, 0]],
]);
