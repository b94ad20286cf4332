import {
  advance,
  blocked,
  error,
  matching,
  nil,
  OK,
  on,
  push,
  received,
  sent,
  status,
  transcript,
  verbatim,
} from "../helpers/transcript.ts";

/** EVAL of a script without keys. */
function run(script: string, ...args: string[]): string[] {
  return ["EVAL", script, "0", ...args];
}

transcript("clients that wait for a key are served after the script", [
  [sent("b", "BLPOP l 0")],
  [blocked("b")],
  [
    run(
      "redis.call('rpush', 'l', 'x') local n = redis.call('llen', 'l') return n",
    ),
    1,
  ],
  [received("b", ["l", "x"])],
  ["EXISTS l", 0],
]);

transcript("MONITOR shows a script, and then its commands", [
  [on("m", "MONITOR"), OK],
  [run("return redis.call('set', 'k', 'v')"), OK],
  [received("m", {
    matches: (r) =>
      r.type === "status" &&
      /^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "EVAL" "return redis.call\('set', 'k', 'v'\)" "0"$/
        .test(r.text),
    describe: () => "EVAL",
  })],
  [received("m", {
    matches: (r) =>
      r.type === "status" &&
      /^\d+\.\d{6} \[0 lua\] "set" "k" "v"$/.test(r.text),
    describe: () => "set",
  })],
], { protocols: [2] });

transcript("what scripts do is announced", [
  ["CONFIG SET notify-keyspace-events KEA", OK],
  [on("s", "PSUBSCRIBE __key*__:*"), {
    matches: () => true,
    describe: () => "",
  }],
  [run("redis.call('set', 'k', 'v') redis.call('expire', 'k', 100)"), nil],
  [received("s", push(["pmessage", "__key*__:*", "__keyspace@0__:k", "set"]))],
  [received("s", push(["pmessage", "__key*__:*", "__keyevent@0__:set", "k"]))],
  [received(
    "s",
    push(["pmessage", "__key*__:*", "__keyspace@0__:k", "expire"]),
  )],
  [received(
    "s",
    push(["pmessage", "__key*__:*", "__keyevent@0__:expire", "k"]),
  )],
  ["CONFIG SET notify-keyspace-events ''", OK],
]);

transcript("the keys of a script that reads are tracked", [
  [on("t", "HELLO 3"), { matches: () => true, describe: () => "" }],
  [on("t", "CLIENT TRACKING on"), OK],
  [on("t", ["EVAL", "return redis.call('get', 'other')", "1", "declared"]), {
    matches: () => true,
    describe: () => "",
  }],
  ["SET other 1", OK],
  ["SET declared 1", OK],
  [received("t", {
    matches: (r) => r.type === "push" && JSON.stringify(r).includes("declared"),
    describe: () => "invalidate declared",
  })],
  [on("t", ["EVAL", "return redis.call('set', 'x', 1)", "1", "written"]), OK],
  ["SET written 1", OK],
  [on("t", "PING"), status("PONG")],
], { protocols: [2] });

transcript("no key expires while a script runs", [
  [
    run(
      "redis.call('set', 'k', 'v', 'px', 1) for i = 1, 1e6 do end return redis.call('exists', 'k')",
    ),
    1,
  ],
  [advance(31)],
  [run("return redis.call('exists', 'k')"), 0],
]);

transcript("errors of scripts are counted once", [
  ["CONFIG RESETSTAT", OK],
  ["SET s text", OK],
  [
    run("return redis.call('incr', 's')"),
    error(/^ERR value is not an integer/),
  ],
  ["INFO errorstats", verbatim(/errorstat_ERR:count=1\r\n/)],
  [
    "INFO commandstats",
    verbatim(/cmdstat_incr:calls=1,.*rejected_calls=0,failed_calls=1\r\n/),
  ],
  [
    "INFO commandstats",
    verbatim(/cmdstat_eval:calls=1,.*rejected_calls=0,failed_calls=1\r\n/),
  ],
  ["CONFIG RESETSTAT", OK],
  [
    run("return redis.pcall('incr', 's').err"),
    "ERR value is not an integer or out of range",
  ],
  [
    run("return redis.pcall('nosuch').err"),
    "ERR Unknown Redis command called from script",
  ],
  ["INFO errorstats", verbatim(/errorstat_ERR:count=2\r\n/)],
  [
    "INFO commandstats",
    verbatim(/cmdstat_eval:calls=2,.*rejected_calls=0,failed_calls=0\r\n/),
  ],
  ["CONFIG RESETSTAT", OK],
  [run("return {err='MY error'}"), error("MY error")],
  ["INFO errorstats", verbatim(/errorstat_MY:count=1\r\n/)],
]);

