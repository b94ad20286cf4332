import type { Config } from "../config/config.ts";
import { disk, type FileSystem } from "../persistence/files.ts";
import type { RequestLimits } from "../protocol/decoder.ts";
import { ReadBuffers } from "../protocol/read_buffers.ts";
import type { Clock } from "../store/clock.ts";
import type { Random } from "../store/random.ts";
import { Store } from "../store/store.ts";
import { Acl } from "./acl/acl.ts";
import { Admission } from "./admission.ts";
import { AppendLog } from "./append_log.ts";
import { Blocking } from "./blocking.ts";
import { Changes } from "./changes.ts";
import { Client } from "./client.ts";
import { ClientEviction } from "./client_eviction.ts";
import { ClientLimits } from "./client_limits.ts";
import { Clients } from "./clients.ts";
import type { CommandFamily } from "./command.ts";
import { CommandTable } from "./command_table.ts";
import { Commits } from "./commits.ts";
import { followConfig } from "./config_effects.ts";
import { Connection } from "./connection.ts";
import { Cron } from "./cron.ts";
import { Eviction } from "./eviction.ts";
import { Dumps } from "./dumps.ts";
import { Executor } from "./executor.ts";
import { Gathering } from "./gathering.ts";
import { LatencyMonitor } from "./latency_monitor.ts";
import { Listeners } from "./listener.ts";
import { Loading } from "./loading.ts";
import { type Log, traced } from "./log.ts";
import { Memory } from "./memory.ts";
import { Migrations } from "./migrations.ts";
import { Notifications } from "./notifications.ts";
import { Monitors } from "./monitors.ts";
import { Pause } from "./pause.ts";
import { Propagation } from "./propagation.ts";
import { PubSub } from "./pubsub.ts";
import { renamesOf } from "./renamed_commands.ts";
import { Follower } from "./replication/follower.ts";
import { Replication } from "./replication/replication.ts";
import { Saver } from "./saver.ts";
import { Scripts } from "./scripts.ts";
import { Shutdown, type ShutdownOptions } from "./shutdown.ts";
import { SlowLog } from "./slowlog.ts";
import { type Progress, SnapshotLoader } from "./snapshot_loader.ts";
import { Statistics } from "./statistics.ts";
import { StrictMode } from "./strict_mode.ts";
import { Tracking } from "./tracking.ts";
import { Watches } from "./transaction.ts";

/** How long an expiry pass may hold up the clients, in milliseconds. */
const EXPIRE_SLICE_MS = 1;
/** How soon the next pass follows one that did not finish. */
const EXPIRE_AGAIN_MS = 1;
/** Between two looks at memory and at how fast the counters grow. */
const SAMPLE_MS = 100;
/** How often clients are asked to give back memory that they do not need. */
const SHRINK_MS = 300;

/** What a server is made of, besides what it makes itself. */
export interface ServerParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly families: readonly CommandFamily[];
  /** The machine's own unless told. */
  readonly files?: FileSystem;
  /** Checks every command against the rules of the store; for tests. */
  readonly strict?: boolean;
}

/**
 * One Redis-Lite server: everything it knows and does hangs on this object, so
 * that several can live in one process.
 */
export class Server implements AsyncDisposable {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Store;
  readonly table: CommandTable;
  readonly clients = new Clients();
  readonly readBuffers = new ReadBuffers();
  readonly statistics = new Statistics();
  readonly slowLog = new SlowLog();
  readonly monitors = new Monitors();
  readonly latencyMonitor: LatencyMonitor;
  readonly acl: Acl;
  readonly watches = new Watches();
  readonly blocking = new Blocking();
  readonly pubsub = new PubSub();
  readonly propagation = new Propagation();
  readonly scripts: Scripts;
  readonly commits = new Commits();
  readonly notifications: Notifications;
  readonly tracking: Tracking;
  readonly pause: Pause;
  readonly memory: Memory;
  readonly eviction: Eviction;
  readonly cron: Cron;
  readonly loading: Loading;
  readonly saver: Saver;
  readonly snapshotLoader: SnapshotLoader;
  readonly appendLog: AppendLog;
  readonly dumps: Dumps;
  readonly migrations: Migrations;
  readonly replication: Replication;
  readonly follower: Follower;
  readonly limits: ClientLimits;
  readonly clientEviction: ClientEviction;
  readonly listeners: Listeners;
  readonly executor: Executor;
  readonly gathering: Gathering;
  readonly strict: StrictMode | undefined;
  readonly runId: string;
  /** Names the history of the data; what a replica would compare. DEBUG CHANGE-REPL-ID gives another. */
  replicationId: string;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
  /** DEBUG SET-ACTIVE-EXPIRE. */
  activeExpire = true;
  trackLatency: boolean;
  readonly #requestLimits: RequestLimits;
  readonly #admission: Admission;
  readonly #shutdown: Shutdown;
  #state: "starting" | "running" | "stopping" = "starting";

