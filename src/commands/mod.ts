/** Every command of the server, one family after the other. */
import type { CommandFamily } from "../server/command.ts";
import { connectionCommands } from "./connection.ts";
import { listCommands } from "./list.ts";
import { stringCommands } from "./string.ts";
import { transactionCommands } from "./transaction.ts";

export const commandFamilies: readonly CommandFamily[] = [
  connectionCommands,
  transactionCommands,
  stringCommands,
  listCommands,
];
