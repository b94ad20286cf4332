import { Args } from "../protocol/args.ts";
import { CommandError } from "../protocol/command_error.ts";
import { formatDouble } from "../protocol/double.ts";
import { Sha1 } from "../store/sha1.ts";
import type { LuaEngine, OwnFunction } from "./engine.ts";
import { errorLine } from "./error_line.ts";
import { GLOBALS, LuaType } from "./lua_state.ts";
import { registerFunction } from "./register_function.ts";
import { pushReply } from "./reply_to_lua.ts";
import { Outcome } from "./trampolines.ts";

/** The version of Redis that scripts are told. */
const VERSION = "7.0.15", VERSION_NUMBER = 0x7000f;
const LOG_LEVELS = { DEBUG: 0, VERBOSE: 1, NOTICE: 2, WARNING: 3 } as const;
const PROPAGATION = { NONE: 0, AOF: 1, SLAVE: 2, REPLICA: 2, ALL: 3 } as const;
const NO_ARGUMENTS =
  "Please specify at least one argument for this redis lib call";
const WRONG_ARGUMENTS =
  "Lua redis lib command arguments must be strings or integers";
const UNKNOWN_GLOBAL =
  "Script attempted to access nonexistent global variable '";

/** Sets up the globals that scripts have: EVAL's. */
export function scriptsLibrary(engine: LuaEngine): void {
  const { api, L } = engine;
  engine.openGlobals(true);
  for (const name of ["KEYS", "ARGV"]) {
    api.lua_pushnil(L);
    api.lua_setfield(L, GLOBALS, engine.name(name));
  }
  pushRedis(engine);
  setFields(engine, {
    breakpoint: (L) => pushBoolean(engine, L, false),
    debug: () => 0,
    replicate_commands: (L) => pushBoolean(engine, L, true),
  });
  api.lua_setfield(L, GLOBALS, engine.name("redis"));
  setCommonGlobals(engine);
  api.lua_pushvalue(L, 1);
  api.lua_setfield(L, GLOBALS, engine.name("__redis__err__handler"));
  protect(engine, GLOBALS);
  engine.openGlobals(false);
}

/**
 * Sets up the globals that functions have, and those that a library has while
 * it is loaded. Which of them are to be seen is decided where the metatable of an
 * empty table of globals says to look.
 */
export function functionsLibrary(engine: LuaEngine): void {
  const { api, L, memory } = engine;
  engine.openGlobals(true);
  for (const name of ["KEYS", "ARGV"]) {
    api.lua_pushnil(L);
    api.lua_setfield(L, GLOBALS, engine.name(name));
  }
  pushRedis(engine);
  api.lua_setfield(L, GLOBALS, engine.name("redis"));
  setCommonGlobals(engine);
  protect(engine, GLOBALS);
  engine.openGlobals(false);

  api.lua_createtable(L, 0, 1);
  api.lua_createtable(L, 0, 8);
  setFields(engine, {
    register_function: (L) => registerFunction(engine, L),
    log: (L) => log(engine, L),
  });
  setLevels(engine);
  protect(engine, -1);
  close(engine, -1);
  api.lua_setfield(L, -2, engine.name("redis"));
  protect(engine, -1);
  close(engine, -1);
  const libraryGlobals = engine.reference(L);

  api.lua_pushvalue(L, GLOBALS);
  const globals = engine.reference(L);

  api.lua_createtable(L, 0, 0);
  api.lua_createtable(L, 0, 1);
  api.lua_pushvalue(L, GLOBALS);
  api.lua_setfield(L, -2, engine.name("__index"));
  const metatable = memory.object(memory.at(L, -1));
  close(engine, -1);
  api.lua_setmetatable(L, -2);
  close(engine, -1);
  api.lua_replace(L, GLOBALS);
  engine.seeGlobals = (of) => {
    memory.setReadonly(metatable, false);
    engine.pushReference(L, of === "library" ? libraryGlobals : globals);
    api.lua_getmetatable(L, GLOBALS);
    api.lua_pushvalue(L, -2);
    api.lua_setfield(L, -2, engine.name("__index"));
    api.lua_settop(L, -3);
    memory.setReadonly(metatable, true);
  };
}

/** Pushes the table `redis`, with what both kinds of globals have of it. */
function pushRedis(engine: LuaEngine): void {
  const { api, host, L } = engine;
  api.lua_createtable(L, 0, 32);
  const command = commandCaller(engine);
  setFields(engine, {
    call: (L) => command(L, true),
    pcall: (L) => command(L, false),
    log: (L) => log(engine, L),
    setresp: (L) => {
      if (!engine.running) return outside(engine, L, "redis.setresp");
      if (engine.memory.count(L) !== 1) {
        return fail(engine, L, "redis.setresp() requires one argument.");
      }
      const version = Math.trunc(api.lua_tonumber(L, 1));
      if (version !== 2 && version !== 3) {
        return fail(engine, L, "RESP version must be 2 or 3.");
      }
      host.useResp(version);
      return 0;
    },
    sha1hex: (L) => sha1hex(engine, L),
    error_reply: (L) => errorReply(engine, L),
    status_reply: (L) => statusReply(engine, L),
    set_repl: (L) => setRepl(engine, L),
    acl_check_cmd: (L) => checkCommand(engine, L),
  });
  setLevels(engine);
  setNumbers(engine, "REPL_", PROPAGATION);
}

