import { systemReason } from "../../config/error.ts";
import { RdbDecoder } from "../../persistence/rdb/rdb_decoder.ts";
import { fromText, toText } from "../../protocol/byte_string.ts";
import { CommandError } from "../../protocol/command_error.ts";
import type { Timer } from "../../store/clock.ts";
import type { Client, Transport } from "../client.ts";
import { CommandBits } from "../command_table.ts";
import type { Server } from "../server.ts";
import { MasterLink } from "./master_link.ts";

/** Digits of the mark at the end of a copy whose length is not known before. */
const MARK_DIGITS = 40;
const RETRY_MS = 1000;
const ACK_MS = 1000;
const READ_ONLY = new CommandError(
  "READONLY",
  "You can't write against a read only replica.",
);

const ROLE_CHANGED = new CommandError(
  "UNBLOCKED",
  "force unblock from blocking operation, instance state changed (master -> replica?)",
);

/** Where the master of this server is. */
export interface Master {
  readonly host: string;
  readonly port: number;
}

/** How far a replica is with its master, as ROLE says it. */
export type LinkState = "connect" | "connecting" | "sync" | "connected";

/**
 * The server as a replica: it takes a full copy from its master, then runs what
 * that propagates, and goes on where it was when the connection was lost. Keys do
 * not expire by themselves meanwhile: the master says when.
 *
 * Differs from Redis: a replica with `replica-read-only no` never removes keys of
 * its own that expire; they stay, out of sight, and a command of the master that
 * changes one finds the old value and leaves it as expired as it was.
 */
export class Follower {
  master: Master | undefined = undefined;
  #state: LinkState = "connect";
  /** Number of bytes of the master's stream that have been run. */
  offset = 0;
  /** Unix time in milliseconds of when the master was heard last. */
  heardAt = 0;
  /** Unix time in milliseconds since when the link is down; 0 while it is up. */
  downSince = 0;
  readonly #server: Server;
  #link: MasterLink | undefined = undefined;
  /** Through which the commands of the master are run. */
  #client: Client | undefined = undefined;
  /** The history of the master, "?" when nothing of it is here. */
  #history = "?";
  /** Tells a session that another has begun. */
  #session = 0;
  #timer: Timer | undefined = undefined;

  constructor(server: Server) {
    this.#server = server;
    server.cron.every("acknowledgement", ACK_MS, () => this.acknowledge());
    server.config.onChange("replica-read-only", () => this.#refuseWrites());
    server.config.onChange(
      "replica-serve-stale-data",
      () => this.#refuseStale(),
    );
  }

  get state(): LinkState {
    return this.#state;
  }

  set state(state: LinkState) {
    this.#state = state;
    this.#refuseStale();
  }

  /** Becomes the replica of another server, whatever it was: REPLICAOF. */
  follow(master: Master): void {
    this.#become(master);
    this.start();
  }

  /** Is a replica from the start on if `replicaof` says so: what is loaded then is its master's. */
  prepare(): void {
    const words = toText(this.#server.config.values.replicaof).split(" ");
    const [host, port] = words;
    if (host !== undefined && port !== undefined) {
      this.#become({ host, port: Number(port) });
    }
  }

  /** Looks for the master, if there is to be one. */
  start(): void {
    if (this.master !== undefined) this.#run(this.master, ++this.#session);
  }

  #become(master: Master): void {
    this.#end();
    this.master = master;
    const { host, port } = master;
    this.#server.config.adopt("replicaof", fromText(`${host} ${port}`));
    this.downSince = this.#server.clock.now();
    this.#server.store.keepExpired = true;
    this.#server.replication.becomeReplica();
    this.#refuseWrites();
    this.#refuseStale();
    this.#unblockAll();
  }

  /** Becomes a master, with the data as it is: REPLICAOF NO ONE. */
  promote(): void {
    if (this.master === undefined) return;
    this.#end();
    this.master = undefined;
    this.#refuseStale();
    this.#history = "?";
    const { config, log, pause, replication, store } = this.#server;
    config.adopt("replicaof", "");
    store.keepExpired = pause.mode !== undefined;
    replication.becomeMaster();
    log.notice("MASTER MODE enabled");
  }

  /** Tells the master how far it is. */
  acknowledge(): void {
    if (this.state !== "connected") return;
    this.#link?.send("REPLCONF", "ACK", this.offset).catch(() => {});
  }

  /** Ends the link: the server ends. */
  stop(): void {
    this.#end();
  }

  #end(): void {
    this.#session++;
    this.#timer?.cancel();
    this.#link?.close();
    this.#link = undefined;
    this.#dropClient();
    this.state = "connect";
  }

  #dropClient(): void {
    if (this.#client !== undefined) this.#server.clients.remove(this.#client);
    this.#client = undefined;
  }

