import { fromText } from "../protocol/byte_string.ts";
import { REDIS_VERSION, VERSION } from "./version.ts";
import type { Command } from "./command_table.ts";
import { humanBytes, memoryFigures } from "./memory_figures.ts";
import type { AppendLog } from "./append_log.ts";
import type { Loading } from "./loading.ts";
import type { Server } from "./server.ts";

/** What INFO calls the states of a replica. */
const STATES = {
  introduced: "wait_bgsave",
  waiting: "wait_bgsave",
  copying: "send_bulk",
  online: "online",
} as const;

type Fields = readonly (readonly [name: string, value: string | number])[];

interface Section {
  readonly title: string;
  /** Names by which it is asked for, in lower case. */
  readonly names: readonly string[];
  /** Whether INFO without arguments shows it. */
  readonly isDefault: boolean;
  readonly fields: (server: Server) => Fields;
}

const SECTIONS: readonly Section[] = [
  section("Server", serverFields),
  section("Clients", clientFields),
  section("Memory", memoryFields),
  section("Persistence", persistenceFields),
  section("Stats", statisticsFields),
  section("Replication", replicationFields),
  section("CPU", cpuFields),
  {
    title: "Modules",
    names: ["modules", "module_list"],
    isDefault: true,
    fields: () => [],
  },
  section("Commandstats", commandFields, false),
  section("Errorstats", errorFields),
  section("Latencystats", latencyFields, false),
  section("Cluster", () => [["cluster_enabled", 0]]),
  section("Keyspace", keyspaceFields),
];

/**
 * Returns what INFO replies when these sections are asked for, by name in any
 * case, `default`, `all` or `everything`; without any, the default ones. Names
 * that are not known give nothing.
 *
 * It tells what is true of this server. Fields about things that it does not
 * have, such as replicas, are there with their zero, since clients and monitoring
 * tools look for them.
 *
 * Differs from Redis: INFO does not tell how Redis was built and what it waits and
 * measures time with (monotonic_clock, multiplexing_api), what a fork has copied
 * and how far it is (current_save_keys_processed, current_save_keys_total), how
 * many expired keys it estimates to be left (expired_stale_perc), or of single
 * threads, and used_memory is an estimate of what the data and the clients take.
 */
export function info(server: Server, sections: readonly string[]): string {
  const names = new Set(sections.map((name) => name.toLowerCase()));
  const all = names.has("all") || names.has("everything");
  const defaults = names.size === 0 || names.has("default");
  return SECTIONS
    .filter(({ names: known, isDefault }) =>
      all || (defaults && isDefault) || known.some((name) => names.has(name))
    )
    .map(({ title, fields }) =>
      [
        `# ${title}`,
        ...fields(server).map(([name, value]) => `${name}:${value}`),
      ].map((line) => `${line}\r\n`).join("")
    )
    .join("\r\n");
}

function section(
  title: string,
  fields: Section["fields"],
  isDefault = true,
): Section {
  return { title, names: [title.toLowerCase()], isDefault, fields };
}

function serverFields(server: Server): Fields {
  const { config, store, clock } = server;
  const now = clock.now();
  const uptime = Math.floor(now / 1000) - Math.floor(server.startedAt / 1000);
  const { hz } = config.values;
  return [
    ["redis_version", REDIS_VERSION],
    ["redis_lite_version", VERSION],
    ["redis_mode", "standalone"],
    ["os", systemName()],
    ["arch_bits", 64],
    ["deno_version", Deno.version.deno],
    ["process_id", Deno.pid],
    ["process_supervised", "no"],
    ["run_id", server.runId],
    ["tcp_port", server.port],
    ["server_time_usec", now * 1000],
    ["uptime_in_seconds", uptime],
    ["uptime_in_days", Math.floor(uptime / 86400)],
    ["hz", hz],
    ["configured_hz", hz],
    ["lru_clock", store.seconds & 0xffffff],
    ["executable", fromText(Deno.execPath())],
    ["config_file", fromText(config.file ?? "")],
    ["io_threads_active", 0],
  ];
}

/** Returns the system as `uname` names it. */
function systemName(): string {
  const { arch, os } = Deno.build;
  const name = os === "linux" ? "Linux" : os === "darwin" ? "Darwin" : os;
  return `${name} ${Deno.osRelease()} ${arch}`;
}

