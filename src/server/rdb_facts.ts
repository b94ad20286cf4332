import type { RdbFacts } from "../persistence/rdb/rdb_encoder.ts";
import { rdbSettingsOf } from "./dumps.ts";
import type { Server } from "./server.ts";
import { REDIS_VERSION } from "./version.ts";

/** Returns what an RDB file of this moment says of itself, with `fields` besides. */
export function rdbFactsOf(
  { clock, config, memory, scripts, store }: Server,
  fields: RdbFacts["fields"] = [],
): RdbFacts {
  return {
    settings: rdbSettingsOf(config),
    checksum: config.values.rdbchecksum,
    fields: [
      ["redis-ver", REDIS_VERSION],
      ["redis-bits", "64"],
      ["ctime", String(Math.floor(clock.now() / 1000))],
      ["used-mem", String(Math.floor(memory.used))],
      ...fields,
      ["aof-base", "0"],
    ],
    functions: scripts.libraries.codes,
    sizes: store.databases.map(({ expiring, size }) => [size, expiring]),
  };
}
