import type { Client } from "../client.ts";

/** How far a replica is: it has said who it is, waits for a full copy, is being sent one, or follows the stream. */
export type ReplicaState = "introduced" | "waiting" | "copying" | "online";

/** What a full copy holds. */
export interface CopyParts {
  readonly data: boolean;
  readonly functions: boolean;
}

/** A client that is a replica, or has said that it will be one. */
export class Replica {
  readonly client: Client;
  state: ReplicaState = "introduced";
  /** The address under which it says that it can be reached, and the port. */
  address = "";
  port = 0;
  /** Whether it takes a copy whose length is not known before. */
  takesUnknownLength = false;
  /** Whether it understands an answer to PSYNC that names the history. */
  takesHistory = false;
  /** Whether it wants a copy and nothing that follows: `redis-cli --rdb`. */
  copyOnly = false;
  /** The parts of a copy that it wants: `redis-cli --functions-rdb`. */
  parts: CopyParts = { data: true, functions: true };
  /** Whether it tells how far it has come: those that came with SYNC do not. */
  acknowledges = false;
  /** How many bytes of the stream it has processed. */
  acknowledged = 0;
  /** Unix time at which it said so last, in milliseconds. */
  acknowledgedAt: number;
  /** What it will be sent of the stream, until it is ready to take it. */
  #held: Uint8Array[] | undefined = undefined;
  #heldBytes = 0;

  constructor(client: Client, now: number) {
    this.client = client;
    this.acknowledgedAt = now;
  }

  /** Whether it wants less than a whole copy. */
  get isFiltered(): boolean {
    return !this.parts.data || !this.parts.functions;
  }

  /** Bytes of the stream that are held for it. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Its address, for INFO and ROLE. */
  get shownAddress(): string {
    if (this.address !== "") return this.address;
    const address = this.client.transport?.address ?? "?:0";
    return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  }

  /** From now on the stream is held for it. */
  hold(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Gives it a part of the stream, which is not copied and may not change. */
  give(bytes: Uint8Array): void {
    if (this.copyOnly) return;
    if (this.#held === undefined) return this.client.sendBytes(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  /** Sends what was held; the stream is sent as it comes from now on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldBytes = 0;
    for (const bytes of held) this.client.sendBytes(bytes);
  }
}
