import type { Settings } from "../../../src/config/parameters.ts";
import { startServer } from "../../../src/mod.ts";
import type { LogSink } from "../../../src/server/log.ts";
import type { Server } from "../../../src/server/server.ts";
import { MemoryFiles } from "../../persistence/memory_files.ts";

/** Starts a master or a replica; its clock is the machine's, because that of the others is. Nothing is on a disk where no folder is named. */
export function startNode(
  config: Partial<Settings> = {},
  log: LogSink = () => {},
): Promise<Server> {
  return startServer({
    log,
    ...config.dir === undefined && { files: new MemoryFiles() },
    config: {
      bind: ["127.0.0.1"],
      save: [],
      "enable-debug-command": "yes",
      "repl-diskless-sync-delay": 0,
      "repl-ping-replica-period": 1,
      ...config,
    },
  });
}
