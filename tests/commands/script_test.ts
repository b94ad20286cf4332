import {
  bigNumber,
  bool,
  double,
  error,
  map,
  nil,
  nilArray,
  OK,
  QUEUED,
  set,
  status,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

const NO_SCRIPT = error("NOSCRIPT No matching script. Please use EVAL.");
/** SHA-1 of `return 1`. */
const RETURN_1 = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
const SHA1_OF_NOTHING = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
/** More than the space for what goes to Lua keeps. */
const LARGE = "x".repeat(2_000_000);

/** EVAL of a script without keys. */
function run(script: string, ...args: string[]): string[] {
  return ["EVAL", script, "0", ...args];
}

/** A script that returns a verbatim string of a format. */
function verbatimOf(format: string): string[] {
  return run(
    `return {verbatim_string={format='${format}',string='a\\0b'}}`,
  );
}

/** An expression that makes a double which is no number; its first byte has the sign. */
function noNumber(firstByte: string): string {
  return `cmsgpack.unpack('\\203${firstByte}\\248\\0\\0\\0\\0\\0\\0')`;
}

/** The error of a script at a line of it. */
function failure(message: string, line = 1) {
  const text = message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return error(
    new RegExp(`^${text} script: [0-9a-f]{40}, on @user_script:${line}\\.$`),
  );
}

transcript("EVAL gives a script its keys and arguments, all bytes of them", [
  [[
    "EVAL",
    "return {KEYS[1],KEYS[2],ARGV[1],ARGV[2],#KEYS,#ARGV}",
    "2",
    "a",
    "b\0\xff",
    "c\r\n",
    "",
  ], ["a", "b\0\xff", "c\r\n", "", 2, 2]],
  [run("return #KEYS + #ARGV"), 0],
  [
    ["EVAL", "return 1", "x"],
    error("ERR value is not an integer or out of range"),
  ],
  [
    ["EVAL", "return 1", "1"],
    error("ERR Number of keys can't be greater than number of args"),
  ],
  [["EVAL", "return 1", "-1"], error("ERR Number of keys can't be negative")],
  ["EVAL 1", error("ERR wrong number of arguments for 'eval' command")],
]);

for (
  const [what, large] of [
    ["argument", run("return #ARGV[1]", LARGE)],
    ["text", run(`return ${LARGE.length} --${LARGE}`)],
    ["reply", run("return #redis.call('echo', ARGV[1])", LARGE)],
  ] as const
) {
  transcript(`after a large ${what}, scripts without arguments run on`, [
    [run("return 1"), 1],
    [large, LARGE.length],
    [run("return 1"), 1],
    [large, LARGE.length],
    [["EVALSHA", RETURN_1, "0"], 1],
    [large, LARGE.length],
    [["SCRIPT", "LOAD", ""], SHA1_OF_NOTHING],
    [run(""), nil],
  ]);
}

transcript("results of scripts become replies", [
  [run("return 100.9"), 100],
  [run("return -3.9"), -3],
  [run("return 2^53"), 9007199254740992],
  [run("return 1e300"), -9223372036854775808n],
  [run("return 0/0"), -9223372036854775808n],
  [run("return -0.5"), 0],
  [run("return 'a\\0b\\r\\n\\255'"), "a\0b\r\n\xff"],
  [run("return true"), 1],
  [run("return false"), nil],
  [run("return"), nil],
  [run("return nil"), nil],
  [run("return {1,2,nil,4}"), [1, 2]],
  [run("return {}"), []],
  [run("return {1,{2,{3,'x'}},true,false}"), [1, [2, [3, "x"]], 1, nil]],
  [run("local t = {} for i = 1, 20 do t[i] = i end t.x = 1 return #t"), 20],
  [run("local t = {x=1,y=2} t[3] = 'c' t[2] = 'b' t[1] = 'a' return t"), [
    "a",
    "b",
    "c",
  ]],
  [run("return {ok='fine'}"), status("fine")],
  [run("return {ok='a\\r\\nb\\0c'}"), status("a  b")],
  [run("return {err='MY error'}"), error("MY error")],
  [run("return {err='foo'}"), error("foo")],
  [run("return {err='a\\nb\\n'}"), error("a b")],
  [run("return {err=12}"), []],
  [run("return function() end"), nil],
  [run("return {1,function() end,2}"), [1, nil, 2]],
  [run("return coroutine.create(function() end)"), nil],
  [run("return {double=3.5}"), double(3.5)],
  [run("return {big_number='123'}"), bigNumber(123n)],
  [run("return {map={a={1,2}}}"), map([["a", [1, 2]]])],
  [run("return {map={'x'}}"), map([[1, "x"]])],
  [run("return {set={a=true}}"), set(["a"])],
  [verbatimOf("mkd"), verbatim("a\0b", "mkd")],
  [verbatimOf("text"), verbatim("a\0b", "tex")],
  [verbatimOf("t"), verbatim("a\0b", "t  ")],
  [verbatimOf("t\\0xt"), verbatim("a\0b", "t  ")],
  [verbatimOf(""), verbatim("a\0b", "   ")],
]);

transcript("what is no number keeps its sign", [
  [run(`return {double=${noNumber("\\127")}}`), double("nan")],
  [run(`return {double=${noNumber("\\255")}}`), double("-nan")],
  [run(`return redis.call('echo', ${noNumber("\\127")})`), "nan"],
  [run(`return redis.call('echo', -(${noNumber("\\127")}))`), "-nan"],
]);

transcript("replies of commands become values", [
  [run("return redis.call('set', 'k', 'v')"), OK],
  [run("return redis.call('set', 'k', 'v').ok"), "OK"],
  [run("return redis.call('get', 'k')"), "v"],
  [run("return type(redis.call('get', 'none'))"), "boolean"],
  [
    run("return type(redis.call('blpop_', 'none'))"),
    failure("ERR Unknown Redis command called from script"),
  ],
  [
    run("return redis.call('incrby', 'n', 9007199254740993)"),
    9007199254740992n,
  ],
  [
    run(
      "redis.call('rpush', 'l', 1, 2.5, 'x\\0') return redis.call('lrange', 'l', 0, -1)",
    ),
    ["1", "2.5", "x\0"],
  ],
  [run("return redis.call('mget', 'k', 'none', 'k')"), ["v", nil, "v"]],
  [run("return redis.call('echo', 0.1)"), "0.10000000000000001"],
  [run("return redis.call('echo', 1e100)"), "1e+100"],
  [run("return {redis.call('ping'), redis.call('exists', 'none')}"), [
    status("PONG"),
    0,
  ]],
  ["HSET h f v", 1],
  [run("return redis.call('hgetall', 'h')"), ["f", "v"]],
  [
    run("redis.setresp(3) local r = redis.call('hgetall', 'h') return r.map.f"),
    "v",
  ],
  [
    run("redis.setresp(3) return redis.call('hgetall', 'h')"),
    map([["f", "v"]]),
  ],
  [run("redis.setresp(3) return type(redis.call('get', 'none'))"), "nil"],
  [run("redis.setresp(3) return {true, false}"), [bool(true), bool(false)]],
  [run("return {true, false}"), [1, nil]],
  ["ZADD z 1.5 a", 1],
  [run("redis.setresp(3) return redis.call('zscore', 'z', 'a')"), double(1.5)],
  [run("redis.setresp(3) return redis.call('zscore', 'z', 'a').double * 2"), 3],
  ["SADD s m", 1],
  [
    run("redis.setresp(3) return redis.call('smembers', 's').set.m"),
    bool(true),
  ],
]);

transcript(
  "errors of commands end a script that calls, and come back to one that pcalls",
  [
    ["SET s text", OK],
    [
      run("redis.call('incr', 's')"),
      failure("ERR value is not an integer or out of range"),
    ],
    [
      run("\n\nreturn redis.call('incr', 's')"),
      failure("ERR value is not an integer or out of range", 3),
    ],
    [
      run("return redis.pcall('incr', 's')"),
      error("ERR value is not an integer or out of range"),
    ],
    [
      run("return redis.pcall('lpush', 's', 1).err"),
      "WRONGTYPE Operation against a key holding the wrong kind of value",
    ],
    [
      run(
        "local e = redis.pcall('incr', 's') local t = {} for k, v in pairs(e) do t[#t+1] = k end table.sort(t) return t",
      ),
      ["err", "ignore_error_stats_update"],
    ],
    [run("return {pcall(redis.call, 'incr', 's')}"), [
      nil,
      "ERR value is not an integer or out of range",
    ]],
    [
      run("return redis.call()"),
      failure(
        "ERR Please specify at least one argument for this redis lib call",
      ),
    ],
    [run("return {redis.pcall()}"), [
      error("ERR Please specify at least one argument for this redis lib call"),
    ]],
    [
      run("return redis.call('set', 'a', {})"),
      failure(
        "ERR Lua redis lib command arguments must be strings or integers",
      ),
    ],
    [
      run("return redis.call('get')"),
      failure("ERR Wrong number of args calling Redis command from script"),
    ],
    [
      run("return redis.call('nosuch')"),
      failure("ERR Unknown Redis command called from script"),
    ],
    [
      run("return redis.call('config', 'nosuch')"),
      failure("ERR Unknown Redis command called from script"),
    ],
    [
      run("return redis.call('subscribe', 'x')"),
      failure("ERR This Redis command is not allowed from script"),
    ],
    [
      run("return redis.call('multi')"),
      failure("ERR This Redis command is not allowed from script"),
    ],
    [
      run("return redis.call('blpop', 'x', 0)"),
      failure("ERR This Redis command is not allowed from script"),
    ],
    [
      run("return redis.call('eval', 'return 1', 0)"),
      failure("ERR This Redis command is not allowed from script"),
    ],
  ],
);

transcript("errors of a script say where they are", [
  [run("error('my error')"), failure("ERR user_script:1: my error")],
  [run("\n\nerror('my error')"), failure("ERR user_script:3: my error", 3)],
  [run("error('a', 0)"), failure("ERR a")],
  [run("error()"), failure("ERR nil")],
  [run("error(true)"), failure("ERR true")],
  [run("error(12)"), failure("ERR user_script:1: 12")],
  [run("error({err='MY err\\r\\nfoo'})"), failure("MY err  foo")],
  [run("error({err='MY err'}, 2)"), failure("MY err")],
  [
    run("local function f()\n error('x')\nend\nf()"),
    failure("ERR user_script:2: x", 2),
  ],
  [
    run("return nil .. 1"),
    failure("ERR user_script:1: attempt to concatenate a nil value"),
  ],
  [
    run("return ('x'):bad()"),
    failure("ERR user_script:1: attempt to call method 'bad' (a nil value)"),
  ],
  [
    run(
      "local t = setmetatable({}, {__index = function() error('idx') end}) return t.x",
    ),
    failure("ERR user_script:1: idx"),
  ],
  [
    run("return coroutine.wrap(function() return redis.call('bad') end)()"),
    failure("ERR Unknown Redis command called from script"),
  ],
  [run("return {pcall(function() error({err='x'}) end)}"), [nil, "x"]],
  [run("return {pcall(error, 'x')}"), [nil, "x"]],
  [run("return {pcall(error, {a=1})}"), [nil, []]],
  [
    run(
      "return {xpcall(function() error('x') end, function(e) return 'h:' .. e end)}",
    ),
    [nil, "h:user_script:1: x"],
  ],
  [run("return {pcall(pcall)}"), [1, nil, "attempt to call a boolean value"]],
  [
    run("x y"),
    error(
      "ERR Error compiling script (new function): user_script:1: '=' expected near 'y'",
    ),
  ],
  [
    run("local function f() return f() + 1 end return f()"),
    failure("ERR user_script:1: stack overflow"),
  ],
]);

transcript("a script cannot leave anything behind, and sees only what it may", [
  [
    run("x = 1"),
    failure("ERR user_script:1: Attempt to modify a readonly table"),
  ],
  [
    run("return xyz"),
    failure(
      "ERR user_script:1: Script attempted to access nonexistent global variable 'xyz'",
    ),
  ],
  [
    run("return _G.a"),
    failure(
      "ERR user_script:1: Script attempted to access nonexistent global variable 'a'",
    ),
  ],
  [
    run("return print"),
    failure(
      "ERR user_script:1: Script attempted to access nonexistent global variable 'print'",
    ),
  ],
  [
    run("return os"),
    failure(
      "ERR user_script:1: Script attempted to access nonexistent global variable 'os'",
    ),
  ],
  [
    run("return debug"),
    failure(
      "ERR user_script:1: Script attempted to access nonexistent global variable 'debug'",
    ),
  ],
  [
    run("redis.x = 1"),
    failure("ERR user_script:1: Attempt to modify a readonly table"),
  ],
  [
    run("redis.call = 1"),
    failure("ERR user_script:1: Attempt to modify a readonly table"),
  ],
  [
    run("string.x = 1"),
    failure("ERR user_script:1: Attempt to modify a readonly table"),
  ],
  [
    run("KEYS = 1"),
    failure("ERR user_script:1: Attempt to modify a readonly table"),
  ],
  [
    run("return rawset(_G, 'a', 1)"),
    failure("ERR Attempt to modify a readonly table"),
  ],
  [
    run("return setmetatable(_G, {})"),
    failure("ERR Attempt to modify a readonly table"),
  ],
  [
    run("getmetatable(_G).__index = nil"),
    failure("ERR user_script:1: Attempt to modify a readonly table"),
  ],
  [
    run("getmetatable('').__index = nil"),
    failure("ERR user_script:1: Attempt to modify a readonly table"),
  ],
  [run("return loadstring(string.dump(function() return 1 end))"), nil],
  [run("return loadstring('return 7')()"), 7],
  [run("local n = 0 for k in pairs(_G) do n = n + 1 end return n"), 35],
]);

transcript("redis.* is what Redis has", [
  [
    run("return redis.sha1hex('a')"),
    "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
  ],
  [run("return redis.sha1hex()"), failure("ERR wrong number of arguments")],
  [run("return redis.error_reply('ERR x')"), error("ERR x")],
  [run("return redis.error_reply('abc')"), error("ERR abc")],
  [run("return redis.error_reply('-a c d')"), error("a c d")],
  [run("return redis.error_reply('a\\0c d')"), error("ERR a")],
  [
    run("return redis.error_reply()"),
    error("ERR wrong number or type of arguments"),
  ],
  [run("return redis.status_reply('fine')"), status("fine")],
  [
    run("return redis.status_reply(1)"),
    error("ERR wrong number or type of arguments"),
  ],
  [run("return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM}"), [
    "7.0.15",
    458767,
  ]],
  [
    run(
      "return {redis.LOG_DEBUG, redis.LOG_VERBOSE, redis.LOG_NOTICE, redis.LOG_WARNING}",
    ),
    [0, 1, 2, 3],
  ],
  [
    run(
      "return {redis.REPL_NONE, redis.REPL_AOF, redis.REPL_SLAVE, redis.REPL_REPLICA, redis.REPL_ALL}",
    ),
    [0, 1, 2, 2, 3],
  ],
  [run("return redis.log(redis.LOG_DEBUG, 'a', 1)"), nil],
  [
    run("return redis.log(1)"),
    failure("ERR redis.log() requires two arguments or more."),
  ],
  [
    run("return redis.log('a', 'b')"),
    failure("ERR First argument must be a number (log level)."),
  ],
  [run("return redis.log(9, 'b')"), failure("ERR Invalid debug level.")],
  [
    run("return redis.setresp()"),
    failure("ERR redis.setresp() requires one argument."),
  ],
  [run("return redis.setresp(5)"), failure("ERR RESP version must be 2 or 3.")],
  [run("return redis.set_repl(redis.REPL_ALL)"), nil],
  [
    run("return redis.set_repl(99)"),
    failure(
      "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
    ),
  ],
  [
    run("return redis.set_repl()"),
    failure("ERR redis.set_repl() requires two arguments."),
  ],
  [run("return redis.acl_check_cmd('set', 'a', 'b')"), 1],
  [
    run("return redis.acl_check_cmd('nosuch')"),
    failure("ERR Invalid command passed to redis.acl_check_cmd()"),
  ],
  [run("return redis.breakpoint()"), nil],
  [run("return redis.debug(1)"), nil],
  [run("return redis.replicate_commands()"), 1],
]);

transcript("the libraries are those of Redis", [
  [
    run("return cjson.encode({1, 'a', {b = cjson.null}})"),
    '[1,"a",{"b":null}]',
  ],
  [run("return cjson.decode('[1,{\"a\":[2.5]}]')[2].a[1] * 2"), 5],
  [
    run("return cjson.decode('{')"),
    failure(
      "ERR user_script:1: Expected object key string but found T_END at character 2",
    ),
  ],
  [
    run("return cjson.encode({[1]=1,[1000000]=2})"),
    failure(
      "ERR user_script:1: Cannot serialise table: excessively sparse array",
    ),
  ],
  [run("return {cmsgpack.unpack(cmsgpack.pack({1, 'x'}, 2.5, nil, true))}"), [[
    1,
    "x",
  ], 2]],
  [run("return cmsgpack.pack({a = 1})"), "\x81\xa1a\x01"],
  [run("return struct.pack('>I2', 258)"), "\x01\x02"],
  [run("return {struct.unpack('<i4', '\\255\\255\\255\\255')}"), [-1, 5]],
  [run("return bit.tohex(bit.bxor(0xff, 0x0f))"), "000000f0"],
  [run("return string.format('%q', 'a\\nb\\0')"), '"a\\\nb\\000"'],
  [
    run("math.randomseed(5) return tostring(math.random())"),
    "0.52483957937213",
  ],
  [
    run(
      "math.randomseed(-7) return {tostring(math.random()), math.random(10), math.random(5, 6)}",
    ),
    ["0.07521187517569", 9, 6],
  ],
  [
    run("return math.random(0)"),
    failure(
      "ERR user_script:1: bad argument #1 to 'random' (interval is empty)",
    ),
  ],
  [
    run("return math.random(2, 1)"),
    failure(
      "ERR user_script:1: bad argument #2 to 'random' (interval is empty)",
    ),
  ],
  [
    run("return math.random(1, 2, 3)"),
    failure("ERR user_script:1: wrong number of arguments"),
  ],
  [
    run("return math.random({})"),
    failure(
      "ERR user_script:1: bad argument #1 to 'random' (number expected, got table)",
    ),
  ],
  [
    run("return {unpack({}, 0, 2147483647)}"),
    failure("ERR user_script:1: too many results to unpack"),
  ],
]);

transcript(
  "integers beyond 32 bits are themselves, whatever the interpreter runs on",
  [
    [run("return string.format('%d', 1700000000000)"), "1700000000000"],
    [run("return string.format('%d', '-1700000000000')"), "-1700000000000"],
    [
      run(
        "return string.format('%+d|% d|%08d|%-15d|%.15d|%#x|%#o|%20.14X|%x', 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, 2^40, -1)",
      ),
      "+1099511627776| 1099511627776|1099511627776|1099511627776  |001099511627776|0x10000000000|020000000000000|      00010000000000|ffffffffffffffff",
    ],
    [
      run("return string.format('%d%%%s|%u', 2^40, 'x', -5)"),
      "1099511627776%x|18446744073709551611",
    ],
    [run("return string.format('%d', 1/0)"), "-9223372036854775808"],
    [
      run("return string.format('%d', {})"),
      failure(
        "ERR user_script:1: bad argument #2 to 'format' (number expected, got table)",
      ),
    ],
    [
      run("return string.format('%123d', 2^40)"),
      failure(
        "ERR user_script:1: invalid format (width or precision too long)",
      ),
    ],
    [run("return tostring(tonumber('ffffffffff', 16))"), "1099511627775"],
    [
      run(
        "return {tonumber('zz', 36), tonumber('12', 2), tonumber('', 16), tonumber('0x10', 16)}",
      ),
      [1295],
    ],
    [
      run("return tonumber('1', 99)"),
      failure(
        "ERR user_script:1: bad argument #2 to 'tonumber' (base out of range)",
      ),
    ],
    [
      run("return cmsgpack.pack(1700000000000)"),
      "\xcf\x00\x00\x01\x8b\xcf\xe5\x68\x00",
    ],
    [
      run("return tostring(cmsgpack.unpack(cmsgpack.pack(-1700000000000)))"),
      "-1700000000000",
    ],
    [
      run("return cjson.encode({1700000000000, 4294967296})"),
      "[1700000000000,4294967296]",
    ],
    [run("return {1700000000000, 2^31, -2^31 - 1}"), [
      1700000000000,
      2147483648,
      -2147483649,
    ]],
    [run("return redis.call('echo', 1700000000000)"), "1700000000000"],
    [run("local t = {} t[2^40] = 'x' return t[2^40]"), "x"],
  ],
);

transcript("a hexadecimal number has digits", [
  ...["0x", "-0x", "+0X", " 0x ", "0x\\0"].map((text): [string[], string] => [
    run(`return tostring(tonumber('${text}'))`),
    "nil",
  ]),
  [run("return tostring(tonumber('0x', 10))"), "nil"],
  [run("return tostring(tonumber('0x', 16))"), "nil"],
  [run("return {tonumber('0x0'), tonumber('0'), tonumber(0)}"), [0, 0, 0]],
]);

transcript("cjson takes keys beyond 32 bits for those of an object", [
  [run("return cjson.encode({[2^31]=1})"), '{"2147483648":1}'],
  [run("return cjson.encode({[2^32+1]=1})"), '{"4294967297":1}'],
  [
    run("return cjson.encode({[2^40]={[1e20]=2}})"),
    '{"1099511627776":{"1e+20":2}}',
  ],
  [run("return cjson.encode({[2^53]=1})"), '{"9.007199254741e+15":1}'],
  [
    run("return cjson.encode({[2^31-1]=1})"),
    failure(
      "ERR user_script:1: Cannot serialise table: excessively sparse array",
    ),
  ],
  [
    run("return cjson.encode({[1/0]=1})"),
    failure(
      "ERR user_script:1: Cannot serialise number: must not be NaN or Inf",
    ),
  ],
]);

transcript("cmsgpack takes for integers what 64 bits hold", [
  [
    run("return cmsgpack.pack(2^63 - 1024)"),
    "\xcf\x7f\xff\xff\xff\xff\xff\xfc\x00",
  ],
  [run("return cmsgpack.pack(-2^63)"), "\xd3\x80\0\0\0\0\0\0\0"],
  [run("return cmsgpack.pack(2^63)"), "\xca\x5f\0\0\0"],
  [run("return cmsgpack.pack(-2^64)"), "\xca\xdf\x80\0\0"],
  [run("return cmsgpack.pack(1e20)"), "\xcb\x44\x15\xaf\x1d\x78\xb5\x8c\x40"],
  [
    run("return cmsgpack.pack({1/0, -1/0})"),
    "\x92\xca\x7f\x80\0\0\xca\xff\x80\0\0",
  ],
  [run("return cmsgpack.pack(-0)"), "\0"],
  [run("return cmsgpack.pack(0.5)"), "\xca\x3f\0\0\0"],
  [run("return cmsgpack.unpack('\\207' .. ('\\255'):rep(8))"), -1],
  [
    run("return tostring(cmsgpack.unpack('\\207\\128' .. ('\\0'):rep(7)))"),
    "-9.2233720368548e+18",
  ],
]);

transcript("struct has the sizes and the errors of redis-server", [
  [
    run(
      "return {struct.size('l'), struct.size('i'), struct.size('T'), struct.size('i8'), struct.size('!8l'), struct.size('!bl'), struct.size('!4bd'), struct.size('i3b!i3'), struct.size('c10x')}",
    ),
    [8, 4, 8, 8, 8, 16, 12, 9, 11],
  ],
  [
    run("return struct.pack('>i8', 1700000000000)"),
    "\x00\x00\x01\x8b\xcf\xe5\x68\x00",
  ],
  [run("return struct.pack('<l', -2^40)"), "\x00\x00\x00\x00\x00\xff\xff\xff"],
  [
    run("return tostring(struct.unpack('>I8', struct.pack('>I8', 2^53)))"),
    "9.007199254741e+15",
  ],
  [
    run(
      "return {struct.unpack('<i4bBhH', struct.pack('<i4bBhH', -5, -1, 200, -300, 60000))}",
    ),
    [-5, -1, 200, -300, 60000, 11],
  ],
  [
    run("return tostring(struct.unpack('>f', struct.pack('>f', 0.1)))"),
    "0.10000000149012",
  ],
  [run("return struct.pack('>!4bi4', 1, 256)"), "\x01\0\0\0\0\0\x01\0"],
  [run("return struct.pack('>i16', -1)"), "\0".repeat(8) + "\xff".repeat(8)],
  [run("return {struct.unpack('bc0s', '\\3abcdef\\0x')}"), ["abc", "def", 9]],
  [run("return {struct.unpack('b', 'abcd', 2)}"), [98, 3]],
  [
    run("return struct.pack('c5', 'abc')"),
    failure("ERR user_script:1: bad argument #3 to 'pack' (string too short)"),
  ],
  [
    run("return struct.pack('ii', 1)"),
    failure(
      "ERR user_script:1: bad argument #3 to 'pack' (number expected, got nil)",
    ),
  ],
  [
    run("return struct.pack('i33', 1)"),
    failure("ERR user_script:1: integral size 33 is larger than limit of 32"),
  ],
  [
    run("return struct.pack('i99999999999', 1)"),
    failure("ERR user_script:1: integral size overflow"),
  ],
  [
    run("return struct.pack('!3i', 1)"),
    failure("ERR user_script:1: alignment 3 is not a power of 2"),
  ],
  [
    run("return struct.pack('y', 1)"),
    failure(
      "ERR user_script:1: bad argument #1 to 'pack' (invalid format option 'y')",
    ),
  ],
  [
    run("return struct.unpack('i4', 'abcd', 2)"),
    failure(
      "ERR user_script:1: bad argument #2 to 'unpack' (data string too short)",
    ),
  ],
  [
    run("return struct.unpack('b', 'abcd', 0)"),
    failure(
      "ERR user_script:1: bad argument #3 to 'unpack' (offset must be 1 or greater)",
    ),
  ],
  [
    run("return struct.unpack('c0', 'abc')"),
    failure("ERR user_script:1: format 'c0' needs a previous size"),
  ],
  [
    run("return struct.unpack('s', 'abc')"),
    failure("ERR user_script:1: unfinished string in data"),
  ],
  [
    run("return struct.size('s')"),
    failure(
      "ERR user_script:1: bad argument #1 to 'size' (option 's' has no fixed size)",
    ),
  ],
]);

transcript("EVALSHA runs what EVAL or SCRIPT LOAD has brought", [
  ["SCRIPT FLUSH", OK],
  [["EVALSHA", RETURN_1, "0"], NO_SCRIPT],
  [["EVALSHA", "short", "x"], NO_SCRIPT],
  [["SCRIPT", "LOAD", "return 1"], RETURN_1],
  [["EVALSHA", RETURN_1, "0"], 1],
  [["EVALSHA", RETURN_1.toUpperCase(), "0"], 1],
  [["EVALSHA_RO", RETURN_1, "0"], 1],
  [
    ["EVALSHA", RETURN_1, "2", "a"],
    error("ERR Number of keys can't be greater than number of args"),
  ],
  [["SCRIPT", "EXISTS", RETURN_1, RETURN_1.toUpperCase(), "x"], [1, 1, 0]],
  ["SCRIPT FLUSH SYNC", OK],
  [["SCRIPT", "EXISTS", RETURN_1], [0]],
  [["EVALSHA", RETURN_1, "0"], NO_SCRIPT],
  [run("return 1"), 1],
  [["EVALSHA", RETURN_1, "0"], 1],
  ["SCRIPT FLUSH ASYNC", OK],
  [
    "SCRIPT FLUSH NOW",
    error("ERR SCRIPT FLUSH only support SYNC|ASYNC option"),
  ],
  [
    ["SCRIPT", "LOAD", "x y"],
    error(
      "ERR Error compiling script (new function): user_script:1: '=' expected near 'y'",
    ),
  ],
  ["SCRIPT KILL", error("NOTBUSY No scripts in execution right now.")],
  ["SCRIPT DEBUG NO", OK],
  ["SCRIPT DEBUG MAYBE", error("ERR Use SCRIPT DEBUG YES/SYNC/NO")],
]);

transcript("a script that may not write does not", [
  [["EVAL_RO", "return redis.call('get', KEYS[1])", "1", "k"], nil],
  [
    ["EVAL_RO", "return redis.call('set', KEYS[1], 1)", "1", "k"],
    failure("ERR Write commands are not allowed from read-only scripts."),
  ],
  [
    ["EVAL_RO", "return redis.call('publish', 'c', 'm')", "0"],
    failure("ERR Write commands are not allowed from read-only scripts."),
  ],
  [
    run("#!lua flags=no-writes\nreturn redis.call('set', 'k', 1)"),
    failure("ERR Write commands are not allowed from read-only scripts.", 2),
  ],
  [run("#!lua flags=no-writes\nreturn redis.call('get', 'k')"), nil],
  [["EVAL_RO", "#!lua flags=no-writes\nreturn 1", "0"], 1],
  [
    ["EVAL_RO", "#!lua\nreturn 1", "0"],
    error("ERR Can not execute a script with write flag using *_ro command."),
  ],
  [run("#!lua\nreturn redis.call('set', 'k', 1)"), OK],
  [run("#!lua"), error("ERR Invalid script shebang")],
  [
    run("#!js\nreturn 1"),
    error("ERR Unexpected engine in script shebang: #!js"),
  ],
  [
    run("#!lua name=x\nreturn 1"),
    error("ERR Unknown lua shebang option: name=x"),
  ],
  [
    run("#!lua flags=bad\nreturn 1"),
    error("ERR Unexpected flag in script shebang: bad"),
  ],
  [run("#!lua flags=\nreturn 1"), 1],
  [
    run("#!lua flags=no-writes,allow-oom\nerror('x')"),
    failure("ERR user_script:2: x", 2),
  ],
]);

transcript("a script has the database of its caller, and leaves it there", [
  ["SELECT 3", OK],
  ["SET k three", OK],
  [run("return redis.call('get', 'k')"), "three"],
  [run("redis.call('select', 4) return redis.call('set', 'k', 'four')"), OK],
  ["GET k", "three"],
  ["SELECT 4", OK],
  ["GET k", "four"],
  ["FLUSHALL", OK],
]);

transcript("scripts run in transactions, and break watches", [
  ["MULTI", OK],
  [run("return redis.call('incr', 'n')"), QUEUED],
  [["EVALSHA", "0".repeat(40), "0"], QUEUED],
  [run("return redis.call('incr', 'n')"), QUEUED],
  ["EXEC", [1, NO_SCRIPT, 2]],
  ["WATCH n", OK],
  [run("return redis.call('incr', 'n')"), 3],
  ["MULTI", OK],
  ["PING", QUEUED],
  ["EXEC", nilArray],
  ["FLUSHALL", OK],
]);
