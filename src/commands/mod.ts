/** Every command of the server, one family after the other. */
import type { CommandFamily } from "../server/command.ts";
import { bitCommands } from "./bit.ts";
import { connectionCommands } from "./connection.ts";
import { listCommands } from "./list.ts";
import { listMoveCommands } from "./list_move.ts";
import { listPopCommands } from "./list_pop.ts";
import { listReadCommands } from "./list_read.ts";
import { stringCommands } from "./string.ts";
import { stringLcsCommands } from "./string_lcs.ts";
import { stringNumberCommands } from "./string_number.ts";
import { stringRangeCommands } from "./string_range.ts";
import { transactionCommands } from "./transaction.ts";

export const commandFamilies: readonly CommandFamily[] = [
  connectionCommands,
  transactionCommands,
  stringCommands,
  stringNumberCommands,
  stringRangeCommands,
  stringLcsCommands,
  bitCommands,
  listCommands,
  listReadCommands,
  listPopCommands,
  listMoveCommands,
];
