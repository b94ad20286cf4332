import type { RequestLimits } from "../protocol/decoder.ts";
import { Frequencies } from "../store/frequencies.ts";
import type { Server } from "./server.ts";

/** Has a server do as its parameters say, at once and whenever they change; those that are only asked for when they matter need nothing of it. */
export function followConfig(server: Server, limits: RequestLimits): void {
  const { config, log, memory } = server;
  config.onChange("proto-max-bulk-len", (bytes) => {
    limits.maxBulkLength = bytes;
  });
  config.onChange("latency-tracking", (on) => {
    server.trackLatency = on;
  });
  config.onChange("loglevel", (level) => {
    log.level = level;
  });
  config.onChange("maxmemory", () => memory.follow());
  config.onChange("maxmemory-warning", () => memory.follow());
  followEvictionPolicy(server);
  for (
    const name of [
      "maxmemory-policy",
      "lfu-log-factor",
      "lfu-decay-time",
    ] as const
  ) config.onChange(name, () => followEvictionPolicy(server));
  followThresholds(server);
  for (
    const name of [
      "hash-max-listpack-entries",
      "hash-max-listpack-value",
      "set-max-intset-entries",
      "zset-max-listpack-entries",
      "zset-max-listpack-value",
      "stream-node-max-entries",
      "stream-node-max-bytes",
    ] as const
  ) config.onChange(name, () => followThresholds(server));
  followSlowness(server);
  for (
    const name of [
      "slowlog-log-slower-than",
      "slowlog-max-len",
      "latency-monitor-threshold",
    ] as const
  ) config.onChange(name, () => followSlowness(server));
}

/** Has accesses to keys counted while an LFU policy is on, else timed. */
function followEvictionPolicy(
  { config: { values }, eviction, memory, random, store }: Server,
): void {
  store.countAccesses(
    values["maxmemory-policy"].endsWith("lfu")
      ? new Frequencies(random, {
        logFactor: values["lfu-log-factor"],
        decayMinutes: values["lfu-decay-time"],
      })
      : undefined,
  );
  eviction.follow();
  memory.follow();
}

function followThresholds(
  { config: { values }, store: { thresholds } }: Server,
): void {
  thresholds.hashEntries = values["hash-max-listpack-entries"];
  thresholds.hashBytes = values["hash-max-listpack-value"];
  thresholds.setIntegers = values["set-max-intset-entries"];
  thresholds.sortedSetEntries = values["zset-max-listpack-entries"];
  thresholds.sortedSetBytes = values["zset-max-listpack-value"];
  thresholds.streamNodeEntries = values["stream-node-max-entries"];
  thresholds.streamNodeBytes = values["stream-node-max-bytes"];
}

function followSlowness(
  { config: { values }, executor, slowLog }: Server,
): void {
  executor.timing.followSlowness();
  if (values["slowlog-log-slower-than"] >= 0) {
    slowLog.trim(values["slowlog-max-len"]);
  }
}