/** Replaces what Redis replaces among Lua's own functions. */
function setCommonGlobals(engine: LuaEngine): void {
  const { api, L, memory } = engine;
  engine.pushPcall(L);
  api.lua_setfield(L, GLOBALS, engine.name("pcall"));
  api.lua_getfield(L, GLOBALS, engine.name("math"));
  const math = memory.object(memory.at(L, -1));
  memory.setReadonly(math, false);
  setFields(engine, {
    random: (L) => random(engine, L),
    randomseed: (L) => {
      if (!engine.running) return outsideMath(engine, L, "math.randomseed");
      const seed = checkedInteger(engine, L, 1);
      if (seed === undefined) return Outcome.raise;
      engine.random.seed(seed);
      return 0;
    },
  });
  memory.setReadonly(math, true);
  api.lua_settop(L, -2);
  api.lua_getfield(L, GLOBALS, engine.name("string"));
  const string = memory.object(memory.at(L, -1));
  memory.setReadonly(string, false);
  setFields(engine, { rep: (L) => rep(engine, L) });
  memory.setReadonly(string, true);
  api.lua_settop(L, -2);
  api.lua_getfield(L, GLOBALS, engine.name("cjson"));
  const cjson = memory.object(memory.at(L, -1));
  memory.setReadonly(cjson, false);
  for (const name of ["decode_array_with_array_mt"]) {
    api.lua_pushnil(L);
    api.lua_setfield(L, -2, engine.name(name));
  }
  memory.setReadonly(cjson, true);
  api.lua_settop(L, -2);
}

/** `string.rep`, at once instead of piece by piece, where no hook could end it. */
function rep(engine: LuaEngine, L: number): number {
  const { api, memory } = engine;
  if (api.lua_tolstring(L, 1, 0) === 0) {
    const got = typeName(engine, L, 1);
    return badArgument(engine, L, 1, `string expected, got ${got}`);
  }
  const count = checkedInteger(engine, L, 2);
  if (count === undefined) return Outcome.raise;
  const piece = memory.object(memory.at(L, 1));
  const length = memory.stringLength(piece);
  const total = length * Math.max(count, 0);
  const at = engine.room(L, total);
  const { bytes } = memory;
  if (total > 0) {
    const begin = memory.stringBegin(piece);
    bytes.copyWithin(at, begin, begin + length);
    for (let done = length; done < total; done *= 2) {
      bytes.copyWithin(at + done, at, at + Math.min(done, total - done));
    }
  }
  api.lua_pushlstring(L, at, total);
  return 1;
}

/** Gives a table the metatable that fails for what is not in it, and closes all that was added to the globals. */
function protect(engine: LuaEngine, index: number): void {
  const { api, L } = engine;
  api.lua_pushvalue(L, index);
  api.lua_createtable(L, 0, 1);
  engine.pushOwn(L, (L) => {
    if (engine.memory.count(L) !== 2) {
      return raise(
        engine,
        L,
        "Wrong number of arguments to luaProtectedTableError",
      );
    }
    const name = engine.toText(L, 2);
    return raise(
      engine,
      L,
      name === undefined
        ? "Second argument to luaProtectedTableError must be a string or number"
        : `${UNKNOWN_GLOBAL}${name}'`,
    );
  });
  api.lua_setfield(L, -2, engine.name("__index"));
  close(engine, -1);
  api.lua_setmetatable(L, -2);
  if (index === GLOBALS) {
    api.lua_getfield(L, -1, engine.name("redis"));
    close(engine, -1);
    api.lua_settop(L, -2);
  }
  api.lua_settop(L, -2);
}

function close({ L, memory }: LuaEngine, index: number): void {
  memory.setReadonly(memory.object(memory.at(L, index)), true);
}

/** Adds functions to the table on top of the stack. */
function setFields(
  engine: LuaEngine,
  functions: Readonly<Record<string, OwnFunction>>,
): void {
  const { api, L } = engine;
  for (const [name, run] of Object.entries(functions)) {
    engine.pushOwn(L, run);
    api.lua_setfield(L, -2, engine.name(name));
  }
}

