import type { Client } from "./client.ts";
import { clientInfo } from "./client_info.ts";
import { clientMemory } from "./client_memory.ts";
import { CommandBits } from "./command_table.ts";
import type { Server } from "./server.ts";

/** Sizes go by the bits that a client's bytes take: the smallest is up to 32 KiB, the largest from 4 GiB on. */
const SMALLEST = 15, LARGEST = 33;
/** No limit is lower, so that whoever set one that is can still take it back. */
const LEAST_LIMIT = 128 * 1024;

/** What is known of a client's memory. */
interface Account {
  bytes: number;
  /** The size that it counts as; `undefined` for one that is not to be evicted. */
  size: Set<Client> | undefined;
}

/**
 * Sees that clients together take no more than `maxmemory-clients`: beyond it,
 * the largest are sent away.
 *
 * What a client takes is counted again whenever it may have changed: bytes have
 * come or gone, or a command has run. While there is no limit, none of that costs
 * more than a look at `active`. Noting and choosing a client is O(1).
 */
export class ClientEviction {
  /** Whether there is a limit. */
  active = false;
  /** Number of clients that were evicted. */
  evicted = 0;
  readonly #server: Server;
  readonly #accounts = new Map<Client, Account>();
  /** The clients that may be evicted, by size, each in the order in which they came to it. */
  readonly #sizes: readonly Set<Client>[];
  /** Bytes that all clients take. */
  #sum = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#sizes = Array.from(
      { length: LARGEST - SMALLEST + 1 },
      () => new Set<Client>(),
    );
    server.config.onChange("maxmemory-clients", () => this.follow());
    this.follow();
  }

  /** Takes up `maxmemory-clients`. */
  follow(): void {
    const { clients, config, executor } = this.#server;
    this.active = config.values["maxmemory-clients"] !== 0;
    executor.setGate(CommandBits.evictsClients, this.active);
    for (const client of clients) {
      if (this.active) this.note(client);
      else this.forget(client);
    }
  }

  /** Counts what a client takes now. Replicas and masters have a limit of their own. */
  note(client: Client): void {
    if (!this.active) return;
    if (client.type !== "normal" && client.type !== "pubsub") {
      return this.forget(client);
    }
    let account = this.#accounts.get(client);
    if (account === undefined) {
      account = { bytes: 0, size: undefined };
      this.#accounts.set(client, account);
    }
    const bytes = clientMemory(client);
    this.#sum += bytes - account.bytes;
    account.bytes = bytes;
    const size = client.noEvict ? undefined : this.#sizeOf(bytes);
    if (size === account.size) return;
    account.size?.delete(client);
    account.size = size;
    size?.add(client);
  }

  /** Forgets a client that has gone, or does not count. */
  forget(client: Client): void {
    const account = this.#accounts.get(client);
    if (account === undefined) return;
    this.#accounts.delete(client);
    this.#sum -= account.bytes;
    account.size?.delete(client);
  }

  /** Counts what a client takes now, or what all do, and sends clients away, the largest first, until all together take less than the limit. Not while a command runs. */
  enforce(changed: Client | "all"): void {
    if (!this.active) return;
    if (changed !== "all") this.note(changed);
    else for (const client of this.#server.clients) this.note(client);
    const limit = this.#limit();
    for (let i = this.#sizes.length - 1; this.#sum >= limit; i--) {
      const size = this.#sizes[i];
      if (size === undefined) {
        return this.#server.log.warning(
          "Over client maxmemory after evicting all evictable clients",
        );
      }
      for (const client of size) {
        if (this.#sum < limit) break;
        this.#evict(client);
      }
    }
  }

  #evict(client: Client): void {
    this.#server.log.notice(`Evicting client: ${clientInfo(client)}`);
    this.evicted++;
    this.#server.clients.kill(client);
  }

  #limit(): number {
    const { values } = this.#server.config;
    const limit = values["maxmemory-clients"];
    if (limit > 0) return Math.max(limit, LEAST_LIMIT);
    const maxmemory = values["maxmemory"];
    if (maxmemory === 0) return Infinity;
    return Math.max(Math.floor(maxmemory * -limit / 100), LEAST_LIMIT);
  }

  #sizeOf(bytes: number): Set<Client> {
    const bits = Math.floor(Math.log2(bytes)) + 1;
    return this.#sizes[Math.min(Math.max(bits, SMALLEST), LARGEST) - SMALLEST]!;
  }
}