function clientFields(server: Server): Fields {
  const { blocking, clients, config, pause, tracking } = server;
  let input = 0, output = 0, withTimeout = 0;
  for (const { blocked, decoder, reply } of clients) {
    input = Math.max(input, decoder.capacity);
    output = Math.max(output, reply.capacity);
    if (blocked !== undefined && blocked.deadline !== Infinity) withTimeout++;
  }
  return [
    ["connected_clients", clients.size],
    ["cluster_connections", 0],
    ["maxclients", config.values["maxclients"]],
    ["client_recent_max_input_buffer", input],
    ["client_recent_max_output_buffer", output],
    ["blocked_clients", blocking.size + pause.size],
    ["tracking_clients", tracking.clientCount],
    ["clients_in_timeout_table", withTimeout],
  ];
}

function memoryFields(server: Server): Fields {
  const { values } = server.config;
  const { scripts } = server;
  const { cache, libraries } = scripts;
  const interpreters = scripts.usedMemory + scripts.usedFunctionMemory;
  const figures = memoryFigures(server);
  const { heapExcess, processExcess, totalExcess } = figures;
  const system = Deno.systemMemoryInfo().total;
  return [
    ["used_memory", figures.used],
    ["used_memory_human", humanBytes(figures.used)],
    ["used_memory_rss", figures.rss],
    ["used_memory_rss_human", humanBytes(figures.rss)],
    ["used_memory_peak", figures.peak],
    ["used_memory_peak_human", humanBytes(figures.peak)],
    ["used_memory_peak_perc", `${figures.peakPercent.toFixed(2)}%`],
    ["used_memory_overhead", figures.overhead],
    ["used_memory_startup", figures.startup],
    ["used_memory_dataset", figures.dataset],
    ["used_memory_dataset_perc", `${figures.datasetPercent.toFixed(2)}%`],
    ["allocator_allocated", figures.allocated],
    ["allocator_active", figures.active],
    ["allocator_resident", figures.active],
    ["total_system_memory", system],
    ["total_system_memory_human", humanBytes(system)],
    ["used_memory_lua", scripts.usedMemory],
    ["used_memory_vm_eval", scripts.usedMemory],
    ["used_memory_lua_human", humanBytes(scripts.usedMemory)],
    ["used_memory_scripts_eval", cache.memory],
    ["number_of_cached_scripts", cache.size],
    ["number_of_functions", libraries.functionCount],
    ["number_of_libraries", libraries.libraryCount],
    ["used_memory_vm_functions", scripts.usedFunctionMemory],
    ["used_memory_vm_total", interpreters],
    ["used_memory_vm_total_human", humanBytes(interpreters)],
    ["used_memory_functions", libraries.memory],
    ["used_memory_scripts", cache.memory + libraries.memory],
    ["used_memory_scripts_human", humanBytes(cache.memory + libraries.memory)],
    ["maxmemory", String(BigInt(values["maxmemory"]))],
    ["maxmemory_human", humanBytes(values["maxmemory"])],
    ["maxmemory_policy", values["maxmemory-policy"]],
    ["allocator_frag_ratio", heapExcess.ratio.toFixed(2)],
    ["allocator_frag_bytes", heapExcess.bytes],
    ["allocator_rss_ratio", "1.00"],
    ["allocator_rss_bytes", 0],
    ["rss_overhead_ratio", processExcess.ratio.toFixed(2)],
    ["rss_overhead_bytes", processExcess.bytes],
    ["mem_fragmentation_ratio", totalExcess.ratio.toFixed(2)],
    ["mem_fragmentation_bytes", totalExcess.bytes],
    ["mem_not_counted_for_evict", 0],
    ["mem_replication_backlog", 0],
    ["mem_total_replication_buffers", 0],
    ["mem_clients_slaves", 0],
    ["mem_clients_normal", figures.clients],
    ["mem_cluster_links", 0],
    ["mem_aof_buffer", server.appendLog.writer.file?.capacity ?? 0],
    ["mem_allocator", `v8-${Deno.version.v8}`],
    ["active_defrag_running", 0],
    ["lazyfree_pending_objects", 0],
    ["lazyfreed_objects", server.statistics.lazilyFreed],
  ];
}

