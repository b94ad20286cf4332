import { CommandError } from "../protocol/command_error.ts";
import type { LuaEngine } from "./engine.ts";
import type { Callback } from "./host.ts";
import { LuaType } from "./lua_state.ts";
import { Outcome } from "./trampolines.ts";

const UNKNOWN_ARGUMENT = "unknown argument given to redis.register_function";

/** What `redis.register_function` has been given so far. */
interface Given {
  name?: string;
  description?: string;
  callback?: Callback;
  flags: readonly string[];
}

/** `redis.register_function(name, callback)` and `redis.register_function{function_name = …, callback = …, flags = {…}, description = …}`. */
export function registerFunction(engine: LuaEngine, L: number): number {
  const given: Given = { flags: [] };
  const problem = problemOf(engine, L, given);
  if (problem !== undefined) {
    if (given.callback !== undefined) engine.release(given.callback);
    engine.pushError(L, `ERR ${problem}`);
    return Outcome.raise;
  }
  return 0;
}

/** Reads the arguments and registers the function; returns why not, if it cannot. */
function problemOf(
  engine: LuaEngine,
  L: number,
  given: Given,
): string | undefined {
  if (!engine.loading) {
    return "redis.register_function can only be called on FUNCTION LOAD command";
  }
  const count = engine.memory.count(L);
  if (count < 1 || count > 2) {
    return "wrong number of arguments to redis.register_function";
  }
  const problem = count === 1
    ? readNamed(engine, L, given)
    : readPositional(engine, L, given);
  if (problem !== undefined) return problem;
  const { name, callback, description, flags } = given;
  try {
    engine.host.register({
      name: name!,
      callback: callback!,
      description,
      flags,
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.message;
  }
  return undefined;
}

function readPositional(
  engine: LuaEngine,
  L: number,
  given: Given,
): string | undefined {
  const name = stringAt(engine, L, 1);
  if (name === undefined) {
    return "first argument to redis.register_function must be a string";
  }
  given.name = name;
  const { memory } = engine;
  if (memory.type(memory.at(L, 2)) !== LuaType.function) {
    return "second argument to redis.register_function must be a function";
  }
  given.callback = engine.reference(L);
  return undefined;
}

function readNamed(
  engine: LuaEngine,
  L: number,
  given: Given,
): string | undefined {
  const { api, memory } = engine;
  if (memory.type(memory.at(L, 1)) !== LuaType.table) {
    return "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).";
  }
  api.lua_pushnil(L);
  while (api.lua_next(L, 1) !== 0) {
    const key = memory.at(L, -2);
    // As everywhere in C's API, a number passes for a string.
    if (memory.type(key) === LuaType.number) return UNKNOWN_ARGUMENT;
    if (memory.type(key) !== LuaType.string) {
      return "named argument key given to redis.register_function is not a string";
    }
    const problem = readField(
      engine,
      L,
      given,
      memory.text(memory.object(key)),
    );
    if (problem !== undefined) return problem;
    api.lua_settop(L, 2);
  }
  if (given.name === undefined) {
    return "redis.register_function must get a function name argument";
  }
  if (given.callback === undefined) {
    return "redis.register_function must get a callback argument";
  }
  return undefined;
}

/** Reads the value on top of the stack. */
function readField(
  engine: LuaEngine,
  L: number,
  given: Given,
  key: string,
): string | undefined {
  const { memory } = engine;
  const type = memory.type(memory.at(L, -1));
  switch (key.toLowerCase()) {
    case "function_name": {
      const name = stringAt(engine, L, -1);
      if (name === undefined) {
        return "function_name argument given to redis.register_function must be a string";
      }
      given.name = name;
      return undefined;
    }
    case "description": {
      const description = stringAt(engine, L, -1);
      if (description === undefined) {
        return "description argument given to redis.register_function must be a string";
      }
      given.description = description;
      return undefined;
    }
    case "callback":
      if (type !== LuaType.function) {
        return "callback argument given to redis.register_function must be a function";
      }
      given.callback = engine.reference(L);
      return undefined;
    case "flags":
      if (type !== LuaType.table) {
        return "flags argument to redis.register_function must be a table representing function flags";
      }
      return readFlags(engine, L, given);
    default:
      return UNKNOWN_ARGUMENT;
  }
}

function readFlags(
  engine: LuaEngine,
  L: number,
  given: Given,
): string | undefined {
  const { api, memory } = engine;
  const flags: string[] = [];
  for (let i = 1;; i++) {
    api.lua_rawgeti(L, -1, i);
    const isEnd = memory.type(memory.at(L, -1)) === LuaType.nil;
    const flag = isEnd ? undefined : stringAt(engine, L, -1);
    api.lua_settop(L, -2);
    if (isEnd) break;
    if (flag === undefined || !engine.host.isFlag(flag)) {
      return "unknown flag given";
    }
    flags.push(flag.toLowerCase());
  }
  given.flags = flags;
  return undefined;
}

/** Returns the string, or the number as one, at an index, all its bytes. */
function stringAt(
  engine: LuaEngine,
  L: number,
  index: number,
): string | undefined {
  const { api, memory } = engine;
  if (api.lua_tolstring(L, index, 0) === 0) return undefined;
  return memory.string(memory.object(memory.at(L, index)));
}
