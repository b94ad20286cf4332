import { CommandError, commandError } from "../protocol/command_error.ts";
import { ErrorReply, type ServerReply } from "../protocol/reply_reader.ts";
import { RequestWriter, type Word } from "../protocol/request_writer.ts";
import type { Database } from "../store/database.ts";
import { Events } from "../store/events.ts";
import type { Client } from "./client.ts";
import { RemoteServer, RemoteTimeout } from "./remote_server.ts";
import type { Server } from "./server.ts";

/** Connections that are kept for the next MIGRATE to the same server, and for how long. */
const KEPT_CONNECTIONS = 64;
const KEPT_SECONDS = 10;
const CHECK_MS = 1000;

const CANNOT_CONNECT = ioError("connecting to the client");
const CANNOT_WRITE = ioError("writing to target instance");
const CANNOT_READ = ioError("reading to target instance");

/** What MIGRATE is told. */
export interface Migration {
  readonly host: string;
  readonly port: number;
  /** The database over there. */
  readonly database: number;
  /** How long each step may take, in milliseconds. */
  readonly timeoutMs: number;
  /** What AUTH is sent, if it is. */
  readonly credentials: readonly string[];
  readonly db: Database;
  /** The keys that are there. */
  readonly keys: readonly string[];
  /** Whether the keys stay here too. */
  readonly copy: boolean;
  readonly replace: boolean;
}

interface Connection {
  readonly remote: RemoteServer;
  /** The database that is selected; -1 when that is not known. */
  database: number;
  /** Unix time in seconds. */
  lastUsed: number;
}

/** What came of a migration: the keys that have arrived, and what went wrong. */
interface Outcome {
  readonly arrived: readonly string[];
  readonly error: CommandError | undefined;
}

/**
 * MIGRATE: sends keys to another server, and removes here what has arrived there.
 *
 * Differs from Redis: only writes wait meanwhile, and not the whole server; so
 * nothing that was sent changes before it is removed.
 */
export class Migrations {
  readonly #server: Server;
  readonly #connections = new Map<string, Connection>();

  constructor(server: Server) {
    this.#server = server;
    server.cron.every("closing of connections", CHECK_MS, () => this.#tidy());
  }

  /** Number of connections that are kept. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Begins a migration; `client` waits for its end. */
  begin(client: Client, migration: Migration): void {
    const { blocking, clock, executor, pause, propagation } = this.#server;
    const ended = this.#time(client);
    const restores = this.#restores(migration);
    pause.hold();
    blocking.block(client, {
      keys: [],
      type: "string",
      deadline: Infinity,
      serve: () => false,
      timedOut: () => {
        throw CANNOT_READ;
      },
    });
    const outcome = this.#run(migration, restores);
    const parked = clock.monotonic();
    outcome.then(({ arrived, error }) => {
      executor.turn(() => {
        if (!migration.copy && arrived.length > 0) {
          for (const key of arrived) {
            migration.db.delete(key);
            migration.db.changed(key, Events.del);
          }
          propagation.add(migration.db, "DEL", ...arrived);
        }
        ended(parked);
        pause.letGo();
      });
      blocking.unblock(client, ({ reply }) => {
        if (error !== undefined) throw error;
        reply.ok();
      });
    });
  }

  /** Closes all connections: the server ends. */
  close(): void {
    for (const { remote } of this.#connections.values()) remote.close();
    this.#connections.clear();
  }

  /** Begins to time the command that a client runs; what is returned ends that, and tells the slow log of it. */
  #time(client: Client): (parked: number) => void {
    const { clock, executor: { timing } } = this.#server;
    const command = client.lastCommand!;
    const args = client.args.copy();
    const begin = clock.monotonic();
    return (parked) => {
      // The client's own may point at what has come since.
      const { args: own } = client;
      client.args = args;
      timing.endedApart(client, command, begin, parked);
      client.args = own;
    };
  }

  /** Returns the commands that create the keys over there. */
  #restores({ db, keys, replace }: Migration): RequestWriter {
    const { dumps, store } = this.#server;
    const requests = new RequestWriter();
    for (const key of keys) {
      const expiresAt = db.expiresAt(key)!;
      const ttl = expiresAt === Infinity
        ? 0
        : Math.max(1, expiresAt - store.now);
      const payload = dumps.dump(db.peek(key)!).latin1Slice();
      const words: Word[] = ["RESTORE", key, ttl, payload];
      if (replace) words.push("REPLACE");
      requests.words(words);
    }
    return requests;
  }

