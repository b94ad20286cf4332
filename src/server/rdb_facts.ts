import type { RdbFacts } from "../persistence/rdb/rdb_encoder.ts";
import type { Store } from "../store/store.ts";
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
    ...accessesOf(config.values["maxmemory-policy"], store),
    sizes: store.databases.map(({ expiring, size }) => [size, expiring]),
  };
}

/** Accesses are told where the policy of eviction goes by them. */
function accessesOf(
  policy: string,
  { frequencies, now, seconds }: Store,
): Pick<RdbFacts, "accesses"> {
  if (frequencies !== undefined) {
    const of = (access: number) => frequencies.frequency(access, now);
    return { accesses: { kind: "frequency", of } };
  }
  if (!policy.endsWith("lru")) return {};
  const of = (access: number) => Math.max(0, seconds - access);
  return { accesses: { kind: "idle", of } };
}