  constructor(
    { config, clock, random, log, families, files, strict }: ServerParts,
  ) {
    this.config = config;
    this.clock = clock;
    this.random = random;
    this.log = log;
    this.runId = random.hex(40);
    this.replicationId = random.hex(40);
    this.startedAt = clock.now();
    this.store = new Store(config.values.databases);
    this.store.setTime(this.startedAt);
    this.store.observer = new Changes(this);
    this.notifications = new Notifications(config, this.store, this.pubsub);
    this.table = new CommandTable(
      families,
      renamesOf(families, config.renamedCommands),
    );
    this.acl = new Acl(this, files ?? disk);
    this.latencyMonitor = new LatencyMonitor(config, clock);
    this.scripts = new Scripts(this);
    this.executor = new Executor(this);
    this.gathering = new Gathering(this);
    this.tracking = new Tracking(this);
    this.pause = new Pause(this);
    this.eviction = new Eviction(this);
    this.memory = new Memory(this);
    this.limits = new ClientLimits(this);
    this.clientEviction = new ClientEviction(this);
    this.listeners = new Listeners({
      config,
      clock,
      log,
      accepted: (conn) => this.#accept(conn),
    });
    this.#admission = new Admission(
      config,
      this.acl.defaultUser,
      this.clients,
      clock,
    );
    this.cron = new Cron(
      clock,
      (task, error) =>
        log.warning(
          `Unexpected error in the periodic ${task}: ${traced(error)}`,
        ),
    );
    this.loading = new Loading(clock, this.executor);
    this.saver = new Saver(this, files ?? disk);
    this.snapshotLoader = new SnapshotLoader(this, files ?? disk);
    this.appendLog = new AppendLog(this, files ?? disk);
    this.dumps = new Dumps(config, this.store);
    this.migrations = new Migrations(this);
    this.replication = new Replication(this);
    this.follower = new Follower(this);
    this.#shutdown = new Shutdown(this);
    this.strict = strict ? new StrictMode(this.store) : undefined;
    this.trackLatency = config.values["latency-tracking"];
    this.#requestLimits = {
      maxBulkLength: config.values["proto-max-bulk-len"],
    };
    followConfig(this, this.#requestLimits);
    this.cron.every("statistics", SAMPLE_MS, () => {
      this.statistics.sample(clock.monotonic());
      this.executor.turn(() => this.memory.makeRoom());
    });
    this.cron.every(
      "limits of clients",
      () => 1000 / config.values["hz"],
      () => {
        this.limits.check();
        this.clientEviction.enforce("all");
      },
    );
    this.cron.every(
      "limit of tracked keys",
      () => 1000 / config.values["hz"],
      () => {
        if (!this.tracking.active) return;
        this.executor.turn(() => this.tracking.shrink());
      },
    );
    this.cron.every(
      "shrinking of buffers",
      SHRINK_MS,
      () => this.limits.shrinkBuffers(),
    );
    this.cron.every(
      "expiry",
      () => config.values["active-expire-interval"],
      () => this.#expireDue(),
    );
  }

  /** Whether it serves its data. */
  get running(): boolean {
    return this.#state === "running";
  }

  /** The TCP port it listens on; 0 when there is none. */
  get port(): number {
    return this.listeners.port;
  }

  /** Opens the sockets. Connections wait until `load()` or `start()`. Throws ListenError. */
  listen(): Promise<void> {
    return this.listeners.open();
  }

  /** Makes the users, then loads the append log or the snapshot, if there is one; `progress` hears how far it is. Connections are accepted, and served what needs no data. Throws LoadError. */
  async load(progress?: Progress): Promise<void> {
    this.acl.start();
    this.follower.prepare();
    const loaded = this.config.values.appendonly
      ? this.appendLog.load(progress)
      : this.snapshotLoader.load(progress);
    this.listeners.accept();
    await loaded;
  }

  /** Accepts connections and begins the periodic work, unless the server has been told to end. */
  start(): void {
    if (this.#state === "stopping") return;
    this.#state = "running";
    this.cron.start();
    this.listeners.accept();
    this.follower.start();
  }

  /** Makes a client; its transport is set by who carries its bytes. */
  createClient(): Client {
    const client = new Client(
      this,
      this.clients.nextId(),
      this.#requestLimits,
      this.clock.now(),
    );
    this.clients.add(client);
    return client;
  }

  /** Makes the client through which scripts run commands: it is not connected, and nobody sees it. */
  createScriptClient(): Client {
    const now = this.clock.now();
    const client = new Client(this, 0, this.#requestLimits, now, true);
    client.mayBlock = false;
    return client;
  }

  /** Resolves when the server has ended, whoever asked for it. */
  get stopped(): Promise<void> {
    return this.#shutdown.done;
  }

  /** Saves if it is to, then begins to end; returns whether it does: not when the save fails. `stopped` tells when it has. */
  beginShutdown(options: ShutdownOptions = {}): boolean {
    return this.#shutdown.begin(options);
  }

  /** Saves if it is to, and ends the server: resolves when it has ended, or to false, with the server going on, when the save fails. */
  async shutdown(options: ShutdownOptions = {}): Promise<boolean> {
    if (!this.beginShutdown(options)) return false;
    await this.stopped;
    return true;
  }

  /** Accepts no more connections, and does no more periodic work. */
  close(): void {
    this.#state = "stopping";
    this.cron.stop();
    this.memory.stop();
    this.pause.stop();
    this.scripts.runner.stop();
    this.listeners.close();
    this.migrations.close();
    this.replication.stop();
    this.follower.stop();
  }

  /** Ends everything at once: no save, no more replies. */
  stop(): void {
    this.close();
    this.saver.cancel();
    this.appendLog.rewrite.cancel();
    this.appendLog.close();
    for (const client of this.clients) client.transport?.close();
  }

  /** Ends the server as `shutdown()` does, whether the save goes well or not, and waits for no client. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown({ force: true, now: true });
  }

  /** CONFIG RESETSTAT: sets the counters that INFO shows to zero. */
  resetStatistics(): void {
    this.statistics.reset();
    this.store.resetStatistics();
    this.eviction.resetStatistics();
    this.clientEviction.evicted = 0;
    this.replication.resetStatistics();
    this.saver.saves = 0;
    this.appendLog.resetStatistics();
    for (const command of this.table.commands) command.resetStatistics();
  }

  #accept(conn: Deno.Conn): void {
    const refusal = this.#admission.refusal(conn.remoteAddr);
    if (refusal !== undefined) {
      this.statistics.rejectedConnections++;
      return turnAway(conn, refusal);
    }
    const client = this.createClient();
    const connection = new Connection(conn, client, this);
    client.transport = connection;
    this.statistics.connections++;
    this.log.verbose(`Accepted ${connection.address}`);
    connection.serve();
  }

  /** Removes keys that have fallen due, for about a millisecond; returns how soon to go on when more are left. */
  #expireDue(): number | void {
    if (
      !this.activeExpire || this.store.keepExpired ||
      this.scripts.suspended
    ) return;
    const begin = this.clock.monotonic();
    const elapsed = () => this.clock.monotonic() - begin;
    let done = true;
    this.executor.turn(() => {
      done = this.store.expireDue(() => elapsed() < EXPIRE_SLICE_MS);
    });
    const took = elapsed();
    this.statistics.expireCycleMs += took;
    this.latencyMonitor.record("expire-cycle", took);
    if (done) return;
    this.statistics.expireTimeCaps++;
    return EXPIRE_AGAIN_MS;
  }
}

/** Says why, and closes. */
function turnAway(conn: Deno.Conn, words: string): void {
  const closed = () => conn.close();
  conn.write(new TextEncoder().encode(words)).then(closed, closed);
}
