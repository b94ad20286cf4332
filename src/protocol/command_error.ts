/**
 * An `Error` by its prototype only, for those of which nobody asks where they
 * came from. One that V8 makes captures a stack, which takes a hundred times as
 * long, and V8 parses the module again that makes the first one.
 */
export class StacklessError implements Error {
  readonly name: string = "StacklessError";
  readonly message: string;

  static {
    Object.setPrototypeOf(StacklessError.prototype, Error.prototype);
  }

  constructor(message: string) {
    this.message = message;
  }
}

/**
 * An error that is part of the protocol: it is sent to the client as
 * `-<code> <message>` and leaves the keyspace as it was. Constant errors are
 * built once and thrown many times.
 */
export class CommandError extends StacklessError {
  override readonly name: string = "CommandError";
  /** The first word of the reply: what INFO errorstats counts by. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A request that is not RESP: its reply is the last thing the connection hears. */
export class ProtocolError extends CommandError {
  override readonly name = "ProtocolError";

  constructor(message: string) {
    super("ERR", `Protocol error: ${message}`);
  }
}

function err(message: string): CommandError {
  return new CommandError("ERR", message);
}

export const SYNTAX_ERROR = err("syntax error");
export const NOT_AN_INTEGER = err("value is not an integer or out of range");
export const NOT_POSITIVE = err("value is out of range, must be positive");
export const NOT_A_FLOAT = err("value is not a valid float");
export const NO_SUCH_KEY = err("no such key");
export const INDEX_OUT_OF_RANGE = err("index out of range");
export const OFFSET_OUT_OF_RANGE = err("offset is out of range");
export const DB_INDEX_OUT_OF_RANGE = err("DB index is out of range");
export const INVALID_DB_INDEX = err("invalid DB index");
export const SAME_OBJECT = err("source and destination objects are the same");
export const INCREMENT_OVERFLOW = err("increment or decrement would overflow");
export const TIMEOUT_NEGATIVE = err("timeout is negative");
export const TIMEOUT_NOT_A_FLOAT = err(
  "timeout is not a float or out of range",
);
export const TIMEOUT_OUT_OF_RANGE = err("timeout is out of range");
export const STRING_TOO_LONG = err(
  "string exceeds maximum allowed size (proto-max-bulk-len)",
);
export const WRONG_TYPE = new CommandError(
  "WRONGTYPE",
  "Operation against a key holding the wrong kind of value",
);

/** Returns the reply to a command (`get`) or subcommand (`config|get`) given too few or too many arguments. */
export function wrongArity(name: string): CommandError {
  return err(`wrong number of arguments for '${name}' command`);
}

/** Returns the reply to an expire time that is not positive or past the end of time. */
export function invalidExpireTime(command: string): CommandError {
  return err(`invalid expire time in '${command}' command`);
}

/** Returns an `ERR` error with a message of its own. */
export function commandError(message: string): CommandError {
  return err(message);
}