function setNumbers(
  engine: LuaEngine,
  prefix: string,
  numbers: Readonly<Record<string, number>>,
): void {
  const { api, L } = engine;
  for (const [name, number] of Object.entries(numbers)) {
    api.lua_pushnumber(L, number);
    api.lua_setfield(L, -2, engine.name(prefix + name));
  }
}

/** Adds the levels of the log, and the version. */
function setLevels(engine: LuaEngine): void {
  const { api, L } = engine;
  setNumbers(engine, "LOG_", LOG_LEVELS);
  setNumbers(engine, "REDIS_", { VERSION_NUM: VERSION_NUMBER });
  engine.pushString(L, VERSION);
  api.lua_setfield(L, -2, engine.name("REDIS_VERSION"));
}

/** Returns what `redis.call` and `redis.pcall` do. */
function commandCaller(
  engine: LuaEngine,
): (L: number, raises: boolean) => number {
  const { host } = engine;
  const words = new Words(engine);
  return (L, raises) => {
    if (!engine.running) return outside(engine, L, "redis.call/pcall");
    const outcome = raises ? Outcome.raise : 1;
    const problem = words.take(L);
    if (problem !== undefined) {
      engine.pushError(L, `ERR ${problem}`);
      return outcome;
    }
    engine.api.lua_settop(L, 0);
    try {
      const reply = host.call(words.args);
      pushReply(engine, L, reply);
      return reply[0] === 45 ? outcome : 1;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      engine.pushError(L, `${error.code} ${error.message}`, true);
      return outcome;
    }
  };
}

/** The command line that a script gives: the strings where they lie in Lua's memory, numbers written beside them. */
class Words {
  readonly args = new Args();
  readonly #engine: LuaEngine;

  constructor(engine: LuaEngine) {
    this.#engine = engine;
  }

  /** Takes the values on the stack; returns what is wrong with them, if anything is. Valid until Lua runs on. */
  take(L: number): string | undefined {
    const { memory } = this.#engine;
    const count = memory.count(L);
    if (count === 0) return NO_ARGUMENTS;
    const { args } = this;
    args.length = 0;
    let numbers = "";
    const base = memory.base(L);
    for (let value = base; value < base + count * 16; value += 16) {
      const type = memory.type(value);
      if (type === LuaType.string) {
        const string = memory.object(value);
        const begin = memory.stringBegin(string);
        args.push(begin, begin + memory.stringLength(string));
      } else if (type === LuaType.number) {
        const text = numberText(memory.number(value));
        // Its place is known when all of them are.
        args.push(-1 - numbers.length, text.length);
        numbers += text;
      } else return WRONG_ARGUMENTS;
    }
    if (numbers !== "") this.#placeNumbers(L, numbers);
    args.use(memory.bytes);
    return undefined;
  }

  #placeNumbers(L: number, numbers: string): void {
    const { args } = this;
    const at = this.#engine.placeText(L, numbers);
    for (let i = 0; i < args.length; i++) {
      const start = args.starts[i]!;
      if (start >= 0) continue;
      args.starts[i] = at - 1 - start;
      args.ends[i]! += args.starts[i]!;
    }
  }
}

/** Prints a number as C's `%.17g` does. */
function numberText(n: number): string {
  // The sign of what is no number is the one that x86 gives to 0/0.
  return Number.isNaN(n) ? "-nan" : formatDouble(n);
}

function sha1hex(engine: LuaEngine, L: number): number {
  const { api, memory } = engine;
  if (memory.count(L) !== 1) {
    return fail(engine, L, "wrong number of arguments");
  }
  api.lua_tolstring(L, 1, 0);
  const value = memory.at(L, 1);
  const data = memory.type(value) === LuaType.string
    ? memory.string(memory.object(value))
    : "";
  const hash = new Uint8Array(20);
  new Sha1().hash(data, hash);
  engine.pushString(L, hash.toHex());
  return 1;
}

function errorReply(engine: LuaEngine, L: number): number {
  const text = onlyString(engine, L);
  if (text === undefined) return 1;
  engine.pushError(L, errorLine(text.startsWith("-") ? text : `-${text}`));
  return 1;
}

function statusReply(engine: LuaEngine, L: number): number {
  if (onlyString(engine, L) === undefined) return 1;
  const { api } = engine;
  api.lua_createtable(L, 0, 1);
  api.lua_pushvalue(L, 1);
  api.lua_setfield(L, -2, engine.name("ok"));
  return 1;
}

/** Returns the one argument, or pushes an error and returns nothing. */
function onlyString(engine: LuaEngine, L: number): string | undefined {
  const { memory } = engine;
  const value = memory.at(L, 1);
  if (memory.count(L) === 1 && memory.type(value) === LuaType.string) {
    return memory.string(memory.object(value));
  }
  engine.pushError(L, "ERR wrong number or type of arguments");
  return undefined;
}

