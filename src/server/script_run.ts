import type { LuaEngine } from "../scripting/engine.ts";
import type { Callback } from "../scripting/host.ts";
import type { Client } from "./client.ts";
import type { Command } from "./command_table.ts";
import type { Propagation } from "./propagation.ts";
import type { Suspension } from "./suspension.ts";

/** The command that a kind of script is managed with. */
export type ScriptKind = "SCRIPT" | "FUNCTION";

/** A script, or a function, that may run. */
export interface Runnable {
  readonly kind: ScriptKind;
  /** What errors and the log call it. */
  readonly name: string;
  readonly engine: LuaEngine;
  readonly callback: Callback;
  /** Bits of `ScriptFlags`. */
  readonly flags: number;
}

/** A script that runs. One object does for all of them, since one runs at a time. */
export interface Run {
  script: Runnable;
  caller: Client;
  /** The command that runs it. */
  command: Command;
  readOnly: boolean;
  outOfMemory: boolean;
  /** When it began, and when its slice did, on the monotonic clock. Most have ended before anybody asks. */
  begin: number | undefined;
  sliceBegin: number;
  /** It has changed data: it must come to its own end. */
  wrote: boolean;
  killed: boolean;
  richTypes: boolean;
  /** For whom its changes are: `redis.set_repl`. */
  audience: Propagation["audience"];
  /** Present once it has taken long enough for others to be told. */
  suspension: Suspension | undefined;
  waiting: boolean;
  /** Its reply is, or holds, an error. */
  failed: boolean;
}

/** Returns an object that stands for a run, and may stand for others after it. */
export function newRun(
  script: Runnable,
  caller: Client,
  command: Command,
): Run {
  return {
    script,
    caller,
    command,
    readOnly: false,
    outOfMemory: false,
    begin: undefined,
    sliceBegin: 0,
    wrote: false,
    killed: false,
    richTypes: false,
    audience: "everybody",
    suspension: undefined,
    waiting: false,
    failed: false,
  };
}
