import {
  capture,
  error,
  map,
  matching,
  nil,
  OK,
  set,
  status,
  transcript,
} from "../helpers/transcript.ts";

/** FUNCTION LOAD of a library. */
function load(name: string, body: string): string[] {
  return ["FUNCTION", "LOAD", `#!lua name=${name}\n${body}`];
}

/** The error of a function at line 2 of its library. */
function failure(name: string, message: string) {
  return error(`ERR ${message} script: ${name}, on @user_function:2.`);
}

function refused(message: string) {
  return error(`ERR Error registering functions: ERR ${message}`);
}

function unknownGlobal(name: string): string {
  return `user_function:2: Script attempted to access nonexistent global variable '${name}'`;
}

const BAD_NAME =
  "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";
const RETURN = "function() return 1 end";

transcript("FUNCTION LOAD adds a library, and FCALL calls its functions", [
  [
    load(
      "a",
      "redis.register_function('f', function(keys, args) return {keys, args} end)",
    ),
    "a",
  ],
  ["FCALL f 1 k x y", [["k"], ["x", "y"]]],
  ["FCALL F 0", [[], []]],
  ["FCALL f x", error("ERR Bad number of keys provided")],
  [
    "FCALL f 3 a",
    error("ERR Number of keys can't be greater than number of args"),
  ],
  ["FCALL f -1 a", error("ERR Number of keys can't be negative")],
  ["FCALL nope 0", error("ERR Function not found")],
  [
    "FCALL_RO f 0",
    error("ERR Can not execute a script with write flag using *_ro command."),
  ],
  [
    load("a", `redis.register_function('f', ${RETURN})`),
    error("ERR Library 'a' already exists"),
  ],
  [[
    "FUNCTION",
    "LOAD",
    "REPLACE",
    `#!lua name=a\nredis.register_function('g', ${RETURN})`,
  ], "a"],
  ["FCALL f 0", error("ERR Function not found")],
  ["FCALL g 0", 1],
  [
    load("b", `redis.register_function('g', ${RETURN})`),
    error("ERR Function g already exists"),
  ],
  [
    load("b", `redis.register_function('G', ${RETURN})`),
    error("ERR Function G already exists"),
  ],
  [
    ["FUNCTION", "LOAD", "REPLACE", "#!lua name=a\nx y"],
    error(
      "ERR Error compiling function: user_function:2: '=' expected near 'y'",
    ),
  ],
  ["FCALL g 0", 1],
  ["FUNCTION DELETE nope", error("ERR Library not found")],
  ["FUNCTION DELETE a", OK],
  ["FCALL g 0", error("ERR Function not found")],
  [
    "FUNCTION LOAD",
    error("ERR wrong number of arguments for 'function|load' command"),
  ],
  ["FUNCTION LOAD a b", error("ERR Unknown option given: a")],
  ["FUNCTION FLUSH", OK],
]);

transcript("after a large argument, functions without arguments run on", [
  [
    load(
      "lib",
      "redis.register_function('f', function(keys, args) return #args end)",
    ),
    "lib",
  ],
  [["FCALL", "f", "0", "x".repeat(2_000_000)], 1],
  ["FCALL f 0", 0],
  ["FUNCTION FLUSH", OK],
]);

