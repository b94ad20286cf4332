import { CommandError } from "../../protocol/command_error.ts";
import type { Timer } from "../../store/clock.ts";
import type { Call } from "../command.ts";
import { type Client, Restrictions } from "../client.ts";
import type { EffectsReader } from "../propagation.ts";
import type { Server } from "../server.ts";
import { Backlog } from "./backlog.ts";
import { FullCopy } from "./full_copy.ts";
import { Replica } from "./replica.ts";

const NOT_ENOUGH_REPLICAS = new CommandError(
  "NOREPLICAS",
  "Not enough good replicas to write.",
);
const CRON_MS = 1000;
const LEAST_BACKLOG = 16 * 1024;
const encoder = new TextEncoder();
const PING = encoder.encode("*1\r\n$4\r\nPING\r\n");
const GET_ACK = encoder.encode(
  "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n",
);
/** Keeps the connection of a replica that waits for its copy. */
const NEWLINE = encoder.encode("\n");
/** The history before this one: there is none. */
const NO_HISTORY = "0".repeat(40);

/** A client that waits until replicas have what was written. */
interface Waiting {
  readonly client: Client;
  readonly offset: number;
  readonly replicas: number;
}

/**
 * The server as a master: the replicas, and the stream that they are sent. It
 * reads the stream of effects from when the first replica comes, and as long as
 * the backlog is kept.
 */
export class Replication implements EffectsReader {
  readonly kind = "replicas";
  selectedDatabase = -1;
  /** Number of bytes that the stream has had. */
  offset = 0;
  /** Up to where it holds what was written: beyond are only questions to replicas. */
  written = 0;
  /** Full and partial synchronizations since the start, and attempts at the latter that failed. */
  fullSyncs = 0;
  partialSyncs = 0;
  partialSyncErrors = 0;
  readonly #server: Server;
  readonly #replicas = new Set<Replica>();
  #backlog: Backlog | undefined = undefined;
  #copy: FullCopy | undefined = undefined;
  #copyTimer: Timer | undefined = undefined;
  #waiting: Waiting[] = [];
  #pingedAt = 0;
  /** Unix time since which there is no replica, in milliseconds; 0 while there is one. */
  #aloneSince = 0;

