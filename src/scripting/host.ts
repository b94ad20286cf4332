import type { Args } from "../protocol/args.ts";
import type { ReplyWriter } from "../protocol/reply.ts";

/** What a script asks of the server. */
export interface ScriptHost {
  /** Runs a command; returns what holds its reply, to be cleared when that has been read. Throws a CommandError when a script may not run it. */
  call(args: Args): ReplyWriter;
  log(level: number, message: string): void;
  /** `redis.setresp`. */
  useResp(version: 2 | 3): void;
  /** `redis.set_repl`: bit 1 for the append log, bit 2 for replicas. */
  propagateTo(targets: number): void;
  /** `redis.acl_check_cmd`; `undefined` for what is no command. */
  mayRun(args: Args): boolean | undefined;
  /** `redis.register_function`. Throws a CommandError that the script gets. */
  register(definition: FunctionDefinition): void;
  /** Takes an error that should not have happened; returns the line of the reply that stands for it. */
  unexpected(error: unknown): string;
  /** Called every few thousand instructions: what to do now. */
  tick(): Interruption;
  /** Whether a flag of a function is one that Redis knows, in any case. */
  isFlag(flag: string): boolean;
  /** Resolves when a suspended script is to go on. */
  wait(): Promise<void>;
}

/** What becomes of a script that has run for a while: it goes on, is suspended, or fails with a message. */
export type Interruption = "go on" | "wait" | { readonly error: string };

/** A function of a library as `redis.register_function` is given it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: readonly string[];
  /** The callback, to be run. */
  readonly callback: Callback;
}

/** Names a compiled function that the engine holds until it is released. */
export type Callback = number & { readonly callback: unique symbol };

/** How a run ended. */
export type RunResult =
  | {
    readonly kind: "value";
    /** Address of the value in Lua's memory. */
    readonly value: number;
  }
  | {
    readonly kind: "error";
    /** The error as a reply has it, its code first. */
    readonly line: string;
    /** Where in the script it came from, such as `, on @user_script:1.`. */
    readonly place: string;
    /** Whether the statistics know of it. */
    readonly counted: boolean;
  }
  | {
    /** An error that is no table: there was no memory left to make one. */
    readonly kind: "failure";
    readonly message: string;
  }
  | {
    /** The engine itself broke, and can do nothing more. */
    readonly kind: "broken";
    readonly error: unknown;
  };

/** What follows a run. */
export interface AfterRun {
  /** Takes its result, which is valid until this returns. */
  ended(result: RunResult): void;
  /** Does whatever lies between two runs; returns whether another one has been prepared in the same engine. */
  next(): boolean;
}

/** Keys and arguments of a run: arguments of a command from `first` on, of which `keys` are keys. */
export interface Parameters {
  readonly args: Args;
  readonly first: number;
  readonly keys: number;
  /** As globals KEYS and ARGV, or as parameters of the function. */
  readonly as: "globals" | "parameters";
}
