import { assertEquals, assertMatch } from "@std/assert";
import { ScriptRuns } from "../helpers/script_runs.ts";

/** Scripts that would harm an engine that is not careful, and what they are answered. */
const SCRIPTS: readonly (readonly [
  name: string,
  script: string,
  reply: string | RegExp,
])[] = [
  // What the package's own host and small C stack do not survive.
  [
    "150 callbacks of gsub in each other",
    "local function f(n) if n == 0 then return 'x' end return (string.gsub('a', 'a', function() return f(n - 1) end)) end return f(150)",
    "$1\r\nx\r\n",
  ],
  [
    "250 of them",
    "local function f(n) if n == 0 then return 'x' end return (string.gsub('a', 'a', function() return f(n - 1) end)) end return f(250)",
    /^-ERR C stack overflow script: /,
  ],
  [
    "a result of 500 tables in each other",
    "local t = {} for i = 1, 500 do t = {t} end return t",
    "*1\r\n".repeat(500) + "*0\r\n",
  ],
  [
    "a result that holds itself",
    "local t = {} t[1] = t return t",
    /^(\*1\r\n){7995}-ERR reached lua stack limit\r\n$/,
  ],
  [
    "a map that holds itself",
    "local t = {} t.map = {a = t} return t",
    /-ERR reached lua stack limit\r\n$/,
  ],
  ["the first of several results", "return 1, 2, 3", ":1\r\n"],
  [
    "functions and threads in results",
    "return {function() end, coroutine.create(function() end), 1}",
    "*3\r\n$-1\r\n$-1\r\n:1\r\n",
  ],
  [
    "arguments that are no strings",
    "return redis.call('get', {})",
    /^-ERR Lua redis lib command arguments must be strings or integers script: /,
  ],
  [
    "no globals of ours to be found",
    "for k in pairs(_G) do if k:match('^__') and k ~= '__redis__err__handler' then return k end end return 0",
    ":0\r\n",
  ],
  // Recursion and nesting.
  [
    "deep recursion",
    "local function f(n) return 1 + f(n + 1) end return f(1)",
    /^-ERR user_script:1: stack overflow script: /,
  ],
  [
    "deep pcall",
    "local function f(n) local ok, r = pcall(f, n + 1) return r end return f(1)",
    "$16\r\nC stack overflow\r\n",
  ],
  [
    "deep coroutines",
    "local function f(n) return coroutine.wrap(function() return f(n + 1) end)() end return f(1)",
    /C stack overflow/,
  ],
  [
    "__tostring in itself",
    "local t = setmetatable({}, {__tostring = function(s) return tostring(s) end}) return tostring(t)",
    /^-ERR C stack overflow script: /,
  ],
  [
    "__index in a circle",
    "local t = {} setmetatable(t, {__index = t}) return t.x",
    /^-ERR user_script:1: loop in gettable script: /,
  ],
  [
    "100,000 parentheses",
    `return ${"(".repeat(100_000)}1${")".repeat(100_000)}`,
    /chunk has too many syntax levels/,
  ],
  [
    "100,000 tables in each other",
    `return ${"{".repeat(100_000)}${"}".repeat(100_000)}`,
    /chunk has too many syntax levels/,
  ],
  [
    "300 local variables",
    Array.from({ length: 300 }, (_, i) => `local v${i}`).join(" "),
    /main function has more than 200 local variables/,
  ],
  [
    "JSON nested too deeply",
    "return cjson.decode(string.rep('[', 100000))",
    /^-ERR user_script:1: Found too many nested data structures/,
  ],
  [
    "MessagePack nested too deeply",
    "return cmsgpack.unpack(string.rep('\\145', 100000))",
    /^-ERR user_script:1: stack overflow \(in function mp_decode_to_lua_array\)/,
  ],
  [
    "a pattern that recurses in C",
    "return string.find(string.rep('a', 200000), string.rep('a?', 20000) .. 'b')",
    /^-ERR Error running script [0-9a-f]{40}, the script engine failed and was started anew\r\n$/,
  ],
  // Memory.
  [
    "a string of a gigabyte",
    "return #string.rep('x', 1e9)",
    /^-ERR not enough memory script: /,
  ],
  [
    "a string of 2^48 bytes",
    "return #string.rep(string.rep('x', 65536), 2^32)",
    /^-ERR not enough memory script: |^:0\r\n$/,
  ],
  [
    "a string that doubles",
    "local s = 'x' while true do s = s .. s end",
    /^-ERR Error running script [0-9a-f]{40}, not enough memory\r\n$/,
  ],
  [
    "out of memory in pcall",
    "return {pcall(function() local s = 'x' while true do s = s .. s end end)}",
    "*2\r\n$-1\r\n$17\r\nnot enough memory\r\n",
  ],
  [
    "unpack of everything",
    "return {unpack({}, 0, 2147483647)}",
    /^-ERR user_script:1: too many results to unpack script: /,
  ],
  // The integer overflows that Redis had to fix.
  [
    "struct.pack of a huge count",
    "return struct.pack('c2147483647', 'x')",
    /^-ERR user_script:1: bad argument #3 to 'pack'/,
  ],
  [
    "struct.pack of a huge integer",
    "return struct.pack('I2147483648', 1)",
    /^-ERR user_script:1: integral size overflow/,
  ],
  [
    "struct.unpack behind the end",
    "return struct.unpack('i4', 'abcd', 2147483647)",
    /^-ERR user_script:1: bad argument #2 to 'unpack'/,
  ],
  [
    "cmsgpack.unpack of a huge array",
    "return cmsgpack.unpack('\\221\\255\\255\\255\\255')",
    /^-ERR user_script:1: Missing bytes in input/,
  ],
  [
    "bit.tohex of many digits",
    "return bit.tohex(1, 2147483647)",
    "$8\r\n00000001\r\n",
  ],
  // The sandbox.
  [
    "bytecode",
    "return {loadstring(string.dump(function() return 1 end))}",
    "*0\r\n",
  ],
  [
    "bytecode by load",
    "local d = string.dump(function() return 1 end) local n = 0 return {load(function() n = n + 1 if n == 1 then return d end end)}",
    "*0\r\n",
  ],
  [
    "a global through rawset",
    "rawset(_G, 'x', 1)",
    /Attempt to modify a readonly table/,
  ],
  [
    "a global through load",
    "return loadstring('x = 1')()",
    /Attempt to modify a readonly table/,
  ],
  [
    "redis.call replaced",
    "redis.call = nil",
    /Attempt to modify a readonly table/,
  ],
  [
    "a library changed through table.insert",
    "table.insert(redis, 1)",
    /Attempt to modify a readonly table/,
  ],
  [
    "the metatable of strings",
    "getmetatable('').__index = nil",
    /Attempt to modify a readonly table/,
  ],
  [
    "the metatable of globals",
    "getmetatable(_G).__index = nil",
    /Attempt to modify a readonly table/,
  ],
  ["getfenv", "return getfenv", /nonexistent global variable 'getfenv'/],
  ["newproxy", "return newproxy", /nonexistent global variable 'newproxy'/],
  ["os", "return os.exit()", /nonexistent global variable 'os'/],
  ["require", "return require('io')", /nonexistent global variable 'require'/],
  // Errors of every kind.
  ["an error without a text", "error({})", /^-ERR unknown error script: /],
  [
    "an error that answers for ever",
    "error(setmetatable({}, {__index = function() while true do end end}))",
    /^-ERR unknown error script: /,
  ],
  [
    "an error that cannot be written to",
    "error(redis)",
    /^-ERR Attempt to modify a readonly table script: /,
  ],
  [
    "an error in a handler",
    "return {xpcall(function() error('a') end, function() error('b') end)}",
    "*2\r\n$-1\r\n$23\r\nerror in error handling\r\n",
  ],
  [
    "an error in a comparison",
    "table.sort({3, 2, 1}, function() error('x') end)",
    /^-ERR user_script:1: x script: /,
  ],
  [
    "an error in a coroutine",
    "return {coroutine.resume(coroutine.create(function() error({err = 'x'}) end))}",
    "*2\r\n$-1\r\n-x\r\n",
  ],
  [
    "yield from no coroutine",
    "coroutine.yield()",
    /^-ERR attempt to yield across metamethod\/C-call boundary script: /,
  ],
];