function persistenceFields(
  { appendLog, loading, saver, snapshotLoader }: Server,
): Fields {
  const { rewrite } = appendLog;
  const isOn = appendLog.state !== "off";
  return [
    ["loading", loading.active ? 1 : 0],
    ["async_loading", 0],
    ["rdb_changes_since_last_save", saver.changesSinceLastSave],
    ["rdb_bgsave_in_progress", saver.saving ? 1 : 0],
    ["rdb_last_save_time", saver.lastSaveAt],
    ["rdb_last_bgsave_status", saver.lastStatus],
    ["rdb_last_bgsave_time_sec", saver.lastDurationSeconds],
    ["rdb_current_bgsave_time_sec", saver.currentDurationSeconds],
    ["rdb_saves", saver.saves],
    ["rdb_last_load_keys_expired", snapshotLoader.lastExpired],
    ["rdb_last_load_keys_loaded", snapshotLoader.lastKeys],
    ["aof_enabled", isOn ? 1 : 0],
    ["aof_rewrite_in_progress", rewrite.running ? 1 : 0],
    ["aof_rewrite_scheduled", rewrite.scheduled ? 1 : 0],
    ["aof_last_rewrite_time_sec", rewrite.lastDurationSeconds],
    ["aof_current_rewrite_time_sec", rewrite.currentDurationSeconds],
    ["aof_last_bgrewrite_status", rewrite.lastStatus],
    ["aof_rewrites", rewrite.count],
    ["aof_rewrites_consecutive_failures", rewrite.failuresInARow],
    ["aof_last_write_status", appendLog.writer.lastStatus],
    ["module_fork_in_progress", 0],
    ...(loading.active ? loadingFields(loading) : []),
    ...isOn ? appendLogFields(appendLog) : [],
  ];
}

function loadingFields(loading: Loading): Fields {
  return [
    ["loading_start_time", loading.startedAt],
    ["loading_total_bytes", loading.totalBytes],
    // The file does not tell how much memory its data took.
    ["loading_rdb_used_mem", 0],
    ["loading_loaded_bytes", loading.loadedBytes],
    ["loading_loaded_perc", loading.percent.toFixed(2)],
    ["loading_eta_seconds", loading.etaSeconds],
  ];
}

/** What is told of an append log while there is one. */
function appendLogFields(appendLog: AppendLog): Fields {
  const { writer } = appendLog;
  return [
    ["aof_current_size", appendLog.currentSize],
    ["aof_base_size", appendLog.baseSize],
    ["aof_pending_rewrite", appendLog.rewrite.scheduled ? 1 : 0],
    ["aof_buffer_length", writer.file?.buffered ?? 0],
    ["aof_pending_bio_fsync", writer.isSyncing ? 1 : 0],
    ["aof_delayed_fsync", writer.delayedSyncs],
  ];
}

function statisticsFields(server: Server): Fields {
  const { pubsub, statistics, store, tracking } = server;
  const { clientEviction, eviction, migrations, replication } = server;
  const { commandRate, inputRate, outputRate } = statistics;
  const { expired, hits, misses } = store.statistics;
  return [
    ["total_connections_received", statistics.connections],
    ["total_commands_processed", statistics.commands],
    ["instantaneous_ops_per_sec", Math.floor(commandRate.perSecond)],
    ["total_net_input_bytes", statistics.inputBytes],
    ["total_net_output_bytes", statistics.outputBytes],
    ["total_net_repl_input_bytes", 0],
    ["total_net_repl_output_bytes", 0],
    ["instantaneous_input_kbps", (inputRate.perSecond / 1024).toFixed(2)],
    ["instantaneous_output_kbps", (outputRate.perSecond / 1024).toFixed(2)],
    ["instantaneous_input_repl_kbps", "0.00"],
    ["instantaneous_output_repl_kbps", "0.00"],
    ["rejected_connections", statistics.rejectedConnections],
    ["sync_full", replication.fullSyncs],
    ["sync_partial_ok", replication.partialSyncs],
    ["sync_partial_err", replication.partialSyncErrors],
    ["expired_keys", expired],
    ["expired_time_cap_reached_count", statistics.expireTimeCaps],
    ["expire_cycle_cpu_milliseconds", Math.floor(statistics.expireCycleMs)],
    ["evicted_keys", eviction.evicted],
    ["evicted_clients", clientEviction.evicted],
    ["total_eviction_exceeded_time", Math.floor(eviction.totalExceededMs)],
    ["current_eviction_exceeded_time", Math.floor(eviction.currentExceededMs)],
    ["keyspace_hits", hits],
    ["keyspace_misses", misses],
    ["pubsub_channels", pubsub.channels.size],
    ["pubsub_patterns", pubsub.patterns.size],
    ["pubsubshard_channels", pubsub.shardChannels.size],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["migrate_cached_sockets", migrations.connections],
    ["slave_expires_tracked_keys", 0],
    ["active_defrag_hits", 0],
    ["active_defrag_misses", 0],
    ["active_defrag_key_hits", 0],
    ["active_defrag_key_misses", 0],
    ["total_active_defrag_time", 0],
    ["current_active_defrag_time", 0],
    ["tracking_total_keys", tracking.keyCount],
    ["tracking_total_items", tracking.itemCount],
    ["tracking_total_prefixes", tracking.prefixCount],
    ["unexpected_error_replies", statistics.unexpectedErrors],
    ["total_error_replies", statistics.errorReplies],
    ["dump_payload_sanitizations", 0],
    ["total_reads_processed", statistics.reads],
    ["total_writes_processed", statistics.writes],
    ["io_threaded_reads_processed", 0],
    ["io_threaded_writes_processed", 0],
    ["reply_buffer_shrinks", statistics.replyBufferShrinks],
    ["reply_buffer_expands", statistics.replyBufferGrowths],
  ];
}