transcript("a library must say what it is, and register functions", [
  ["FUNCTION FLUSH", OK],
  [["FUNCTION", "LOAD", "x"], error("ERR Missing library metadata")],
  [["FUNCTION", "LOAD", "#!lua name=c"], error("ERR Invalid library metadata")],
  [["FUNCTION", "LOAD", "#!lua\nx"], error("ERR Library name was not given")],
  [["FUNCTION", "LOAD", "#!js name=c\nx"], error("ERR Engine 'js' not found")],
  [
    ["FUNCTION", "LOAD", "#!lua foo=c\nx"],
    error("ERR Invalid metadata value given: foo=c"),
  ],
  [
    ["FUNCTION", "LOAD", "#!lua name=c name=d\nx"],
    error("ERR Invalid metadata value, name argument was given multiple times"),
  ],
  [
    load("b!", `redis.register_function('f', ${RETURN})`),
    error(`ERR ${BAD_NAME}`),
  ],
  [load("c", "return 1"), error("ERR No functions registered")],
  [load("c", "error('x')"), refused(unknownGlobal("error"))],
  [load("c", "redis.call('get', 'x')"), refused(unknownGlobal("call"))],
  [load("c", "local x = math.floor(1)"), refused(unknownGlobal("math"))],
  [
    load("c", "x = 1"),
    refused("user_function:2: Attempt to modify a readonly table"),
  ],
  [load("c", `redis.register_function('f!', ${RETURN})`), refused(BAD_NAME)],
  [
    load(
      "c",
      `redis.register_function('f', ${RETURN}) redis.register_function('f', ${RETURN})`,
    ),
    refused("Function already exists in the library"),
  ],
  [
    load("c", "redis.register_function()"),
    refused("wrong number of arguments to redis.register_function"),
  ],
  [
    load("c", "redis.register_function(1, 2, 3)"),
    refused("wrong number of arguments to redis.register_function"),
  ],
  [
    load("c", "redis.register_function('x', 1)"),
    refused("second argument to redis.register_function must be a function"),
  ],
  [
    load("c", `redis.register_function({}, ${RETURN})`),
    refused("first argument to redis.register_function must be a string"),
  ],
  [
    load("c", "redis.register_function('x')"),
    refused(
      "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).",
    ),
  ],
  [
    load("c", `redis.register_function{callback=${RETURN}}`),
    refused("redis.register_function must get a function name argument"),
  ],
  [
    load("c", "redis.register_function{function_name='h'}"),
    refused("redis.register_function must get a callback argument"),
  ],
  [
    load("c", "redis.register_function{function_name={}}"),
    refused(
      "function_name argument given to redis.register_function must be a string",
    ),
  ],
  [
    load("c", "redis.register_function{description={}}"),
    refused(
      "description argument given to redis.register_function must be a string",
    ),
  ],
  [
    load("c", "redis.register_function{callback=1}"),
    refused(
      "callback argument given to redis.register_function must be a function",
    ),
  ],
  [
    load("c", "redis.register_function{flags=1}"),
    refused(
      "flags argument to redis.register_function must be a table representing function flags",
    ),
  ],
  [
    load("c", "redis.register_function{flags={'bad'}}"),
    refused("unknown flag given"),
  ],
  [
    load("c", "redis.register_function{foo=1}"),
    refused("unknown argument given to redis.register_function"),
  ],
  [
    load("c", "redis.register_function{'x'}"),
    refused("unknown argument given to redis.register_function"),
  ],
  ["FUNCTION LIST", []],
]);

transcript("functions see their own globals, and the library's locals", [
  ["FUNCTION FLUSH", OK],
  [
    load(
      "c",
      [
        "local n = 0",
        "redis.register_function('count', function() n = n + 1 return n end)",
        "redis.register_function('unknown', function() return xyz end)",
        "redis.register_function('assign', function() xyz = 1 end)",
        "redis.register_function('call', function(k, a) return redis.call(unpack(a)) end)",
        "redis.register_function('fail', function() error('x') end)",
        "redis.register_function('keys', function() return KEYS end)",
        "redis.register_function('point', function() return redis.breakpoint() end)",
        "redis.register_function('late', function() return redis.register_function('a', function() end) end)",
        "redis.register_function('resp', function() redis.setresp(3) return redis.call('hgetall', 'none') end)",
      ].join(" "),
    ),
    "c",
  ],
  ["FCALL count 0", 1],
  ["FCALL count 0", 2],
  ["FCALL call 0 set k v", OK],
  ["FCALL call 0 get k", "v"],
  ["FCALL unknown 0", failure("unknown", unknownGlobal("xyz"))],
  [
    "FCALL assign 0",
    failure("assign", "user_function:2: Attempt to modify a readonly table"),
  ],
  ["FCALL fail 0", failure("fail", "user_function:2: x")],
  ["FCALL keys 0", failure("keys", unknownGlobal("KEYS"))],
  [
    "FCALL point 0",
    failure(
      "point",
      "user_function:2: attempt to call field 'breakpoint' (a nil value)",
    ),
  ],
  [
    "FCALL late 0",
    failure(
      "late",
      "user_function:2: attempt to call field 'register_function' (a nil value)",
    ),
  ],
  ["FCALL resp 0", map([])],
  ["FUNCTION FLUSH SYNC", OK],
  ["FUNCTION FLUSH ASYNC", OK],
  [
    "FUNCTION FLUSH x",
    error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"),
  ],
  [
    "FUNCTION FLUSH a b",
    error(
      "ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.",
    ),
  ],
]);

const CODE =
  `#!lua name=lib\nredis.register_function{function_name='ro', callback=${RETURN}, flags={'no-writes', 'ALLOW-OOM'}, description='Returns 1'}`;

