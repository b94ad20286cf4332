import {
  advance,
  error,
  nil,
  nilArray,
  OK,
  on,
  oneOf,
  QUEUED,
  status,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

const wrongArity = (command: string) =>
  error(`ERR wrong number of arguments for '${command}' command`);

transcript("commands on keys refuse the wrong number of arguments", [
  ["DEL", wrongArity("del")],
  ["UNLINK", wrongArity("unlink")],
  ["EXISTS", wrongArity("exists")],
  ["TOUCH", wrongArity("touch")],
  ["TYPE", wrongArity("type")],
  ["TYPE a b", wrongArity("type")],
  ["KEYS", wrongArity("keys")],
  ["KEYS a b", wrongArity("keys")],
  ["RANDOMKEY x", wrongArity("randomkey")],
]);

for (const command of ["DEL", "UNLINK"]) {
  transcript(`${command} removes keys of any type and counts those it found`, [
    ["SET s v", OK],
    ["RPUSH l a b c", 3],
    [["SET", "b\x00\xff\r\n", "v"], OK],
    [[command, "s", "none", "l", "s", "b\x00\xff\r\n"], 3],
    ["EXISTS s l", 0],
    [`${command} s`, 0],
    ["DBSIZE", 0],
  ]);

  transcript(`${command} does not count a key that has expired`, [
    ["SET k v PX 10", OK],
    [advance(11)],
    [`${command} k`, 0],
  ]);

  transcript(`${command} breaks WATCH if the key was there`, [
    ["SET k v", OK],
    ["WATCH none", OK],
    [on("b", `${command} none`), 0],
    ["MULTI", OK],
    [`${command} k k`, QUEUED],
    ["EXEC", [1]],
    ["SET k v", OK],
    ["WATCH k", OK],
    [on("b", `${command} k`), 1],
    ["MULTI", OK],
    ["PING", QUEUED],
    ["EXEC", nilArray],
  ]);
}

transcript("EXISTS counts a key as often as it is named", [
  ["SET a 1", OK],
  ["RPUSH l x", 1],
  ["EXISTS a", 1],
  ["EXISTS a l a none a", 4],
  ["EXISTS none", 0],
  ["EXISTS ''", 0],
  ["SET '' empty", OK],
  ["EXISTS ''", 1],
]);

transcript("EXISTS does not see a key that has expired", [
  ["SET k v PX 10", OK],
  ["EXISTS k", 1],
  [advance(11)],
  ["EXISTS k", 0],
]);

transcript("TOUCH counts the keys that exist", [
  ["SET a 1", OK],
  ["SET b 1", OK],
  ["TOUCH a none b a", 3],
  ["TOUCH none", 0],
]);

transcript("TOUCH resets the idle time, OBJECT does not", [
  ["SET a 1", OK],
  [advance(5000)],
  ["OBJECT ENCODING a", "int"],
  ["TYPE a", status("string")],
  ["TTL a", -1],
  ["EXISTS a", 1],
  ["OBJECT IDLETIME a", 5],
  ["TOUCH a", 1],
  ["OBJECT IDLETIME a", 0],
], { oursOnly: "five seconds are too long to wait for" });

transcript("TYPE names the type, none where there is no key", [
  ["TYPE none", status("none")],
  ["SET s v", OK],
  ["TYPE s", status("string")],
  ["APPEND s w", 2],
  ["TYPE s", status("string")],
  ["RPUSH l x", 1],
  ["TYPE l", status("list")],
  ["LPOP l", "x"],
  ["TYPE l", status("none")],
  ["SET s v PX 10", OK],
  [advance(11)],
  ["TYPE s", status("none")],
]);

transcript("KEYS answers the keys that match", [
  ["KEYS *", []],
  ["MSET hello 1 hallo 2 hxllo 3 foo 4 h*llo 5", OK],
  ["KEYS foo", ["foo"]],
  ["KEYS nope*", []],
  ["KEYS h[ae]llo", unordered(["hello", "hallo"])],
  ["KEYS h?llo", unordered(["hello", "hallo", "hxllo", "h*llo"])],
  ["KEYS h\\\\*llo", oneOf([], ["h*llo"])],
  [["KEYS", "h\\*llo"], ["h*llo"]],
  ["KEYS H*", []],
  ["KEYS *", unordered(["hello", "hallo", "hxllo", "foo", "h*llo"])],
  ["KEYS ''", []],
  ["SET '' v", OK],
  ["KEYS ''", [""]],
]);

transcript("KEYS takes keys and patterns of any bytes", [
  [["SET", "a\x00\xff\n", "v"], OK],
  [["KEYS", "a\x00*"], ["a\x00\xff\n"]],
  [["KEYS", "a?\xff[\n]"], ["a\x00\xff\n"]],
]);

transcript("KEYS does not answer keys that have expired", [
  ["SET a v PX 10", OK],
  ["SET b v", OK],
  [advance(11)],
  ["KEYS *", ["b"]],
  ["KEYS [ab]", ["b"]],
]);

transcript("RANDOMKEY answers a key, null when there is none", [
  ["RANDOMKEY", nil],
  ["SET a v", OK],
  ["RANDOMKEY", "a"],
  ["SET b v", OK],
  ["RANDOMKEY", oneOf("a", "b")],
  ["PEXPIRE a 10", 1],
  [advance(11)],
  ["RANDOMKEY", "b"],
  ["DEL b", 1],
  ["RANDOMKEY", nil],
]);
