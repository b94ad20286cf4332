import { StacklessError } from "../../protocol/command_error.ts";

/** A rule of an access control list that cannot be applied: why, in Redis's words. */
export class RuleError extends StacklessError {
  override readonly name = "RuleError";
  /** Whether it names a command or category that there is not. */
  readonly isUnknownName: boolean;

  constructor(message: string, isUnknownName = false) {
    super(message);
    this.isUnknownName = isUnknownName;
  }
}

export const BAD_SYNTAX = new RuleError("Syntax error");
export const UNKNOWN_NAME = new RuleError(
  "Unknown command or category name in ACL",
  true,
);
export const ALL_KEYS_ALREADY = new RuleError(
  "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have " +
    "any effect. Try 'resetkeys' to start with an empty list of patterns",
);
export const ALL_CHANNELS_ALREADY = new RuleError(
  "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not " +
    "have any effect. Try 'resetchannels' to start with an empty list of channels",
);
export const NO_SUCH_PASSWORD = new RuleError(
  "The password you are trying to remove from the user does not exist",
);
export const BAD_HASH = new RuleError(
  "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
);
export const FIRST_ARGUMENT_OF_SUBCOMMAND = new RuleError(
  "Allowing first-arg of a subcommand is not supported",
);