  async #run(
    migration: Migration,
    restores: RequestWriter,
  ): Promise<Outcome> {
    // A connection that was kept may have been closed at its other end meanwhile.
    const first = await this.#attempt(migration, restores);
    return first === "again"
      ? await this.#attempt(migration, restores, "last") as Outcome
      : first;
  }

  /** Sends the keys; `again` when nothing has come of it and a new connection may help. */
  async #attempt(
    migration: Migration,
    restores: RequestWriter,
    which: "first" | "last" = "first",
  ): Promise<Outcome | "again"> {
    let connection: Connection;
    try {
      connection = await this.#connect(migration);
    } catch (error) {
      // Redis finds out that nobody listens there when it writes; and a port that does not exist is such a one.
      const refused = error instanceof Deno.errors.ConnectionRefused ||
        error instanceof RangeError;
      return { arrived: [], error: refused ? CANNOT_WRITE : CANNOT_CONNECT };
    }
    const { credentials, database, keys } = migration;
    const { remote } = connection;
    const failed = (how: unknown, error: CommandError) => {
      this.#drop(migration);
      return which === "first" && !(how instanceof RemoteTimeout)
        ? "again"
        : { arrived: [], error };
    };
    const before: Word[][] = [];
    if (credentials.length > 0) before.push(["AUTH", ...credentials]);
    if (connection.database !== database) before.push(["SELECT", database]);
    try {
      if (before.length > 0) await remote.send(...before);
      await remote.write(restores.bytes.subarray(0, restores.length));
    } catch (how) {
      return failed(how, CANNOT_WRITE);
    }
    let refusal: ErrorReply | undefined;
    const note = (reply: ServerReply) => {
      if (reply instanceof ErrorReply) refusal ??= reply;
    };
    const arrived: string[] = [];
    try {
      for (const _ of before) note(await remote.reply());
      const mayStore = refusal === undefined;
      for (const key of keys) {
        const reply = await remote.reply();
        note(reply);
        if (mayStore && !(reply instanceof ErrorReply)) arrived.push(key);
      }
    } catch (how) {
      if (arrived.length === 0 && refusal === undefined) {
        return failed(how, CANNOT_READ);
      }
      this.#drop(migration);
      return { arrived, error: errorOf(refusal) ?? CANNOT_READ };
    }
    connection.database = refusal === undefined ? database : -1;
    return { arrived, error: errorOf(refusal) };
  }

  async #connect(migration: Migration): Promise<Connection> {
    const { clock, random } = this.#server;
    const { host, port, timeoutMs } = migration;
    const name = nameOf(migration);
    const kept = this.#connections.get(name);
    if (kept !== undefined) {
      kept.lastUsed = this.#seconds();
      kept.remote.timeoutMs = timeoutMs;
      return kept;
    }
    if (this.#connections.size === KEPT_CONNECTIONS) {
      const names = [...this.#connections.keys()];
      this.#close(names[random.below(names.length)]!);
    }
    const remote = await RemoteServer.connect(clock, host, port, timeoutMs);
    const connection = { remote, database: -1, lastUsed: this.#seconds() };
    this.#connections.set(name, connection);
    return connection;
  }

  #drop(migration: Migration): void {
    this.#close(nameOf(migration));
  }

  #close(name: string): void {
    this.#connections.get(name)?.remote.close();
    this.#connections.delete(name);
  }

  /** Closes what was not used for a while. */
  #tidy(): void {
    for (const [name, { lastUsed }] of this.#connections) {
      if (this.#seconds() - lastUsed > KEPT_SECONDS) this.#close(name);
    }
  }

  #seconds(): number {
    return Math.floor(this.#server.clock.now() / 1000);
  }
}

function nameOf({ host, port }: Migration): string {
  return `${host}:${port}`;
}

function errorOf(refusal: ErrorReply | undefined): CommandError | undefined {
  return refusal === undefined
    ? undefined
    : commandError(`Target instance replied with error: ${refusal.text}`);
}

function ioError(doing: string): CommandError {
  return new CommandError("IOERR", `error or timeout ${doing}`);
}
