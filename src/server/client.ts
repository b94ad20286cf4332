import { Args } from "../protocol/args.ts";
import type { RequestLimits } from "../protocol/decoder.ts";
import { RequestDecoder } from "../protocol/decoder.ts";
import { ReplyWriter } from "../protocol/reply.ts";
import type { Database } from "../store/database.ts";
import type { BlockedOperation } from "./blocking.ts";
import type { Call } from "./command.ts";
import type { Command } from "./command_table.ts";
import type { Server } from "./server.ts";
import type { Transaction } from "./transaction.ts";

/** Reasons why a command of this client needs a closer look before it runs, as bits. */
export const Restrictions = {
  unauthenticated: 1,
  transaction: 2,
  replyMode: 4,
} as const;

/** Who carries a client's bytes: a connection, or a test. */
export interface Transport {
  /** The peer's address as CLIENT LIST shows it. */
  readonly address: string;
  /** The server's own. */
  readonly localAddress: string;
  readonly kind: "tcp" | "unix";
  /** Asks for what the reply writer holds to be sent; returns at once. */
  flush(): void;
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
  readonly user = "default";
  /** Bits of `Restrictions`. */
  restrictions = 0;
  /** The command that ran last, as CLIENT LIST shows it. */
  lastCommand: Command | undefined = undefined;
  /** Between MULTI and EXEC. */
  transaction: Transaction | undefined = undefined;
  /** Keys under WATCH, by database. */
  watchedKeys: Map<Database, Set<string>> | undefined = undefined;
  /** Set when a watched key has changed, so that EXEC fails. */
  watchBroken = false;
  /** What this client waits for, while it does. */
  blocked: BlockedOperation | undefined = undefined;
  /** A request waits in the decoder for the end of CLIENT PAUSE. */
  postponed = false;
  /** Whether commands may park this client: not in a transaction. */
  mayBlock = true;
  replyMode: "on" | "off" | "skip next" | "skip" = "on";
  noEvict = false;
  /** The connection closes once what was written has been sent; no more requests are run. */
  closing = false;
  /** Unix time in milliseconds since which the output is above its soft limit, or 0. */
  overSoftLimitSince = 0;

  constructor(server: Server, id: number, limits: RequestLimits, now: number) {
    this.server = server;
    this.id = id;
    this.decoder = new RequestDecoder(limits);
    this.args = this.decoder.args;
    this.db = server.store.databases[0]!;
    this.createdAt = this.lastInteraction = now;
  }

  get client(): Client {
    return this;
  }

  get now(): number {
    return this.server.store.now;
  }

  /** Whether the next request may run now. */
  get runnable(): boolean {
    return !this.closing && this.blocked === undefined && !this.postponed;
  }

  /** Whether it runs on this machine: over a unix socket, from a loopback address, or without a socket. */
  get isLocal(): boolean {
    const { transport } = this;
    return transport === undefined || transport.kind === "unix" ||
      /^(127\.0\.0\.1|\[::1\]):/.test(transport.address);
  }

  get authenticated(): boolean {
    return (this.restrictions & Restrictions.unauthenticated) === 0;
  }

  set authenticated(yes: boolean) {
    this.restrict(Restrictions.unauthenticated, !yes);
    this.decoder.trusted = yes;
  }

  restrict(bit: number, on: boolean): void {
    if (on) this.restrictions |= bit;
    else this.restrictions &= ~bit;
  }

  setReplyMode(mode: Client["replyMode"]): void {
    this.replyMode = mode;
    this.restrict(Restrictions.replyMode, mode !== "on");
  }

  /** Has the connection closed once what was written has been sent. */
  closeAfterReply(): void {
    this.closing = true;
    this.server.clients.hasOutput(this);
  }
}
