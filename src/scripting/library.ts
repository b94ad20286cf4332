import type { LuaEngine, OwnFunction } from "./engine.ts";
import { random, randomSeed, rep } from "./lua_functions.ts";
import { GLOBALS } from "./lua_state.ts";
import {
  checkCommand,
  commandCaller,
  errorReply,
  log,
  LOG_LEVELS,
  PROPAGATION,
  setRepl,
  setResp,
  sha1hex,
  statusReply,
} from "./redis_functions.ts";
import { registerFunction } from "./register_function.ts";
import { pushBoolean, raise } from "./results.ts";
import { structLibrary } from "./struct_library.ts";
import { wideFormat, wideToNumber } from "./wide_integers.ts";

/** The version of Redis that scripts are told. */
const VERSION = "7.0.15", VERSION_NUMBER = 0x7000f;
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
  const { api, L } = engine;
  api.lua_createtable(L, 0, 32);
  const command = commandCaller(engine);
  setFields(engine, {
    call: (L) => command(L, true),
    pcall: (L) => command(L, false),
    log: (L) => log(engine, L),
    setresp: (L) => setResp(engine, L),
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
  api.lua_pushvalue(L, GLOBALS);
  setFields(engine, {
    tonumber: wideToNumber(engine, ownOf(engine, "tonumber")),
  });
  api.lua_settop(L, -2);
  engine.pushPcall(L);
  api.lua_setfield(L, GLOBALS, engine.name("pcall"));
  api.lua_getfield(L, GLOBALS, engine.name("math"));
  const math = memory.object(memory.at(L, -1));
  memory.setReadonly(math, false);
  setFields(engine, {
    random: (L) => random(engine, L),
    randomseed: (L) => randomSeed(engine, L),
  });
  memory.setReadonly(math, true);
  api.lua_settop(L, -2);
  api.lua_getfield(L, GLOBALS, engine.name("string"));
  const string = memory.object(memory.at(L, -1));
  memory.setReadonly(string, false);
  setFields(engine, {
    rep: (L) => rep(engine, L),
    format: wideFormat(engine, ownOf(engine, "format")),
  });
  memory.setReadonly(string, true);
  api.lua_settop(L, -2);
  api.lua_getfield(L, GLOBALS, engine.name("struct"));
  const struct = memory.object(memory.at(L, -1));
  memory.setReadonly(struct, false);
  setFields(engine, structLibrary(engine));
  memory.setReadonly(struct, true);
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

/** Returns a function of Lua's own in the table on top of the stack, to be called in the place of one of ours. */
function ownOf(engine: LuaEngine, field: string): OwnFunction {
  const { api, L, memory } = engine;
  api.lua_getfield(L, -1, engine.name(field));
  const slot = memory.slotOf(memory.object(memory.at(L, -1)));
  api.lua_settop(L, -2);
  return api.__indirect_function_table.get(slot) as OwnFunction;
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