  #refuseWrites(): void {
    if (this.master === undefined) return;
    const { config, executor } = this.#server;
    const refused = config.values["replica-read-only"];
    executor.writeError = refused ? READ_ONLY : undefined;
  }

  /** Has what needs data refused while they may be old: `replica-serve-stale-data no`. */
  #refuseStale(): void {
    const { config, executor } = this.#server;
    const stale = this.master !== undefined && this.#state !== "connected" &&
      !config.values["replica-serve-stale-data"];
    executor.setGate(CommandBits.deniedWhileStale, stale);
  }

  /** Ends the waits of clients, whose commands would be refused by now. */
  #unblockAll(): void {
    const { blocking, clients } = this.#server;
    for (const client of [...clients]) {
      if (client.blocked === undefined) continue;
      blocking.unblock(client, () => {
        throw ROLE_CHANGED;
      });
    }
  }

  async #run({ host, port }: Master, session: number): Promise<void> {
    const { clock, config, log } = this.#server;
    while (session === this.#session) {
      try {
        this.state = "connecting";
        log.notice(`Connecting to MASTER ${host}:${port}`);
        const timeoutMs = config.values["repl-timeout"] * 1000;
        const link = await MasterLink.open(host, port, clock, timeoutMs);
        if (session !== this.#session) return link.close();
        this.#link = link;
        await this.#follow(link, session);
      } catch (error) {
        this.#link?.close();
        if (session !== this.#session) return;
        log.warning(`MASTER ${host}:${port}: ${systemReason(error)}`);
      }
      this.state = "connect";
      if (this.downSince === 0) this.downSince = clock.now();
      await new Promise<void>((resolve) => {
        this.#timer = clock.after(RETRY_MS, resolve);
      });
    }
  }

  /** Greets the master, comes up to date, and follows: rejects when the link is lost. */
  async #follow(link: MasterLink, session: number): Promise<void> {
    await this.#greet(link);
    const from = this.#history === "?" ? -1 : this.offset + 1;
    const answer = await link.ask("PSYNC", this.#history, from);
    const [how, history, offset] = answer.split(" ");
    if (how === "+FULLRESYNC" && history !== undefined) {
      this.state = "sync";
      await this.#takeCopy(link, session);
      this.offset = Number(offset);
      this.#dropClient();
    } else if (how !== "+CONTINUE") {
      throw new Error(`it answers PSYNC with ${answer}`);
    }
    if (session !== this.#session) return;
    if (history !== undefined) this.#history = history;
    this.#server.replicationId = this.#history;
    // One that was killed has left the database behind that is selected.
    if (this.#client === undefined || this.#client.closing) {
      const db = this.#client?.db;
      this.#client = this.#createClient();
      this.#client.db = db ?? this.#client.db;
    }
    this.state = "connected";
    this.downSince = 0;
    this.acknowledge();
    this.#server.log.notice("MASTER <-> REPLICA sync: following the stream");
    for (;;) {
      const bytes = await link.bytes();
      if (session !== this.#session) return;
      this.#take(bytes);
    }
  }

  async #greet(link: MasterLink): Promise<void> {
    const { config: { values }, port } = this.#server;
    const password = values["masterauth"];
    if (password !== "") {
      const user = values["masteruser"];
      await link.ask("AUTH", ...user === "" ? [] : [user], password);
    }
    await link.ask("PING");
    await link.ask(
      "REPLCONF",
      "listening-port",
      values["replica-announce-port"] || port,
    );
    const address = values["replica-announce-ip"];
    if (address !== "") await link.ask("REPLCONF", "ip-address", address);
    await link.ask("REPLCONF", "capa", "eof", "capa", "psync2");
  }

  /** Takes a full copy, and puts it in the place of all data. */
  async #takeCopy(link: MasterLink, session: number): Promise<void> {
    const { appendLog, clock, config, executor, log, scripts, store } =
      this.#server;
    const line = await link.line();
    const mark = /^\$EOF:(.{40})$/.exec(line)?.[1];
    let left = mark === undefined ? Number(line.slice(1)) : Infinity;
    const decoder = new RdbDecoder({
      databases: store.databases.length,
      now: clock.now(),
      keepsExpired: true,
      checksum: config.values.rdbchecksum,
      thresholds: store.thresholds,
      frequencies: store.frequencies,
    });
    // Nothing comes behind the mark before this server has said that it has found it.
    for (let end = ""; left > 0 && end !== mark;) {
      const bytes = await link.bytes(left);
      left -= bytes.length;
      this.heardAt = clock.now();
      decoder.take(bytes);
      end += String.fromCharCode(...bytes.subarray(-MARK_DIGITS));
      end = end.slice(-MARK_DIGITS);
    }
    const loaded = decoder.finish();
    if (session !== this.#session) return;
    executor.turn(() => {
      store.replaceAll(loaded.keyspaces);
      scripts.libraries.restore(loaded.functions, "flush");
      if (config.values.appendonly) appendLog.restart();
    });
    log.notice(`MASTER <-> REPLICA sync: ${loaded.keys} keys loaded`);
  }

  /** Runs what the master has propagated. */
  #take(bytes: Uint8Array): void {
    const { clock, executor, store } = this.#server;
    const client = this.#client!;
    this.heardAt = clock.now();
    const before = client.decoder.buffered;
    executor.turn(() =>
      store.withoutExpiry(() => {
        client.decoder.push(bytes);
        executor.drain(client);
        client.reply.rewind(0);
      })
    );
    this.offset += before + bytes.length - client.decoder.buffered;
    if (client.closing) throw new Error("its stream was cut off");
  }

  #createClient(): Client {
    const client = this.#server.createClient();
    client.mustObey = true;
    client.isMaster = true;
    const { host, port } = this.master!;
    client.transport = new NoReplies(client, `${host}:${port}`);
    return client;
  }
}

/** What the master's commands are answered goes nowhere. */
class NoReplies implements Transport {
  readonly address: string;
  readonly localAddress = "";
  readonly kind = "tcp";
  readonly pendingBytes = 0;
  readonly stalledSince = 0;
  readonly #client: Client;

  constructor(client: Client, address: string) {
    this.#client = client;
    this.address = address;
  }

  flush(): void {
    this.#client.reply.take();
  }

  whenSent(): Promise<void> {
    return Promise.resolve();
  }

  get outputMark(): number {
    return 0;
  }

  release(): void {}

  noteOutput(): void {}

  resume(): void {}

  close(): void {
    this.#client.server.clients.remove(this.#client);
  }
}
