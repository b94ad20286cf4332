/** The functions of the table `redis`. */
import { Args } from "../protocol/args.ts";
import { CommandError } from "../protocol/command_error.ts";
import { writeBytes } from "../protocol/short_string.ts";
import { Sha1 } from "../store/sha1.ts";
import type { LuaEngine } from "./engine.ts";
import { errorLine } from "./error_line.ts";
import { type LuaMemory, LuaType } from "./lua_state.ts";
import { ReplyPusher } from "./reply_to_lua.ts";
import { fail, outside, pushBoolean } from "./results.ts";
import { Outcome } from "./trampolines.ts";

/** The levels of `redis.log`, after `LOG_`. */
export const LOG_LEVELS = {
  DEBUG: 0,
  VERBOSE: 1,
  NOTICE: 2,
  WARNING: 3,
} as const;
/** What `redis.set_repl` takes, after `REPL_`. */
export const PROPAGATION = {
  NONE: 0,
  AOF: 1,
  SLAVE: 2,
  REPLICA: 2,
  ALL: 3,
} as const;
/** Chars that a number takes at most. */
const LONGEST_NUMBER = 32;
const NO_ARGUMENTS =
  "Please specify at least one argument for this redis lib call";
const WRONG_ARGUMENTS =
  "Lua redis lib command arguments must be strings or integers";

/** Returns what `redis.call` and `redis.pcall` do. */
export function commandCaller(
  engine: LuaEngine,
): (L: number, raises: boolean) => number {
  const { host } = engine;
  const words = new Words(engine);
  const replies = new ReplyPusher(engine);
  return (L, raises) => {
    if (!engine.running) return outside(engine, L, "redis.call/pcall");
    const outcome = raises ? Outcome.raise : 1;
    const problem = words.take(L);
    if (problem !== undefined) {
      engine.pushError(L, `ERR ${problem}`);
      return outcome;
    }
    engine.memory.setTop(L, 0);
    try {
      const reply = host.call(words.args);
      const failed = replies.push(L, reply.block, reply.length);
      reply.clear();
      return failed ? outcome : 1;
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
    let numbersEnd = 0;
    const base = memory.base(L);
    for (let value = base; value < base + count * 16; value += 16) {
      const type = memory.type(value);
      if (type === LuaType.string) {
        const string = memory.object(value);
        const begin = memory.stringBegin(string);
        args.push(begin, begin + memory.stringLength(string));
      } else if (type === LuaType.number) {
        const at = numbersEnd !== 0
          ? numbersEnd
          : this.#engine.room(L, count * LONGEST_NUMBER);
        numbersEnd = writeNumber(memory, at, value);
        args.push(at, numbersEnd);
      } else return WRONG_ARGUMENTS;
    }
    args.use(memory.bytes);
    return undefined;
  }
}

/** Writes a number as C's `%.17g` does; returns where it ends. */
function writeNumber(memory: LuaMemory, at: number, value: number): number {
  const n = memory.number(value);
  if (n >= 0 && (n | 0) === n && !Object.is(n, -0)) {
    return memory.writeInteger(at, n);
  }
  const text = memory.numberText(value);
  writeBytes(memory.bytes, at, text);
  return at + text.length;
}

/** `redis.sha1hex` */
export function sha1hex(engine: LuaEngine, L: number): number {
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

/** `redis.error_reply` */
export function errorReply(engine: LuaEngine, L: number): number {
  const text = onlyString(engine, L);
  if (text === undefined) return 1;
  engine.pushError(L, errorLine(text.startsWith("-") ? text : `-${text}`));
  return 1;
}

/** `redis.status_reply` */
export function statusReply(engine: LuaEngine, L: number): number {
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

/** `redis.set_repl` */
export function setRepl(engine: LuaEngine, L: number): number {
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

/** `redis.acl_check_cmd` */
export function checkCommand(engine: LuaEngine, L: number): number {
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

/** `redis.log` */
export function log(engine: LuaEngine, L: number): number {
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

/** `redis.setresp` */
export function setResp(engine: LuaEngine, L: number): number {
  if (!engine.running) return outside(engine, L, "redis.setresp");
  if (engine.memory.count(L) !== 1) {
    return fail(engine, L, "redis.setresp() requires one argument.");
  }
  const version = Math.trunc(engine.api.lua_tonumber(L, 1));
  if (version !== 2 && version !== 3) {
    return fail(engine, L, "RESP version must be 2 or 3.");
  }
  engine.host.useResp(version);
  return 0;
}
