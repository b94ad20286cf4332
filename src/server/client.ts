import { Args } from "../protocol/args.ts";
import type { RequestLimits } from "../protocol/decoder.ts";
import { RequestDecoder } from "../protocol/decoder.ts";
import { ReplyWriter } from "../protocol/reply.ts";
import type { Database } from "../store/database.ts";
import type { User } from "./acl/user.ts";
import type { BlockedOperation } from "./blocking.ts";
import type { Call } from "./command.ts";
import type { CommandQueue } from "./command_queue.ts";
import type { Command } from "./command_table.ts";
import type { Replica } from "./replication/replica.ts";
import type { Server } from "./server.ts";
import type { Suspension } from "./suspension.ts";
import type { ClientTracking } from "./tracking.ts";
import type { Transaction, Watch } from "./transaction.ts";

/** Reasons why a command of this client needs a closer look before it runs, as bits. */
export const Restrictions = {
  unauthenticated: 1,
  transaction: 2,
  /** CLIENT REPLY OFF. */
  replyOff: 4,
  /** The command under way is to go without a reply: the one after CLIENT REPLY SKIP. */
  replySkip: 8,
  /** CLIENT REPLY SKIP has run: the next command is to go without a reply. */
  replySkipNext: 16,
  /** Subscribed to channels: over RESP2 only some commands may run. */
  subscribed: 32,
  /** CLIENT TRACKING ON: what it reads is remembered. */
  tracking: 64,
  /** Its user may not do everything. */
  limited: 128,
  /** MONITOR: it gets a stream, and the keyspace is not for it. */
  monitor: 256,
  /** SYNC, PSYNC: a reply would be taken for a part of the stream. */
  replica: 512,
} as const;

const MUTED = Restrictions.replyOff | Restrictions.replySkip;

/** What a client is to CLIENT LIST, CLIENT KILL and the limits of its output. */
export type ClientType = "normal" | "replica" | "pubsub" | "master";

/** Who carries a client's bytes: a connection, or a test. */
export interface Transport {
  /** The peer's address as CLIENT LIST shows it. */
  readonly address: string;
  /** The server's own. */
  readonly localAddress: string;
  readonly kind: "tcp" | "unix";
  /** Number of bytes that are written and have not left. */
  readonly pendingBytes: number;
  /** Unix time in milliseconds since which the peer has taken nothing of them; 0 when nothing waits. */
  readonly stalledSince: number;
  /** Number of bytes written to it so far, sent or not. */
  readonly outputMark: number;
  /** Lets output up to a mark leave although commits are pending. */
  release(mark: number): void;
  /** Asks for what the reply writer holds to be sent; returns at once. */
  flush(): void;
  /** Resolves when all that was written has left, or never will. */
  whenSent(): Promise<void>;
  /** Looks at how much waits, after a command that may have written much: may end the connection, or have the next requests wait. */
  noteOutput(): void;
  /** Runs the requests that have been received meanwhile: after a block or a pause ends. */
  resume(): void;
  /** Ends the connection; what is written and not sent yet is dropped. */
  close(): void;
}

/** One client's state, from its connection to its end; what a handler sees as `Call`. */
export class Client implements Call {
  readonly server: Server;
  readonly id: number;
  readonly decoder: RequestDecoder;
  readonly reply = new ReplyWriter();
  args: Args;
  db: Database;
  transport: Transport | undefined = undefined;
  readonly createdAt: number;
  /** Unix time of the last request, in milliseconds. */
  lastInteraction: number;
  name = "";
  libraryName = "";
  libraryVersion = "";
  /** Bits of `Restrictions`. */
  restrictions = 0;
  /** The command that ran last, as CLIENT LIST shows it. */
  lastCommand: Command | undefined = undefined;
  /** Between MULTI and EXEC. */
  transaction: Transaction | undefined = undefined;
  /** What it queues commands in, from its first MULTI on. */
  queue: CommandQueue | undefined = undefined;
  /** Keys under WATCH. */
  watched: Watch[] = [];
  /** Set when a watched key has changed, so that EXEC fails. */
  watchBroken = false;
  /** What it wants to know of keys that it has read, with CLIENT TRACKING ON. */
  tracking: ClientTracking | undefined = undefined;
  /** What this client waits for, while it does. */
  blocked: BlockedOperation | undefined = undefined;
  /** A request waits in the decoder for the end of CLIENT PAUSE. */
  postponed = false;
  /** So much output waits that requests wait until some of it has left. */
  outputFull = false;
  /** Its command has stopped halfway, until a script goes on. */
  suspended: Suspension | undefined = undefined;
  /** Whether scripts run their commands through it. */
  readonly isScript: boolean;
  /** Whether commands may park this client: not in a transaction, nor in a script. */
  mayBlock = true;
  noEvict = false;
  /** Whether it carries what the master of this server propagates. */
  isMaster = false;
  /** What it has said of itself as a replica, which it may not be yet. */
  replica: Replica | undefined = undefined;
  /** Whether `Clients` is to have sent what was written to it. */
  awaitsFlush = false;
  /** The connection closes once what was written has been sent; no more requests are run. */
  closing = false;
  /** Unix time in milliseconds since which the output is above its soft limit, or 0. */
  overSoftLimitSince = 0;