function setRepl(engine: LuaEngine, L: number): number {
  if (!engine.running) return outside(engine, L, "redis.set_repl");
  const { api, host, memory } = engine;
  if (memory.count(L) !== 1) {
    return fail(engine, L, "redis.set_repl() requires two arguments.");
  }
  const targets = Math.trunc(api.lua_tonumber(L, -1));
  if ((targets & ~PROPAGATION.ALL) !== 0) {
    return fail(
      engine,
      L,
      "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
    );
  }
  host.propagateTo(targets);
  return 0;
}

function checkCommand(engine: LuaEngine, L: number): number {
  if (!engine.running) return outside(engine, L, "redis.acl_check_cmd");
  const words = new Words(engine);
  const problem = words.take(L);
  if (problem !== undefined) return fail(engine, L, problem);
  const allowed = engine.host.mayRun(words.args);
  if (allowed === undefined) {
    return fail(engine, L, "Invalid command passed to redis.acl_check_cmd()");
  }
  return pushBoolean(engine, L, allowed);
}

function log(engine: LuaEngine, L: number): number {
  const { api, host, memory } = engine;
  const count = memory.count(L);
  if (count < 2) {
    return fail(engine, L, "redis.log() requires two arguments or more.");
  }
  if (api.lua_isnumber(L, 1) === 0) {
    return fail(engine, L, "First argument must be a number (log level).");
  }
  const level = Math.trunc(api.lua_tonumber(L, 1));
  if (level < LOG_LEVELS.DEBUG || level > LOG_LEVELS.WARNING) {
    return fail(engine, L, "Invalid debug level.");
  }
  const words: string[] = [];
  for (let i = 2; i <= count; i++) {
    if (api.lua_tolstring(L, i, 0) === 0) continue;
    words.push(memory.string(memory.object(memory.at(L, i))));
  }
  host.log(level, words.join(" "));
  return 0;
}

function random(engine: LuaEngine, L: number): number {
  if (!engine.running) return outsideMath(engine, L, "math.random");
  const { api, memory } = engine;
  const r = engine.random.next();
  const count = memory.count(L);
  if (count > 2) return raise(engine, L, "wrong number of arguments");
  if (count === 0) {
    api.lua_pushnumber(L, r);
    return 1;
  }
  const first = checkedInteger(engine, L, 1);
  if (first === undefined) return Outcome.raise;
  const second = count === 1 ? first : checkedInteger(engine, L, 2);
  if (second === undefined) return Outcome.raise;
  const least = count === 1 ? 1 : first;
  if (least > second) {
    return badArgument(engine, L, count, "interval is empty");
  }
  const range = count === 1 ? second : second - least + 1;
  api.lua_pushnumber(L, Math.floor(r * range) + least);
  return 1;
}

/** Returns argument `index` as a 32-bit integer, or pushes an error and returns nothing. */
function checkedInteger(
  engine: LuaEngine,
  L: number,
  index: number,
): number | undefined {
  const { api } = engine;
  if (api.lua_isnumber(L, index) !== 0) return api.lua_tonumber(L, index) | 0;
  const got = typeName(engine, L, index);
  badArgument(engine, L, index, `number expected, got ${got}`);
  return undefined;
}

function typeName({ memory }: LuaEngine, L: number, index: number): string {
  if (index > memory.count(L)) return "no value";
  const names = [
    "nil",
    "boolean",
    "userdata",
    "number",
    "string",
    "table",
    "function",
    "userdata",
    "thread",
  ];
  return names[memory.type(memory.at(L, index))]!;
}

/** Pushes Lua's error about an argument. */
function badArgument(
  engine: LuaEngine,
  L: number,
  index: number,
  problem: string,
): number {
  const { name, method } = engine.calledAs(L);
  if (method) index--;
  return raise(
    engine,
    L,
    index === 0
      ? `calling '${name}' on bad self (${problem})`
      : `bad argument #${index} to '${name}' (${problem})`,
  );
}

function pushBoolean({ api }: LuaEngine, L: number, value: boolean): number {
  api.lua_pushboolean(L, value ? 1 : 0);
  return 1;
}

/** Raises an error as Redis's own functions do: as a table. */
function fail(engine: LuaEngine, L: number, message: string): number {
  engine.pushError(L, `ERR ${message}`);
  return Outcome.raise;
}

/** Raises an error as Lua's own functions do: as a string that begins with where the caller is. */
function raise(engine: LuaEngine, L: number, message: string): number {
  engine.pushString(L, engine.where(L, 1) + message);
  return Outcome.raise;
}

function outside(engine: LuaEngine, L: number, what: string): number {
  return fail(
    engine,
    L,
    `${what} can only be called inside a script invocation`,
  );
}

function outsideMath(engine: LuaEngine, L: number, what: string): number {
  return raise(
    engine,
    L,
    `${what} can only be called inside a script invocation`,
  );
}
