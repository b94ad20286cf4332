import type { Args } from "../protocol/args.ts";
import { toText } from "../protocol/byte_string.ts";
import { CommandError } from "../protocol/command_error.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import type {
  AfterRun,
  FunctionDefinition,
  Interruption,
  RunResult,
  ScriptHost,
} from "../scripting/host.ts";
import type { LuaEngine } from "../scripting/engine.ts";
import { writeValue } from "../scripting/lua_to_reply.ts";
import type { Client } from "./client.ts";
import type { Call } from "./command.ts";
import { type Command, CommandBits } from "./command_table.ts";
import { isScriptFlag, ScriptFlags } from "./script_flags.ts";
import {
  newRun,
  type Run,
  type Runnable,
  type ScriptKind,
} from "./script_run.ts";
import { checkStart, isOutOfMemory, refusal } from "./script_rules.ts";
import type { Server } from "./server.ts";
import { Suspension } from "./suspension.ts";

/** How long a busy script runs before the event loop turns again, in milliseconds. */
const SLICE_MS = 5;
/** How much of a message without a table around it is told. */
const SHOWN_FAILURE = 100;

const NOT_BUSY = new CommandError(
  "NOTBUSY",
  "No scripts in execution right now.",
);
const UNKILLABLE = new CommandError(
  "UNKILLABLE",
  "Sorry the script already executed write commands against the dataset. You can either wait the " +
    "script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
);
const BUSY: Readonly<Record<ScriptKind, CommandError>> = {
  SCRIPT: busyError("SCRIPT KILL"),
  FUNCTION: busyError("FUNCTION KILL"),
};
const KILLED = "Script killed by user with SCRIPT KILL...";

/** By the bits that `redis.set_repl` is given. */
const AUDIENCES = ["nobody", "log", "replicas", "everybody"] as const;

/** Runs the requests that a client has sent. */
interface Loop {
  readonly client: Client;
  readonly goOn: (client: Client) => void;
}

/**
 * Runs scripts, one at a time, and runs the commands of each as a client that is
 * not connected would. A script that takes longer than `busy-reply-threshold` is
 * suspended now and then, so that others are told and may kill it; nothing else
 * runs meanwhile, and nothing expires for it.
 */
