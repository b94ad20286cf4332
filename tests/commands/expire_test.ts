import {
  advance,
  between,
  blocked,
  error,
  nil,
  nilArray,
  OK,
  on,
  QUEUED,
  received,
  sent,
  type Step,
  transcript,
} from "../helpers/transcript.ts";

const wrongArity = (command: string) =>
  error(`ERR wrong number of arguments for '${command}' command`);
const NO_INTEGER = error("ERR value is not an integer or out of range");
const invalid = (command: string) =>
  error(`ERR invalid expire time in '${command}' command`);

const SETTING = ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"];
const ASKING = ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"];

transcript("commands on expiry refuse the wrong number of arguments", [
  ...SETTING.flatMap((name): Step[] => [
    [name, wrongArity(name.toLowerCase())],
    [`${name} k`, wrongArity(name.toLowerCase())],
  ]),
  ...[...ASKING, "PERSIST"].flatMap((name): Step[] => [
    [name, wrongArity(name.toLowerCase())],
    [`${name} k x`, wrongArity(name.toLowerCase())],
  ]),
]);

transcript("times to live are asked for in seconds and milliseconds", [
  ["SET k v", OK],
  ...ASKING.flatMap((name): Step[] => [
    [`${name} k`, -1],
    [`${name} none`, -2],
  ]),
  ["EXPIRE k 100", 1],
  ["TTL k", 100],
  ["PTTL k", between(99_900, 100_000)],
  ["PEXPIRE k 5600", 1],
  ["TTL k", between(5, 6)],
  ["EXPIREAT k 33177117420", 1],
  ["EXPIRETIME k", 33177117420],
  ["PEXPIRETIME k", 33177117420000],
  ["PEXPIREAT k 33177117420499", 1],
  ["EXPIRETIME k", 33177117420],
  ["PEXPIRETIME k", 33177117420499],
  ["PEXPIREAT k 33177117420500", 1],
  ["EXPIRETIME k", 33177117421],
]);

transcript("a key lives to the millisecond", [
  ["SET k v", OK],
  ["PEXPIRE k 1500", 1],
  ["TTL k", 2],
  [advance(1)],
  ["TTL k", 1],
  ["PTTL k", 1499],
  [advance(1498)],
  ["PTTL k", 1],
  ["TTL k", 0],
  [advance(1)],
  ["TTL k", -2],
  ["PTTL k", -2],
  ["EXISTS k", 0],
], { oursOnly: "the real clock cannot be stopped" });

transcript(
  "an expiry stays while a value is edited, and goes when it is replaced",
  [
    ["SET k 1 EX 100", OK],
    ["INCR k", 2],
    ["APPEND k 0", 2],
    ["TTL k", 100],
    ["SET k v", OK],
    ["TTL k", -1],
    ["RPUSH l a b", 2],
    ["EXPIRE l 100", 1],
    ["LPOP l", "a"],
    ["TTL l", 100],
    ["LPOP l", "b"],
    ["RPUSH l c", 1],
    ["TTL l", -1],
  ],
);

