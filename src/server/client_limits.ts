import type { BufferLimit } from "../config/list_kinds.ts";
import { MAX_REQUEST } from "../protocol/decoder.ts";
import type { Client } from "./client.ts";
import { clientInfo } from "./client_info.ts";
import type { Server } from "./server.ts";

/** Output that may wait for a client which owes its password; in Redis 1 KiB beyond the 16 that are not counted. */
const UNAUTHENTICATED_OUTPUT = 17 * 1024;
/** How long the most that a reply buffer held is remembered, unless DEBUG REPLYBUFFER says otherwise. */
export const PEAK_MS = 5000;

/** What clients may take up, in space and time, before they are sent away. */
export class ClientLimits {
  /** Whether reply buffers shrink: DEBUG REPLYBUFFER RESIZING. */
  shrinksReplies = true;
  /** How long the most that a reply buffer held is remembered, in milliseconds, `Infinity` for ever: DEBUG REPLYBUFFER PEAK-RESET-TIME. */
  peakMs = PEAK_MS;
  readonly #server: Server;
  /** Unix time in milliseconds of when that was forgotten last. */
  #peaksForgottenAt: number;

  constructor(server: Server) {
    this.#server = server;
    this.#peaksForgottenAt = server.clock.now();
  }

  /** Returns the bytes of output that may never wait for a client: beyond them its connection is closed. */
  mostOutput(client: Client): number {
    return this.#outputLimit(client).hard || Infinity;
  }

  /** Returns whether more output waits for a client than `client-output-buffer-limit` allows; counts and logs it then. */
  outputExceeded(client: Client, pendingBytes: number): boolean {
    const problem = this.#outputProblem(client, pendingBytes);
    if (problem === undefined) return false;
    this.#server.statistics.outputLimitDisconnections++;
    this.#log(client, problem);
    return true;
  }

  /** Returns whether an unfinished request is longer than `client-query-buffer-limit`; counts and logs it then. */
  inputExceeded(client: Client): boolean {
    const { config, statistics } = this.#server;
    const limit = config.values["client-query-buffer-limit"];
    if (client.decoder.buffered <= Math.min(limit, MAX_REQUEST)) return false;
    statistics.queryLimitDisconnections++;
    this.#log(client, "its request is above client-query-buffer-limit");
    return true;
  }

  /** Sends away who idles, who does not take his replies, and who is above a soft limit for too long. */
  check(): void {
    const { clients, clock, config, log } = this.#server;
    const now = clock.now();
    const idleMs = config.values["timeout"] * 1000;
    const writeMs = config.values["write-timeout"] * 1000;
    for (const client of [...clients]) {
      const { transport } = client;
      if (transport === undefined) continue;
      const { pendingBytes, stalledSince } = transport;
      if (
        idleMs > 0 && now - client.lastInteraction > idleMs && mayIdle(client)
      ) {
        log.verbose(`Closing idle client ${client.id}`);
      } else if (
        writeMs > 0 && stalledSince > 0 && now - stalledSince > writeMs
      ) {
        this.#log(client, "it takes no replies for longer than write-timeout");
      } else if (
        pendingBytes === 0 || !this.outputExceeded(client, pendingBytes)
      ) continue;
      clients.kill(client);
    }
  }

  /** Has clients give back what of their buffers they do not need at the moment. */
  shrinkBuffers(): void {
    const { clients, clock, readBuffers, statistics } = this.#server;
    const now = clock.now();
    readBuffers.relax();
    const forget = now - this.#peaksForgottenAt >= this.peakMs;
    if (forget) this.#peaksForgottenAt = now;
    for (const { decoder, reply, transport } of clients) {
      decoder.relax();
      statistics.replyBufferGrowths += reply.growths;
      reply.growths = 0;
      if (!this.shrinksReplies) continue;
      if (transport?.pendingBytes === 0 && reply.relax()) {
        statistics.replyBufferShrinks++;
      }
      if (forget) reply.forgetPeak();
    }
  }

  #outputLimit({ type }: Client): BufferLimit {
    const limits = this.#server.config.values["client-output-buffer-limit"];
    return limits[type === "master" ? "normal" : type];
  }

  #outputProblem(client: Client, pendingBytes: number): string | undefined {
    if (!client.decoder.trusted && pendingBytes > UNAUTHENTICATED_OUTPUT) {
      return "more replies wait for it than for one without a password";
    }
    const { clock } = this.#server;
    const { hard, seconds, soft } = this.#outputLimit(client);
    if (hard > 0 && pendingBytes >= hard || client.reply.overflowed) {
      return `more replies wait for it than the hard limit of ${client.type} clients`;
    }
    if (soft === 0 || pendingBytes < soft) {
      client.overSoftLimitSince = 0;
      return undefined;
    }
    const now = clock.now();
    if (client.overSoftLimitSince === 0) client.overSoftLimitSince = now;
    if (now - client.overSoftLimitSince <= seconds * 1000) return undefined;
    return `for ${seconds} s more replies wait for it than the soft limit of ${client.type} clients`;
  }

  #log(client: Client, problem: string): void {
    this.#server.log.warning(
      `Closing client because ${problem}: ${clientInfo(client)}`,
    );
  }
}

/** Returns whether a client is not one whose business is waiting. */
function mayIdle(client: Client): boolean {
  return client.type === "normal" && client.blocked === undefined &&
    !client.postponed && !client.server.monitors.has(client);
}