export class ScriptRunner implements ScriptHost {
  readonly #server: Server;
  #client: Client | undefined = undefined;
  #run: Run | undefined = undefined;
  /** The object that stood for the last one. */
  #idle: Run | undefined = undefined;
  /** The client whose requests run at the moment, and what runs more of them. */
  #loop: Loop | undefined = undefined;
  /** The engine that is to run a script as soon as the loop gets there. */
  #prepared: LuaEngine | undefined = undefined;
  /** Stands for the client whose script it is. */
  #ahead: Suspension | undefined = undefined;
  readonly #alone: AfterRun = {
    ended: (result) => {
      const run = this.#run!;
      if (run.suspension === undefined) this.#finish(run, result);
      else this.#finishLate(run, run.suspension, result);
    },
    next: () => false,
  };
  readonly #inLoop: AfterRun = {
    ended: (result) => {
      const run = this.#run!;
      if (run.suspension !== undefined) {
        return this.#finishLate(run, run.suspension, result);
      }
      try {
        this.#finish(run, result);
      } catch (error) {
        run.caller.suspended!.error = error;
      }
    },
    next: () => {
      const { caller, script } = this.#idle!;
      this.#prepared = undefined;
      caller.suspended!.goOn();
      const { client, goOn } = this.#loop!;
      goOn(client);
      return this.#prepared === script.engine;
    },
  };
  readonly #error = (line: string, counted: boolean): void =>
    this.#writeError(this.#idle!, line, counted);
  /** Whether scripts may run commands that are not for scripts: DEBUG SET-DISABLE-DENY-SCRIPTS. */
  mayRunAll = false;
  /** Who gets the functions that a library registers, while one is loaded. */
  #registrar: ((definition: FunctionDefinition) => void) | undefined =
    undefined;
  /** When loading it has taken too long, on the monotonic clock. */
  #loadDeadline = Infinity;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Lets go of the script that ran last, and of its engine. */
  forget(): void {
    this.#idle = undefined;
  }

  /** Whether a script has been suspended. */
  get suspended(): boolean {
    return this.#run?.suspension !== undefined;
  }

  /** What clients hear while a script is suspended. */
  get busyError(): CommandError {
    return BUSY[this.#run?.script.kind ?? "SCRIPT"];
  }

  /** Has a library loaded: its functions go to `registrar`, and it may take so many milliseconds. */
  registering<T>(
    patience: number,
    registrar: (definition: FunctionDefinition) => void,
    load: () => T,
  ): T {
    this.#registrar = registrar;
    this.#loadDeadline = this.#server.clock.monotonic() + patience;
    try {
      return load();
    } finally {
      this.#registrar = undefined;
    }
  }

  /** The function that runs, with the command line that runs it, and for how many milliseconds. Throws BUSY while a script runs. */
  runningFunction():
    | { readonly name: string; readonly args: Args; readonly ms: number }
    | undefined {
    if (this.#run === undefined) return undefined;
    const { begin, caller, script } = this.#run;
    if (script.kind === "SCRIPT") throw this.busyError;
    const now = this.#server.clock.monotonic();
    const ms = Math.floor(now - (begin ?? now));
    return { name: script.name, args: caller.args, ms };
  }

  /** Runs a script for a call, whose arguments from `first` on are `keys` keys and what else it gets, and writes its reply. Throws when it may not run. */
  start(
    { args, client, server }: Call,
    command: Command,
    script: Runnable,
    first: number,
    keys: number,
  ): void {
    const readsOnly = (command.bits & CommandBits.readonly) !== 0;
    const { flags } = script;
    checkStart(server, flags, readsOnly);
    const declared = (flags & ScriptFlags.undeclared) === 0;
    const run = this.#run = this.#idle ?? newRun(script, client, command);
    run.script = script;
    run.caller = client;
    run.command = command;
    run.readOnly = readsOnly ||
      declared && (flags & ScriptFlags["no-writes"]) !== 0;
    run.outOfMemory = !(declared && (flags & ScriptFlags["allow-oom"]) !== 0) &&
      isOutOfMemory(server);
    run.begin = run.suspension = undefined;
    run.wrote =
      run.killed =
      run.richTypes =
      run.waiting =
      run.failed =
        false;
    run.audience = "everybody";
    const own = this.#client ??= server.createScriptClient();
    own.db = client.db;
    if (own.user !== client.user) own.become(client.user);
    own.reply.protocol = 2;
    const as = script.kind === "SCRIPT" ? "globals" : "parameters";
    const { engine } = script;
    engine.prepare(script.callback, { args, first, keys, as });
    if (this.#loop?.client !== client || !client.mayBlock) {
      return engine.run(this.#alone);
    }
    this.#prepared = engine;
    if (this.#ahead === undefined) this.#ahead = new Suspension(client);
    else this.#ahead.reuse(client);
  }

  /**
   * Has `goOn` run requests of a client. The scripts among them run when it
   * returns, and it is called again after each.
   */
  loop(client: Client, goOn: (client: Client) => void): void {
    const outer = this.#loop;
    this.#loop = { client, goOn };
    try {
      goOn(client);
      while (this.#prepared !== undefined) this.#prepared.run(this.#inLoop);
    } finally {
      this.#loop = outer;
    }
  }

  /** SCRIPT KILL and FUNCTION KILL: has the script that runs fail. Throws when it may not be. */
  kill(kind: ScriptKind): void {
    const run = this.#run;
    if (run === undefined) throw NOT_BUSY;
    if (run.wrote) throw UNKILLABLE;
    if (run.script.kind !== kind) throw this.busyError;
    run.killed = true;
  }

  /** Has the script that runs fail, whatever it did: the server ends. */
  stop(): void {
    if (this.#run !== undefined) this.#run.killed = true;
  }

  call(args: Args): ReplyWriter {
    const { executor, propagation, table, tracking } = this.#server;
    const run = this.#run!, client = this.#client!;
    const command = table.resolve(args);
    const problem = refusal(this.#server, run, command, args);
    if (problem !== undefined) {
      if (command !== undefined) command.rejectedCalls++;
      this.#server.statistics.error(problem.code);
      throw problem;
    }
    if ((command!.bits & CommandBits.write) !== 0) run.wrote = true;
    client.args = args;
    propagation.audience = run.audience;
    executor.run(client, command!, "nested");
    propagation.audience = "everybody";
    const { caller } = run;
    if (
      caller.tracking !== undefined &&
      (command!.bits & CommandBits.readonly) !== 0
    ) tracking.remember(caller, run.command, caller.args);
    return client.reply;
  }

  log(level: number, message: string): void {
    const names = ["debug", "verbose", "notice", "warning"] as const;
    this.#server.log[names[level]!](toText(message));
  }

  useResp(version: 2 | 3): void {
    this.#client!.reply.protocol = version;
    this.#run!.richTypes = this.#client!.reply.hasPushes;
  }

  propagateTo(targets: number): void {
    this.#run!.audience = AUDIENCES[targets]!;
  }

  mayRun(args: Args): boolean | undefined {
    const { acl, table } = this.#server;
    const command = table.resolve(args);
    return command && acl.mayRun(this.#run!.caller.user, command, args);
  }

  register(definition: FunctionDefinition): void {
    this.#registrar!(definition);
  }

  isFlag(flag: string): boolean {
    return isScriptFlag(flag.toLowerCase());
  }

  unexpected(error: unknown): string {
    const { log, statistics } = this.#server;
    const text = error instanceof Error ? error.stack : String(error);
    log.warning(`Unexpected error in a script: ${text}`);
    statistics.unexpectedErrors++;
    return "ERR internal error, see the log of the server";
  }

  tick(): Interruption {
    const { clock, config, executor, log } = this.#server;
    const now = clock.monotonic();
    const run = this.#run;
    if (run === undefined) {
      return now > this.#loadDeadline
        ? { error: "FUNCTION LOAD timeout" }
        : "go on";
    }
    if (run.waiting) {
      run.waiting = false;
      run.sliceBegin = now;
      executor.resumeTurn();
      const { caller } = run;
      if (caller.tracking !== undefined) {
        this.#server.tracking.current = caller;
      }
    }
    if (run.killed) {
      log.warning("Lua script killed by user with SCRIPT KILL.");
      return { error: KILLED };
    }
    if (run.suspension !== undefined) {
      return now - run.sliceBegin > SLICE_MS ? "wait" : "go on";
    }
    const threshold = config.values["busy-reply-threshold"];
    const elapsed = now - (run.begin ??= now);
    if (threshold <= 0 || elapsed < threshold) return "go on";
    log.warning(
      `Slow script detected: still in execution after ${
        Math.floor(elapsed)
      } milliseconds. You can try killing the script using the ${run.script.kind} KILL command. ` +
        `Script name is: ${run.script.name}.`,
    );
    return "wait";
  }

  wait(): Promise<void> {
    const { clock, executor } = this.#server;
    const run = this.#run!;
    if (run.suspension === undefined) {
      this.#prepared = this.#ahead = undefined;
      run.suspension = run.caller.suspended ?? new Suspension(run.caller);
      run.suspension.leaveTurn();
      executor.setGate(CommandBits.refusedWhenBusy, true);
    } else executor.suspendTurn();
    run.waiting = true;
    return new Promise((resolve) => clock.after(0, resolve));
  }

  /** Ends a script that was suspended. */
  #finishLate(run: Run, suspension: Suspension, result: RunResult): void {
    const { clock, executor, log } = this.#server;
    if (run.waiting) executor.resumeTurn();
    // The value is valid only now; what follows the script comes later.
    this.#finish(run, result);
    executor.setGate(CommandBits.refusedWhenBusy, false);
    log.verbose(
      `The script ended after ${
        Math.floor(clock.monotonic() - run.begin!)
      } milliseconds`,
    );
    suspension.finish();
  }

  /** Writes the reply of a script that has ended. */
  #finish(run: Run, result: RunResult): void {
    this.#run = undefined;
    this.#idle = run;
    const { propagation, scripts } = this.#server;
    scripts.ended(run.script.engine);
    // What it ran has been propagated.
    propagation.suppress();
    const { reply } = run.caller;
    const { name } = run.script;
    switch (result.kind) {
      case "value": {
        const { fieldNames, memory } = run.script.engine;
        const context = {
          memory,
          fieldNames,
          booleans: run.richTypes,
          error: this.#error,
        };
        return writeValue(context, reply, result.value);
      }
      case "error": {
        const place = result.place === ""
          ? ""
          : ` script: ${name}${result.place}`;
        return this.#writeError(run, result.line + place, result.counted);
      }
      case "failure": {
        const message = result.message.slice(0, SHOWN_FAILURE);
        return this.#writeError(
          run,
          `ERR Error running script ${name}, ${message}`,
          false,
        );
      }
      case "broken":
        this.#server.scripts.engineBroke(run.script.engine, result.error);
        return this.#writeError(
          run,
          `ERR Error running script ${name}, the script engine failed and was started anew`,
          false,
        );
    }
  }

  /** Writes an error of any form, and counts it unless it has been. */
  #writeError(run: Run, line: string, counted: boolean): void {
    if (!counted) {
      const blank = line.indexOf(" ");
      this.#server.statistics.error(blank < 0 ? "ERR" : line.slice(0, blank));
    }
    if (!run.failed) run.command.failedCalls++;
    run.failed = true;
    run.caller.reply.errorLine(line.replace(/^[\r\n]+|[\r\n]+$/g, ""));
  }
}

function busyError(remedy: string): CommandError {
  return new CommandError(
    "BUSY",
    `Redis is busy running a script. You can only call ${remedy} or SHUTDOWN NOSAVE.`,
  );
}