function roleFields({ clock, config, follower }: Server): Fields {
  const { downSince, heardAt, master, offset, state } = follower;
  if (master === undefined) return [["role", "master"]];
  const up = state === "connected";
  const seconds = (at: number) => Math.floor((clock.now() - at) / 1000);
  return [
    ["role", "slave"],
    ["master_host", master.host],
    ["master_port", master.port],
    ["master_link_status", up ? "up" : "down"],
    ["master_last_io_seconds_ago", up ? seconds(heardAt) : -1],
    ["master_sync_in_progress", state === "sync" ? 1 : 0],
    ["slave_read_repl_offset", offset],
    ["slave_repl_offset", offset],
    ...up
      ? []
      : [["master_link_down_since_seconds", seconds(downSince)] as const],
    ["slave_priority", config.values["replica-priority"]],
    ["slave_read_only", config.values["replica-read-only"] ? 1 : 0],
    ["replica_announced", config.values["replica-announced"] ? 1 : 0],
  ];
}

function replicationFields(server: Server): Fields {
  const { clock, config, replication, replicationId } = server;
  const { backlog, earlierId, offset, replicas } = replication;
  return [
    ...roleFields(server),
    ["connected_slaves", replicas.length],
    ...replicas.map((replica, i) => {
      const { acknowledged, acknowledgedAt, port, shownAddress } = replica;
      const lag = replica.state === "online"
        ? Math.floor((clock.now() - acknowledgedAt) / 1000)
        : 0;
      return [
        `slave${i}`,
        `ip=${shownAddress},port=${port},state=${
          STATES[replica.state]
        },offset=${acknowledged},lag=${lag}`,
      ] as const;
    }),
    ["master_failover_state", "no-failover"],
    ["master_replid", replicationId],
    ["master_replid2", earlierId],
    [
      "master_repl_offset",
      server.follower.master === undefined ? offset : server.follower.offset,
    ],
    ["second_repl_offset", -1],
    ["repl_backlog_active", backlog === undefined ? 0 : 1],
    ["repl_backlog_size", config.values["repl-backlog-size"]],
    ["repl_backlog_first_byte_offset", backlog?.first ?? 0],
    ["repl_backlog_histlen", backlog?.length ?? 0],
  ];
}

function cpuFields(): Fields {
  const { system, user } = globalThis.process.cpuUsage();
  return [
    ["used_cpu_sys", (system / 1e6).toFixed(6)],
    ["used_cpu_user", (user / 1e6).toFixed(6)],
    // There are no child processes.
    ["used_cpu_sys_children", "0.000000"],
    ["used_cpu_user_children", "0.000000"],
  ];
}

function commandFields({ table }: Server): Fields {
  return withSubcommands(table.commands)
    .filter((command) =>
      command.calls + command.rejectedCalls + command.failedCalls > 0
    )
    .map(({ calls, failedCalls, fullName, rejectedCalls, usec }) => [
      `cmdstat_${fullName}`,
      `calls=${calls},usec=${Math.round(usec)},usec_per_call=${
        (calls === 0 ? 0 : usec / calls).toFixed(2)
      },rejected_calls=${rejectedCalls},failed_calls=${failedCalls}`,
    ]);
}

function errorFields({ statistics }: Server): Fields {
  return [...statistics.errors]
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}

function latencyFields({ config, table, trackLatency }: Server): Fields {
  if (!trackLatency) return [];
  const percentiles = config.values["latency-tracking-info-percentiles"];
  const shown: [string, string][] = [];
  for (const { fullName, latencies } of withSubcommands(table.commands)) {
    if (latencies === undefined) continue;
    const values = percentiles.map((percent) => {
      const name = percent.toFixed(6).replace(/\.?0+$/, "");
      return `p${name}=${latencies.percentile(percent).toFixed(3)}`;
    });
    shown.push([`latency_percentiles_usec_${fullName}`, values.join(",")]);
  }
  return shown;
}

function withSubcommands(commands: readonly Command[]): readonly Command[] {
  return commands.flatMap((command) => [command, ...command.subcommands]);
}

function keyspaceFields({ store }: Server): Fields {
  return store.databases.filter((db) => db.size > 0).map((db) => [
    `db${db.index}`,
    `keys=${db.size},expires=${db.expiring},avg_ttl=${db.averageTtl}`,
  ]);
}
