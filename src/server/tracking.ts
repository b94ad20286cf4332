import { ReplyWriter } from "../protocol/reply.ts";
import type { Args } from "../protocol/args.ts";
import type { KeyEvent } from "../store/events.ts";
import { type Client, Restrictions } from "./client.ts";
import { type Command, CommandBits } from "./command_table.ts";
import type { Server } from "./server.ts";

/** The channel on which a client of RESP2 hears of changes for others. */
const CHANNEL = "__redis__:invalidate";
/** Keys that are forgotten at most before a command, when more are remembered than may be. */
const EFFORT = 100;

/** What a client wants to know of the keys it has read: CLIENT TRACKING. */
export interface ClientTracking {
  /** Id of the client that hears of changes in place of this one; 0 for none. */
  readonly redirect: number;
  /** Which keys: those it reads; those it reads after CLIENT CACHING YES; those it does not read after CLIENT CACHING NO; all that begin with its prefixes. */
  readonly mode: "all" | "opt in" | "opt out" | "broadcast";
  /** Whether it does not want to hear of what it changes itself. */
  readonly noLoop: boolean;
  /** What it wants to hear of in broadcast mode. */
  readonly prefixes: ReadonlySet<string>;
  /** CLIENT CACHING was called for the command, or the transaction, that follows. */
  caching: boolean;
  /** The client to hear in its place was not there. */
  brokenRedirect: boolean;
}

/** What of `ClientTracking` is chosen with CLIENT TRACKING ON. */
export type TrackingOptions = Omit<
  ClientTracking,
  "caching" | "brokenRedirect"
>;

/** Who wants to hear of keys with a prefix, and which of them have changed in this turn. */
interface Prefix {
  readonly clients: Set<Client>;
  /** Each with the client that changed it last, if it was one. */
  changed: Map<string, Client | undefined>;
}

/**
 * Client side caching: remembers which clients have read which keys, and tells
 * them once when a key changes. Keys are known by their names alone, whatever
 * their database, as in Redis.
 *
 * A client hears of what its own command has changed after the reply; of what
 * others change at once; in broadcast mode, at the end of the turn.
 */
export class Tracking {
  /** Whether a change may concern anybody: all that it costs while nobody tracks. */
  active = false;
  /** The client whose command runs, while it tracks keys. */
  current: Client | undefined = undefined;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  /** The ids of who has read a key since it changed last. Those of clients that have gone stay until it changes. */
  readonly #readers = new Map<string, Set<number>>();
  /** Number of ids in all. */
  #items = 0;
  readonly #prefixes = new Map<string, Prefix>();
  /** What the client whose command runs is to hear after the reply; `undefined` stands for all keys. */
  #pending: (string | undefined)[] = [];
  #broadcastDue = false;
  /** How often in a row forgetting keys was not enough. */
  #failures = 0;
  readonly #writer = new ReplyWriter();

  constructor(server: Server) {
    this.#server = server;
    server.config.onChange("tracking-table-max-keys", () => this.checkSize());
  }

  /** Number of clients that track keys. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** Number of keys that are remembered. */
  get keyCount(): number {
    return this.#readers.size;
  }

  /** Number of pairs of a key and a client that has read it. */
  get itemCount(): number {
    return this.#items;
  }

  /** Number of prefixes that anybody has asked for. */
  get prefixCount(): number {
    return this.#prefixes.size;
  }

  /** CLIENT TRACKING ON, also when it was on with other options; prefixes add up. Called by the client's own command. */
  enable(client: Client, options: TrackingOptions): void {
    const before = client.tracking;
    const prefixes = new Set([
      ...before?.prefixes ?? [],
      ...options.prefixes,
    ]);
    client.tracking = {
      ...options,
      prefixes,
      caching: before?.caching ?? false,
      brokenRedirect: false,
    };
    for (const name of prefixes) {
      const prefix = this.#prefixes.get(name) ??
        { clients: new Set(), changed: new Map() };
      this.#prefixes.set(name, prefix);
      prefix.clients.add(client);
    }
    this.#clients.add(client);
    client.restrict(Restrictions.tracking, true);
    this.current = client;
    this.active = true;
  }

  /** CLIENT TRACKING OFF; also when a client has gone or starts anew. */
  disable(client: Client): void {
    if (client.tracking === undefined) return;
    for (const name of client.tracking.prefixes) {
      const { clients } = this.#prefixes.get(name)!;
      clients.delete(client);
      if (clients.size === 0) this.#prefixes.delete(name);
    }
    client.tracking = undefined;
    this.#clients.delete(client);
    client.restrict(Restrictions.tracking, false);
  }

  /** Remembers which keys a command of a client that tracks has read; those of a script are remembered when it reads. */
  commandRan(client: Client, command: Command, args: Args): void {
    const { bits } = command;
    if ((bits & CommandBits.readonly) === 0) return;
    if ((bits & CommandBits.runsScript) === 0) {
      this.remember(client, command, args);
    }
  }