transcript("without memory a script may write only if it says so", [
  [
    ["SCRIPT", "LOAD", "return redis.call('set', 'k', 1)"],
    matching(/^[0-9a-f]{40}$/),
  ],
  ["CONFIG SET maxmemory 1", OK],
  [
    run("return redis.call('set', 'k', 1)"),
    error(/^OOM command not allowed when used memory > 'maxmemory'\. script: /),
  ],
  [run("return redis.call('get', 'k')"), nil],
  [
    run("#!lua\nreturn 1"),
    error("OOM command not allowed when used memory > 'maxmemory'."),
  ],
  [run("#!lua flags=no-writes\nreturn 1"), 1],
  [run("#!lua flags=allow-oom\nreturn redis.call('set', 'k', 1)"), OK],
  [run("redis.call('del', 'k') return redis.call('set', 'k', 1)"), OK],
  ["CONFIG SET maxmemory 0", OK],
  ["DEL k", 1],
]);

transcript("a script may do what its user may", [
  ["ACL SETUSER bob on nopass +@scripting +set +get ~x*", OK],
  [on("b", "AUTH bob any"), OK],
  [on("b", run("return redis.call('set', 'x1', 1)")), OK],
  [
    on("b", run("return redis.call('incr', 'x1')")),
    error(
      /^ERR The user executing the script can't run this command or subcommand script: /,
    ),
  ],
  [
    on("b", run("return redis.call('set', 'y', 1)")),
    error(
      /^ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: /,
    ),
  ],
  [
    on(
      "b",
      run(
        "return {redis.acl_check_cmd('set', 'x1', 1), redis.acl_check_cmd('hset', 'x1', 'f', 1), redis.acl_check_cmd('set', 'y', 1)}",
      ),
    ),
    [1, nil, nil],
  ],
  ["ACL DELUSER bob", 1],
]);

transcript("INFO tells of scripts", [
  ["SCRIPT FLUSH", OK],
  ["FUNCTION FLUSH", OK],
  [
    "INFO memory",
    verbatim(
      /\r\nnumber_of_cached_scripts:0\r\nnumber_of_functions:0\r\nnumber_of_libraries:0\r\n/,
    ),
  ],
  [run("return 1"), 1],
  [run("return 2"), 2],
  [[
    "FUNCTION",
    "LOAD",
    "#!lua name=x\nredis.register_function('f', function() end)",
  ], "x"],
  ["INFO memory", verbatim(/\r\nused_memory_vm_eval:[1-9]\d+\r\n/)],
  ["INFO memory", verbatim(/\r\nused_memory_vm_functions:[1-9]\d+\r\n/)],
  ["INFO memory", verbatim(/\r\nused_memory_scripts_eval:[1-9]\d+\r\n/)],
  [
    "INFO memory",
    verbatim(
      /\r\nnumber_of_cached_scripts:2\r\nnumber_of_functions:1\r\nnumber_of_libraries:1\r\n/,
    ),
  ],
  ["SCRIPT FLUSH", OK],
  ["FUNCTION FLUSH", OK],
]);

transcript(
  "scripts get what a command without an order gives in one, and no BLOCK",
  [
    ["SADD s c a b", 3],
    [run("return redis.call('sort', 's', 'by', 'nosort')"), ["a", "b", "c"]],
    [
      run("return redis.call('xread', 'block', 0, 'streams', 's', 0)"),
      error(
        /^ERR xread command is not allowed with BLOCK option from scripts script: /,
      ),
    ],
  ],
);

transcript("DEBUG SET-DISABLE-DENY-SCRIPTS lets scripts run all commands", [
  ["DEBUG SET-DISABLE-DENY-SCRIPTS 1", OK],
  [
    run("return redis.call('debug', 'protocol', 'bignum')"),
    "1234567999999999999999999999999999999",
  ],
  [
    run(
      "redis.setresp(3) return redis.call('debug', 'protocol', 'verbatim').verbatim_string.format",
    ),
    "txt",
  ],
  [run("return redis.call('blpop', 'none', 0)"), nil],
  ["DEBUG SET-DISABLE-DENY-SCRIPTS 0", OK],
  [
    run("return redis.call('blpop', 'none', 0)"),
    error(/^ERR This Redis command is not allowed from script script: /),
  ],
], { config: { "enable-debug-command": "yes" } });
