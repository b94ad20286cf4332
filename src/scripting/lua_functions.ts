/** What Redis, or this server, has in the place of some functions of Lua's own libraries. */
import type { LuaEngine } from "./engine.ts";
import { outsideMath, raise } from "./results.ts";
import { Outcome } from "./trampolines.ts";

/** `string.rep`, at once instead of piece by piece, where no hook could end it. */
export function rep(engine: LuaEngine, L: number): number {
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

/** `math.random`, whose numbers are the same everywhere. */
export function random(engine: LuaEngine, L: number): number {
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

/** `math.randomseed` */
export function randomSeed(engine: LuaEngine, L: number): number {
  if (!engine.running) return outsideMath(engine, L, "math.randomseed");
  const seed = checkedInteger(engine, L, 1);
  if (seed === undefined) return Outcome.raise;
  engine.random.seed(seed);
  return 0;
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

/** Returns the name of the type of a value, as Lua's messages have it. */
export function typeName(
  { memory }: LuaEngine,
  L: number,
  index: number,
): string {
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
export function badArgument(
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