for (const name of SETTING) {
  const command = name.toLowerCase();
  const at = name.endsWith("AT") ? 2_000_000_000_000 : 0;
  const unit = name.startsWith("P") ? 1 : 1000;
  const time = (ms: number) => (at + ms) / unit;

  transcript(`${name} sets an expiry on a key that is there`, [
    [`${name} none ${time(100_000)}`, 0],
    ["SET k v", OK],
    [`${name} k ${time(100_000)}`, 1],
    [`${name} k ${time(200_000)}`, 1],
    ["PTTL k", between(100_001, 2_000_000_000_000)],
    ["PERSIST k", 1],
  ]);

  transcript(`${name} with a time that is over removes the key`, [
    ["SET k v", OK],
    [`${name} k 0`, 1],
    ["EXISTS k", 0],
    [`${name} k -1`, 0],
    ["RPUSH k v", 1],
    [`${name} k -1`, 1],
    ["EXISTS k", 0],
    ["SET k v", OK],
    [`${name} k -9223372036854775`, 1],
    ["GET k", nil],
  ]);

  transcript(`${name} refuses what is no time`, [
    ["SET k v", OK],
    [`${name} k x`, NO_INTEGER],
    [`${name} none x`, NO_INTEGER],
    [`${name} k 1.5`, NO_INTEGER],
    [`${name} k ' 1'`, NO_INTEGER],
    [`${name} k ''`, NO_INTEGER],
    [`${name} k +1`, NO_INTEGER],
    [`${name} k 01`, NO_INTEGER],
    [`${name} k 9223372036854775808`, NO_INTEGER],
    [`${name} k -9223372036854775809`, NO_INTEGER],
    ["TTL k", -1],
  ]);

  transcript(`${name} looks at what is there: NX, XX, GT, LT`, [
    ["SET k v", OK],
    [`${name} k ${time(100_000)} XX`, 0],
    [`${name} k ${time(100_000)} GT`, 0],
    [`${name} k ${time(100_000)} XX GT`, 0],
    ["PERSIST k", 0],
    [`${name} k ${time(100_000)} NX`, 1],
    [`${name} k ${time(200_000)} nx`, 0],
    [`${name} k ${time(50_000)} GT`, 0],
    [`${name} k ${time(200_000)} gt`, 1],
    [`${name} k ${time(300_000)} LT`, 0],
    [`${name} k ${time(50_000)} LT`, 1],
    [`${name} k ${time(40_000)} XX LT`, 1],
    [`${name} k ${time(40_000)} XX GT XX`, at === 0 ? between(0, 1) : 0],
    [`${name} k ${time(60_000)} XX`, 1],
    ["PERSIST k", 1],
    [`${name} k ${time(100_000)} LT`, 1],
    ["PERSIST k", 1],
    [`${name} k ${time(100_000)} LT XX`, 0],
    [`${name} none ${time(100_000)} NX`, 0],
    [`${name} k -1 LT`, 1],
    ["EXISTS k", 0],
  ]);

  transcript(`${name} refuses conditions that exclude each other, and others`, [
    ["SET k v", OK],
    ...["NX XX", "NX GT", "LT NX", "NX XX GT LT"].map((options): Step => [
      `${name} k 100 ${options}`,
      error(
        "ERR NX and XX, GT or LT options at the same time are not compatible",
      ),
    ]),
    ...["GT LT", "XX LT GT"].map((options): Step => [
      `${name} k 100 ${options}`,
      error("ERR GT and LT options at the same time are not compatible"),
    ]),
    [`${name} k 100 AB`, error("ERR Unsupported option AB")],
    [[name, "k", "100", "AB\0C"], error("ERR Unsupported option AB")],
    [`${name} k 100 XX ab`, error("ERR Unsupported option ab")],
    [`${name} k x ab`, error("ERR Unsupported option ab")],
    [`${name} none 100 ab`, error("ERR Unsupported option ab")],
    [`${name} k 100 NX XX ab`, error("ERR Unsupported option ab")],
    [
      `${name} k x NX XX`,
      error(
        "ERR NX and XX, GT or LT options at the same time are not compatible",
      ),
    ],
    ["TTL k", -1],
  ]);

  transcript(`${name} breaks WATCH only if it changes something`, [
    ["SET k v", OK],
    ["WATCH k none", OK],
    [on("b", `${name} k ${time(100_000)} XX`), 0],
    [on("b", `${name} none ${time(100_000)}`), 0],
    ["MULTI", OK],
    [`${name} k ${time(100_000)}`, QUEUED],
    ["EXEC", [1]],
    ["WATCH k", OK],
    [on("b", `${name} k ${time(200_000)}`), 1],
    ["MULTI", OK],
    ["EXEC", nilArray],
    ["WATCH k", OK],
    [on("b", `${name} k 0`), 1],
    ["MULTI", OK],
    ["EXEC", nilArray],
  ]);

  transcript(`${name} knows where 64 bits end`, [
    ["SET k v", OK],
    ...unit === 1000
      ? [
        [`${name} k 9223372036854776`, invalid(command)],
        [`${name} k 9223372036854775807`, invalid(command)],
        [`${name} k -9223372036854776`, invalid(command)],
        [`${name} k -9223372036854775808`, invalid(command)],
        ["EXISTS k", 1],
      ] as Step[]
      : [],
    ...at === 0
      ? [
        [`${name} k ${(2n ** 63n - 1n) / BigInt(unit)}`, invalid(command)],
        [`${name} k ${9_223_300_000_000_000_000n / BigInt(unit)}`, 1],
        [`${name} none 9223372036854775807`, invalid(command)],
      ] as Step[]
      : [
        [`${name} k ${(2n ** 63n - 1n) / BigInt(unit)}`, 1],
      ] as Step[],
    ["PERSIST k", 1],
  ]);
}