Deno.test("scripts that mean harm are answered, and the next one runs", async (t) => {
  const runs = new ScriptRuns();
  for (const [name, script, expected] of SCRIPTS) {
    await t.step(name, () => {
      const reply = runs.eval(script);
      if (typeof expected === "string") assertEquals(reply, expected);
      else assertMatch(reply, expected);
      assertEquals(runs.eval("return redis.call('ping')"), "+PONG\r\n");
    });
  }
});

Deno.test("functions are there again after their engine has failed", () => {
  const runs = new ScriptRuns();
  runs.run(
    "FUNCTION",
    "LOAD",
    "#!lua name=lib\nredis.register_function('one', function() return 1 end) " +
      "redis.register_function('break', function() return string.find(string.rep('a', 200000), string.rep('a?', 20000) .. 'b') end)",
  );
  assertMatch(
    runs.run("FCALL", "break", "0"),
    /^-ERR Error running script break, /,
  );
  assertEquals(runs.run("FCALL", "one", "0"), ":1\r\n");
});

Deno.test("a known script runs again after its engine was given up", () => {
  const runs = new ScriptRuns();
  const sha = runs.run("SCRIPT", "LOAD", "return 7").slice(5, 45);
  runs.eval("local s = 'x' while true do s = s .. s end");
  assertEquals(runs.run("EVALSHA", sha, "0"), ":7\r\n");
  const { scripts } = runs.server;
  assertEquals(scripts.usedMemory < 1_000_000, true);
});

Deno.test("SCRIPT FLUSH gives all memory back", () => {
  const runs = new ScriptRuns();
  runs.eval("return 0");
  const before = runs.server.scripts.memory;
  for (let i = 0; i < 1000; i++) runs.eval(`return ${i}`);
  assertEquals(runs.server.scripts.cache.size, 1000);
  runs.run("SCRIPT", "FLUSH");
  assertEquals(runs.server.scripts.memory, 0);
  runs.eval("return 0");
  assertEquals(Math.abs(runs.server.scripts.memory - before) < 2048, true);
});