  constructor(server: Server) {
    this.#server = server;
    server.cron.every("replication", CRON_MS, () => this.#tick());
    server.config.onChange(
      "repl-backlog-size",
      (size) => this.#resizeBacklog(size),
    );
    for (
      const name of ["min-replicas-to-write", "min-replicas-max-lag"] as const
    ) server.config.onChange(name, () => this.#countGood());
    this.#countGood();
  }

  /** The replicas, whatever their state, in the order in which they came. */
  get replicas(): readonly Replica[] {
    return [...this.#replicas];
  }

  /** What is kept for replicas that come back, while it is. */
  get backlog(): Backlog | undefined {
    return this.#backlog;
  }

  /** Whether a full copy is being made. */
  get copying(): boolean {
    return this.#copy !== undefined;
  }

  /** The name of the history before this one; it is of no use here. */
  get earlierId(): string {
    return NO_HISTORY;
  }

  /** Returns what is known of a client as a replica, which it need not be yet. */
  introduce(client: Client): Replica {
    return client.replica ??= new Replica(client, this.#server.clock.now());
  }

  /** Goes on from `offset` of the history `id` if what is missing is kept: PSYNC; returns whether it does. */
  resume(client: Client, id: string, offset: number): boolean {
    const missing = id === this.#server.replicationId
      ? this.#backlog?.from(offset)
      : undefined;
    if (missing === undefined) {
      if (id !== "?") this.partialSyncErrors++;
      return false;
    }
    this.partialSyncs++;
    const replica = this.introduce(client);
    this.#attach(replica);
    replica.acknowledges = true;
    replica.state = "online";
    const history = replica.takesHistory ? ` ${id}` : "";
    client.sendBytes(encoder.encode(`+CONTINUE${history}\r\n`));
    client.sendBytes(missing);
    this.#server.log.notice(
      `Partial resynchronization of replica ${replica.shownAddress} accepted: ${missing.length} bytes`,
    );
    return true;
  }

  /** Has a client sent a full copy as soon as possible, and then all that changes: SYNC, PSYNC. */
  synchronize(client: Client, how: "sync" | "psync"): void {
    const { log } = this.#server;
    const replica = this.introduce(client);
    this.fullSyncs++;
    this.#attach(replica);
    replica.acknowledges = how === "psync";
    replica.state = "waiting";
    log.notice(`Replica ${replica.shownAddress} asks for synchronization`);
    this.#planCopy();
  }

  /** Forgets a client that has gone. */
  forget(client: Client): void {
    const { replica } = client;
    this.#waiting = this.#waiting.filter((each) => each.client !== client);
    if (replica === undefined || !this.#replicas.delete(replica)) return;
    this.#copy?.drop(replica);
    this.#server.log.notice(
      `Connection with replica ${replica.shownAddress} lost`,
    );
    if (this.#replicas.size === 0) {
      this.#aloneSince = this.#server.clock.now();
    }
  }

  /** Takes note of how far a replica has come: REPLCONF ACK. */
  acknowledged(replica: Replica, offset: number): void {
    replica.acknowledgedAt = this.#server.clock.now();
    if (offset > replica.acknowledged) replica.acknowledged = offset;
    // The first one of a replica that was sent a copy of unknown length: it has found its end.
    if (replica.state === "online") replica.release();
    if (this.#server.executor.writeError !== undefined) this.#countGood();
    if (this.#waiting.length > 0) this.#serveWaiting();
  }

  /** Returns how many replicas have processed the stream up to `offset`. */
  countAt(offset: number): number {
    let count = 0;
    for (const { acknowledged, state } of this.#replicas) {
      if (state === "online" && acknowledged >= offset) count++;
    }
    return count;
  }

  /** Parks a client until so many replicas have all that was written, or its time is up: WAIT. */
  wait(client: Client, replicas: number, deadline: number): void {
    const offset = this.written;
    this.#feed(GET_ACK);
    this.#server.blocking.block(client, {
      keys: [],
      type: "string",
      deadline,
      serve: () => false,
      timedOut: ({ reply }) => {
        this.#waiting = this.#waiting.filter((each) => each.client !== client);
        reply.integer(this.countAt(offset));
      },
    });
    this.#waiting.push({ client, offset, replicas });
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    this.#feed(bytes.slice(start, end));
    this.written = this.offset;
  }

  /** Gives up what is under way: the server ends. */
  stop(): void {
    this.#copyTimer?.cancel();
    this.#copy?.cancel();
  }

  /** Ends this server's own history, and its replicas: it follows another now. */
  becomeReplica(): void {
    for (const { client } of this.replicas) this.#server.clients.kill(client);
    if (this.#backlog !== undefined) this.#endHistory();
  }

  /** Begins a history of its own. */
  becomeMaster(): void {
    this.#server.replicationId = this.#server.random.hex(40);
    this.#countGood();
  }

  /** CONFIG RESETSTAT. */
  resetStatistics(): void {
    this.fullSyncs = this.partialSyncs = this.partialSyncErrors = 0;
  }

  /** Adds to the stream, if there is one: without a backlog nobody reads it. */
  #feed(bytes: Uint8Array): void {
    if (this.#backlog === undefined) return;
    this.offset += bytes.length;
    this.#backlog.append(bytes);
    for (const replica of this.#replicas) {
      if (replica.state === "waiting") continue;
      replica.give(bytes);
      const { limits } = this.#server;
      if (limits.outputExceeded(replica.client, replica.heldBytes)) {
        this.#server.clients.kill(replica.client);
      }
    }
  }

  /** CONFIG SET repl-backlog-size: as in Redis, less than the least is taken as that, if it comes from there. */
  #resizeBacklog(size: number): void {
    if (size < LEAST_BACKLOG) {
      size = LEAST_BACKLOG;
      this.#server.config.adopt("repl-backlog-size", size);
    }
    this.#backlog = this.#backlog?.resized(size);
  }

  #attach(replica: Replica): void {
    const now = this.#server.clock.now();
    replica.acknowledgedAt = now;
    replica.client.restrict(Restrictions.replica, true);
    // Who has just come needs no ping.
    if (this.#replicas.size === 0) this.#pingedAt = now;
    this.#replicas.add(replica);
    this.#aloneSince = 0;
    if (this.#backlog !== undefined) return;
    const { config, log, propagation, random } = this.#server;
    // Nothing was kept so far: nobody can go on from where this history was.
    this.#server.replicationId = random.hex(40);
    this.#backlog = new Backlog(
      config.values["repl-backlog-size"],
      this.offset + 1,
    );
    propagation.addReader(this);
    log.notice(
      `Replication backlog created, my new replication ID is '${this.#server.replicationId}'`,
    );
  }

  /** Has a copy begin, at once or when more replicas may have come. */
  #planCopy(): void {
    if (this.copying) return;
    const { clock, config: { values } } = this.#server;
    const waiting = this.replicas.filter(({ state }) => state === "waiting");
    if (waiting.length === 0) return;
    const many = values["repl-diskless-sync-max-replicas"];
    const delayMs = values["repl-diskless-sync"] &&
        waiting.every((each) => each.takesUnknownLength) &&
        (many === 0 || waiting.length < many)
      ? values["repl-diskless-sync-delay"] * 1000
      : 0;
    if (delayMs === 0) return this.#beginCopy();
    this.#copyTimer ??= clock.after(delayMs, () => {
      this.#copyTimer = undefined;
      this.#beginCopy();
    });
  }