transcript("far expiry times are kept and answered exactly", [
  ["SET k v", OK],
  ["PEXPIREAT k 9223372036854775807", 1],
  ["PEXPIRETIME k", 9223372036854775807n],
  ["EXPIRETIME k", 9223372036854776],
  ["PEXPIREAT k 9223372036854775807 LT", 0],
  ["PEXPIREAT k 9223372036854775806 GT", 0],
  ["PEXPIREAT k 9223372036854775806 LT", 1],
  ["PEXPIRETIME k", 9223372036854775806n],
  ["SET other v", OK],
  ["DEL other", 1],
  ["RENAME k l", OK],
  ["PEXPIRETIME l", 9223372036854775806n],
  ["COPY l m", 1],
  ["MOVE l 1", 1],
  ["PEXPIRETIME m", 9223372036854775806n],
  ["EXPIREAT m 9223372036854775", 1],
  ["EXPIRETIME m", 9223372036854775n],
  ["PEXPIRETIME m", 9223372036854775000n],
  ["PEXPIREAT m 9007199254740993", 1],
  ["PEXPIRETIME m", 9007199254740993n],
]);

transcript("PERSIST takes the expiry away", [
  ["PERSIST none", 0],
  ["SET k v EX 100", OK],
  ["PERSIST k", 1],
  ["PERSIST k", 0],
  ["TTL k", -1],
  ["SET k v PX 10", OK],
  [advance(11)],
  ["PERSIST k", 0],
  ["SET k v", OK],
  ["WATCH k", OK],
  [on("b", "PERSIST k"), 0],
  ["MULTI", OK],
  ["EXEC", []],
  ["EXPIRE k 100", 1],
  ["WATCH k", OK],
  [on("b", "PERSIST k"), 1],
  ["MULTI", OK],
  ["EXEC", nilArray],
]);

transcript("a key that expires breaks WATCH, also when nobody touches it", [
  ["SET k v PX 10", OK],
  ["WATCH k", OK],
  [advance(11)],
  ["MULTI", OK],
  ["EXEC", nilArray],
]);

transcript("expired keys go without being touched", [
  ["SET a v PX 10", OK],
  ["SET b v PX 5000", OK],
  ["SET c v", OK],
  ["DBSIZE", 3],
  [advance(500)],
  ["DBSIZE", 2],
  [advance(5000)],
  ["DBSIZE", 1],
], { oursOnly: "redis-server gives no promise when" });

transcript(
  "a client that waits for a list stays blocked when the list expires",
  [
    ["RPUSH l x", 1],
    ["PEXPIRE l 10", 1],
    [advance(11)],
    [sent("b", "BLPOP l 0")],
    [blocked("b")],
    ["RPUSH l y", 1],
    [received("b", ["l", "y"])],
  ],
);