transcript("FUNCTION LIST and STATS tell of the libraries", [
  ["FUNCTION FLUSH", OK],
  [
    "FUNCTION STATS",
    map([["running_script", nil], [
      "engines",
      map([["LUA", map([["libraries_count", 0], ["functions_count", 0]])]]),
    ]]),
  ],
  [["FUNCTION", "LOAD", CODE], "lib"],
  ["FCALL_RO ro 0", 1],
  ["FUNCTION LIST", [map([
    ["library_name", "lib"],
    ["engine", "LUA"],
    ["functions", [
      map([["name", "ro"], ["description", "Returns 1"], [
        "flags",
        set([status("no-writes"), status("allow-oom")]),
      ]]),
    ]],
  ])]],
  [load("other", `redis.register_function('f', ${RETURN})`), "other"],
  ["FUNCTION LIST LIBRARYNAME OTH* WITHCODE", [map([
    ["library_name", "other"],
    ["engine", "LUA"],
    ["functions", [
      map([["name", "f"], ["description", nil], ["flags", set([])]]),
    ]],
    [
      "library_code",
      `#!lua name=other\nredis.register_function('f', ${RETURN})`,
    ],
  ])]],
  ["FUNCTION LIST LIBRARYNAME nope", []],
  [
    "FUNCTION LIST LIBRARYNAME",
    error("ERR library name argument was not given"),
  ],
  ["FUNCTION LIST foo", error("ERR Unknown argument foo")],
  [
    "FUNCTION STATS",
    map([["running_script", nil], [
      "engines",
      map([["LUA", map([["libraries_count", 2], ["functions_count", 2]])]]),
    ]]),
  ],
  ["FUNCTION KILL", error("NOTBUSY No scripts in execution right now.")],
  ["FUNCTION FLUSH", OK],
]);

transcript("FUNCTION RESTORE brings back what FUNCTION DUMP returned", [
  ["FUNCTION FLUSH", OK],
  [["FUNCTION", "LOAD", CODE], "lib"],
  ["FUNCTION DUMP", capture("dump", matching(/^\xf5[^]*\n\0.{8}$/s))],
  [
    ({ dump }) => ["FUNCTION", "RESTORE", dump!],
    error("ERR Library lib already exists"),
  ],
  [({ dump }) => ["FUNCTION", "RESTORE", dump!, "REPLACE"], OK],
  ["FUNCTION DELETE lib", OK],
  [({ dump }) => ["FUNCTION", "RESTORE", dump!, "APPEND"], OK],
  ["FCALL ro 0", 1],
  ["FUNCTION DELETE lib", OK],
  [load("other", `redis.register_function('ro', ${RETURN})`), "other"],
  [
    ({ dump }) => ["FUNCTION", "RESTORE", dump!],
    error("ERR Function ro already exists"),
  ],
  [
    ({ dump }) => ["FUNCTION", "RESTORE", dump!, "REPLACE"],
    error("ERR Function ro already exists"),
  ],
  ["FCALL ro 0", 1],
  [({ dump }) => ["FUNCTION", "RESTORE", dump!, "FLUSH"], OK],
  [["FUNCTION", "DELETE", "other"], error("ERR Library not found")],
  ["FCALL ro 0", 1],
  [
    "FUNCTION RESTORE x",
    error("ERR DUMP payload version or checksum are wrong"),
  ],
  [
    "FUNCTION RESTORE x y",
    error(
      "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
    ),
  ],
  [
    "FUNCTION RESTORE x APPEND z",
    error(
      "ERR unknown subcommand or wrong number of arguments for 'RESTORE'. Try FUNCTION HELP.",
    ),
  ],
  ["SET s text", OK],
  ["DUMP s", capture("value", matching(/^\0/))],
  [
    ({ value }) => ["FUNCTION", "RESTORE", value!],
    error("ERR given type is not a function"),
  ],
  ["FUNCTION FLUSH", OK],
]);

transcript("libraries survive a reload", [
  ["FUNCTION FLUSH", OK],
  [["FUNCTION", "LOAD", CODE], "lib"],
  ["DEBUG RELOAD", OK],
  ["FCALL ro 0", 1],
  [
    "DEBUG RELOAD NOFLUSH",
    error(
      "ERR Error trying to load the RDB dump",
    ),
  ],
  ["DEBUG RELOAD NOFLUSH MERGE", OK],
  ["FCALL ro 0", 1],
  ["FUNCTION DELETE lib", OK],
  ["DEBUG RELOAD NOSAVE", OK],
  ["FCALL ro 0", 1],
  ["FUNCTION FLUSH", OK],
], { config: { "enable-debug-command": "yes" } });
