import type { LuaEngine } from "./engine.ts";
import { Outcome } from "./trampolines.ts";

/** Pushes a boolean as the one result. */
export function pushBoolean(
  { api }: LuaEngine,
  L: number,
  value: boolean,
): number {
  api.lua_pushboolean(L, value ? 1 : 0);
  return 1;
}

/** Raises an error as Redis's own functions do: as a table. */
export function fail(engine: LuaEngine, L: number, message: string): number {
  engine.pushError(L, `ERR ${message}`);
  return Outcome.raise;
}

/** Raises an error as Lua's own functions do: as a string that begins with where the caller is. */
export function raise(engine: LuaEngine, L: number, message: string): number {
  engine.pushString(L, engine.where(L, 1) + message);
  return Outcome.raise;
}

/** Raises the error of a function of Redis that was called while no script runs. */
export function outside(engine: LuaEngine, L: number, what: string): number {
  return fail(
    engine,
    L,
    `${what} can only be called inside a script invocation`,
  );
}

/** The same of a function that Redis has put in the place of one of Lua's. */
export function outsideMath(
  engine: LuaEngine,
  L: number,
  what: string,
): number {
  return raise(
    engine,
    L,
    `${what} can only be called inside a script invocation`,
  );
}