  #user: User | undefined;
  #authenticated = false;
  #mustObey = false;

  constructor(
    server: Server,
    id: number,
    limits: RequestLimits,
    now: number,
    isScript = false,
  ) {
    this.server = server;
    this.isScript = isScript;
    this.id = id;
    this.decoder = new RequestDecoder(limits, server.readBuffers);
    this.args = this.decoder.args;
    this.db = server.store.databases[0]!;
    this.createdAt = this.lastInteraction = now;
    this.#user = server.acl.defaultUser;
    this.becomeDefault();
  }

  get client(): Client {
    return this;
  }

  get now(): number {
    const { executor, store } = this.server;
    return this.mayBlock ? store.now : executor.timing.nestedNow();
  }

  /** Whether the next request may run now. */
  get runnable(): boolean {
    return !this.closing && this.blocked === undefined && !this.postponed &&
      !this.outputFull && this.suspended === undefined;
  }

  /** Whether it runs on this machine: over a unix socket, from a loopback address, or without a socket. */
  get isLocal(): boolean {
    const { transport } = this;
    return transport === undefined || transport.kind === "unix" ||
      /^(127\.0\.0\.1|\[::1\]):/.test(transport.address);
  }

  get type(): ClientType {
    if (this.isMaster) return "master";
    if (this.replica !== undefined && this.replica.state !== "introduced") {
      return "replica";
    }
    return this.isSubscribed ? "pubsub" : "normal";
  }

  /** Whether it has subscribed to any channel, pattern or shard channel. */
  get isSubscribed(): boolean {
    return (this.restrictions & Restrictions.subscribed) !== 0;
  }

  /** What it sends was accepted elsewhere, and is not refused for want of memory or of a right: the log, a master. */
  get mustObey(): boolean {
    return this.#mustObey;
  }

  set mustObey(yes: boolean) {
    this.#mustObey = yes;
    if (yes) this.become(undefined);
  }

  /** Whose rules apply to it; `undefined` for what the server itself has run, which may do all. */
  get user(): User | undefined {
    return this.#user;
  }

  /** Whether the password was given, or none was needed when the client came. */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** Makes it the client of a user who has given the password. */
  become(user: User | undefined): void {
    this.#user = user;
    this.#authenticated = true;
    this.followRules();
  }

  /** Makes it what clients are when they come: the default user, who may have to give a password. */
  becomeDefault(): void {
    const { defaultUser } = this.server.acl;
    this.#user = defaultUser;
    this.#authenticated = defaultUser.open;
    this.followRules();
  }

  /** Takes its user from it, whom there is no more. */
  becomeNobody(): void {
    this.#user = this.server.acl.defaultUser;
    this.#authenticated = false;
    this.followRules();
  }

  /** Looks again at what stands against its commands: the rules of its user or of the default one have changed. */
  followRules(): void {
    const barred = !this.#authenticated && !this.server.acl.defaultUser.open;
    this.restrict(Restrictions.unauthenticated, barred);
    this.decoder.trusted = !barred;
    const limited = this.#user !== undefined && !this.#user.mayAll;
    this.restrict(Restrictions.limited, limited);
  }

  /** Whether its user may not do everything. */
  get isLimited(): boolean {
    return (this.restrictions & Restrictions.limited) !== 0;
  }

  restrict(bit: number, on: boolean): void {
    if (on) this.restrictions |= bit;
    else this.restrictions &= ~bit;
  }

  /** Whether what is written to it now is to be dropped: CLIENT REPLY. */
  get muted(): boolean {
    return (this.restrictions & MUTED) !== 0;
  }

  /** Moves CLIENT REPLY SKIP and CLIENT CACHING on by one request. */
  requestEnded(): void {
    const { lastCommand, tracking, transaction } = this;
    if (
      tracking?.caching && transaction === undefined &&
      !lastCommand?.fullName.startsWith("client|")
    ) tracking.caching = false;
    const skip = (this.restrictions & Restrictions.replySkipNext) !== 0;
    this.restrict(Restrictions.replySkip, skip);
    this.restrict(Restrictions.replySkipNext, false);
  }

  /** Sends an out-of-band message, encoded as `ReplyWriter.message()` takes it, even to a client that wants no replies. */
  send(message: Uint8Array): void {
    if (this.closing) return;
    this.reply.message(message);
    this.server.clients.hasOutput(this);
  }

  /** Sends bytes that are no reply: what a replica gets. */
  sendBytes(bytes: Uint8Array): void {
    if (this.closing) return;
    this.reply.stream(bytes);
    this.server.clients.hasOutput(this);
  }

  /** Has the connection closed once what was written has been sent. */
  closeAfterReply(): void {
    this.closing = true;
    this.server.clients.hasOutput(this);
  }
}