  /** Remembers the keys of a command line for a client, if it tracks keys and these are of interest to it. */
  remember(client: Client, command: Command, args: Args): void {
    const { tracking } = client;
    if (tracking === undefined) return;
    const { caching, mode } = tracking;
    if (mode === "broadcast") return;
    if (mode === "opt in" ? !caching : mode === "opt out" && caching) return;
    // Redis asks the key specs last here: they find keys in lines that are wrong, too.
    const { findKeys } = command.definition;
    for (const { index } of findKeys?.(args) ?? command.keysOf(args)) {
      this.#add(args.string(index), client.id);
    }
    this.checkSize();
  }

  /** Tells the client whose command ran, and is over with its reply, of what it has changed. */
  commandEnded(): void {
    const client = this.current;
    this.current = undefined;
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    if (client === undefined || client.closing) return;
    for (const key of pending) {
      this.#tell(client, key === undefined ? undefined : [key]);
    }
  }

  /** Tells who has read `key` that it has changed. That a key expires or is evicted is nobody's doing, whose command it may be. */
  keyChanged(key: string, { eventClass }: KeyEvent): void {
    const nobodys = eventClass === "x" || eventClass === "e";
    for (const [name, { changed }] of this.#prefixes) {
      if (!key.startsWith(name)) continue;
      changed.set(key, nobodys ? undefined : this.current);
      this.#broadcastDue = true;
    }
    this.#invalidate(key);
  }

  /** Tells all who track that all keys are gone. */
  flushed(): void {
    for (const client of this.#clients) {
      if (client === this.current) this.#pending.push(undefined);
      else this.#tell(client, undefined);
    }
    this.#readers.clear();
    this.#items = 0;
  }

  /** Tells who wants to hear of prefixes which of their keys have changed in this turn. */
  broadcast(): void {
    if (!this.#broadcastDue) return;
    this.#broadcastDue = false;
    for (const name of [...this.#prefixes.keys()].sort()) {
      const prefix = this.#prefixes.get(name)!;
      const { changed, clients } = prefix;
      if (changed.size === 0) continue;
      prefix.changed = new Map();
      const keys = [...changed.keys()].sort();
      for (const client of clients) {
        const others = client.tracking!.noLoop
          ? keys.filter((key) => changed.get(key) !== client)
          : keys;
        if (others.length > 0) this.#tell(client, others);
      }
    }
  }

  /** Has the executor call `shrink()` before commands while more keys are remembered than may be. */
  checkSize(): void {
    const limit = this.#server.config.values["tracking-table-max-keys"];
    const exceeded = limit > 0 && this.#readers.size > limit;
    if (!exceeded) this.#failures = 0;
    this.#server.executor.setGate(CommandBits.shrinksTracking, exceeded);
  }

  /** Forgets keys until no more are left than may be, telling who has read them as if they had changed; not many at a time, but more each time that is not enough. */
  shrink(): void {
    const limit = this.#server.config.values["tracking-table-max-keys"];
    if (limit === 0) return;
    let effort = EFFORT * (this.#failures + 1);
    for (const key of this.#readers.keys()) {
      if (this.#readers.size <= limit || effort-- === 0) break;
      this.#invalidate(key);
    }
    this.#failures++;
    this.checkSize();
  }

  #add(key: string, id: number): void {
    const readers = this.#readers.get(key);
    if (readers === undefined) this.#readers.set(key, new Set([id]));
    else if (readers.has(id)) return;
    else readers.add(id);
    this.#items++;
  }

  #invalidate(key: string): void {
    const readers = this.#readers.get(key);
    if (readers === undefined) return;
    this.#readers.delete(key);
    this.#items -= readers.size;
    for (const id of readers) {
      const client = this.#server.clients.get(id);
      const tracking = client?.tracking;
      if (tracking === undefined || tracking.mode === "broadcast") continue;
      if (client !== this.current) this.#tell(client!, [key]);
      else if (!tracking.noLoop) this.#pending.push(key);
    }
  }

  /** Tells a client, or who hears in its place, that keys have changed: `undefined` for all there are. */
  #tell(client: Client, keys: readonly string[] | undefined): void {
    const writer = this.#writer;
    const redirect = client.tracking?.redirect ?? 0;
    const hearer = redirect === 0 ? client : this.#server.clients.get(redirect);
    if (hearer === undefined) return this.#tellBroken(client, redirect);
    if (hearer.reply.hasPushes) {
      writer.push(2);
      writer.bulk("invalidate");
    } else if (redirect !== 0 && hearer.isSubscribed) {
      writer.push(3);
      writer.bulk("message");
      writer.bulk(CHANNEL);
    } else return;
    // Null is written as the client that tracks would read it, whoever hears it.
    writer.protocol = client.reply.protocol;
    if (keys === undefined) writer.null();
    else writer.bulks(keys);
    hearer.send(writer.take());
  }

  #tellBroken(client: Client, redirect: number): void {
    client.tracking!.brokenRedirect = true;
    if (!client.reply.hasPushes) return;
    const writer = this.#writer;
    writer.push(2);
    writer.bulk("tracking-redir-broken");
    writer.integer(redirect);
    client.send(writer.take());
  }
}