  /** Begins a copy for all who wait for one, unless something else is being saved. */
  #beginCopy(): void {
    const server = this.#server;
    const { appendLog: { rewrite }, saver } = server;
    if (this.copying || saver.saving || rewrite.running) return;
    const waiting = this.#nextToCopy();
    if (waiting.length === 0) return;
    this.#copyTimer?.cancel();
    this.#copyTimer = undefined;
    const diskless = server.config.values["repl-diskless-sync"];
    server.executor.turn(() => {
      for (const replica of waiting) {
        replica.state = "copying";
        replica.takesUnknownLength &&= diskless || replica.isFiltered;
        replica.hold();
        if (!replica.acknowledges) continue;
        replica.client.sendBytes(
          encoder.encode(
            `+FULLRESYNC ${server.replicationId} ${this.offset}\r\n`,
          ),
        );
      }
      // Whoever begins anew does not know which database is selected.
      this.selectedDatabase = -1;
      const { parts } = waiting[0]!;
      const copy = new FullCopy(server, waiting, parts, this.offset);
      this.#copy = copy;
      server.log.notice(`Full copy for ${waiting.length} replicas started`);
      copy.done.then(() => {
        this.#copy = undefined;
        server.log.notice("Full copy for replicas ended");
        this.#planCopy();
      });
    });
  }

  /** The replicas that wait for a copy, of the same parts as the first one of them. */
  #nextToCopy(): Replica[] {
    const waiting = this.replicas.filter(({ state }) => state === "waiting");
    const wanted = waiting[0]?.parts;
    return waiting.filter(({ parts }) =>
      parts.data === wanted?.data && parts.functions === wanted.functions
    );
  }

  #serveWaiting(): void {
    for (const waiting of [...this.#waiting]) {
      const { client, offset, replicas } = waiting;
      const count = this.countAt(offset);
      if (count < replicas) continue;
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      this.#server.blocking.unblock(
        client,
        ({ reply }: Call) => reply.integer(count),
      );
    }
  }

  /** Has writes refused while fewer replicas follow closely than are wanted. */
  #countGood(): void {
    const { clock, config: { values }, executor, follower } = this.#server;
    // A replica refuses writes for reasons of its own.
    if (follower?.master !== undefined) return;
    const wanted = values["min-replicas-to-write"];
    const lag = values["min-replicas-max-lag"];
    const oldest = clock.now() - (lag + 1) * 1000;
    const good = this.replicas.filter((each) =>
      each.state === "online" && each.acknowledgedAt > oldest
    );
    const tooFew = wanted > 0 && lag > 0 && good.length < wanted;
    executor.writeError = tooFew ? NOT_ENOUGH_REPLICAS : undefined;
  }

  #tick(): void {
    this.#countGood();
    if (this.#backlog === undefined) return;
    const { clock, clients, config: { values }, executor, log } = this.#server;
    const now = clock.now();
    if (this.#replicas.size === 0) {
      const ttl = values["repl-backlog-ttl"] * 1000;
      if (ttl > 0 && now - this.#aloneSince > ttl) this.#endHistory();
      return;
    }
    if (now - this.#pingedAt >= values["repl-ping-replica-period"] * 1000) {
      this.#pingedAt = now;
      executor.turn(() => {
        this.#feed(PING);
        for (const { client, state } of this.#replicas) {
          if (state === "waiting") client.sendBytes(NEWLINE);
        }
      });
    }
    for (const replica of this.replicas) {
      const silent = now - replica.acknowledgedAt;
      if (
        replica.state !== "online" || !replica.acknowledges ||
        silent <= values["repl-timeout"] * 1000
      ) continue;
      log.warning(
        `Disconnecting timedout replica: ${replica.shownAddress}`,
      );
      clients.kill(replica.client);
    }
    if (!this.copying && this.#copyTimer === undefined) this.#beginCopy();
  }

  /** Forgets the stream: nobody has wanted it for long. */
  #endHistory(): void {
    const { log, propagation, random } = this.#server;
    propagation.removeReader(this);
    this.#backlog = undefined;
    this.selectedDatabase = -1;
    this.#server.replicationId = random.hex(40);
    log.notice("Replication backlog freed: there was no replica for long");
  }
}
