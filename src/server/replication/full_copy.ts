import { BackgroundSave } from "../../persistence/background_save.ts";
import { RdbEncoder } from "../../persistence/rdb/rdb_encoder.ts";
import { traced } from "../log.ts";
import { rdbFactsOf } from "../rdb_facts.ts";
import type { Server } from "../server.ts";
import type { CopyParts, Replica } from "./replica.ts";

/** Digits of the mark at the end of a copy whose length is not known before. */
const MARK_DIGITS = 40;

const encoder = new TextEncoder();

/**
 * A copy of all data, or of a part, of one moment, on its way to replicas. It is made in the
 * small steps of a background save, whose file is the replicas: those that take
 * a copy of unknown length get it as it is made, at the pace of the slowest; for
 * others, such as those that came with SYNC, it is gathered in memory, because
 * its length stands before it.
 */
export class FullCopy {
  /** Resolves when the copy is with all replicas, or given up; rejects never. */
  readonly done: Promise<void>;
  readonly #server: Server;
  readonly #replicas: Set<Replica>;
  readonly #mark: Uint8Array;
  readonly #gathered: Uint8Array[] = [];
  readonly #save: BackgroundSave;

  /** Begins the copy, at the offset of the stream at which the server is. */
  constructor(
    server: Server,
    replicas: readonly Replica[],
    parts: CopyParts,
    offset: number,
  ) {
    this.#server = server;
    this.#replicas = new Set(replicas);
    this.#mark = encoder.encode(server.random.hex(MARK_DIGITS));
    const facts = rdbFactsOf(server, [
      ["repl-stream-db", "0"],
      ["repl-id", server.replicationId],
      ["repl-offset", String(offset)],
    ]);
    const { databases } = server.store;
    const rdb = new RdbEncoder(
      parts.functions ? facts : { ...facts, functions: [] },
    );
    this.#send(this.#streaming, encoder.encode("$EOF:"), this.#mark, CRLF);
    this.#save = new BackgroundSave(
      this.#asFiles(),
      "replicas",
      server.clock,
      parts.data ? databases.map((db) => db.keyspace) : [],
      { savedAt: server.clock.now(), checksum: true },
      "copy",
      rdb,
    );
    this.done = this.#finish();
  }

  /** Forgets a replica that has gone; a copy for nobody is given up. */
  drop(replica: Replica): void {
    if (this.#replicas.delete(replica) && this.#replicas.size === 0) {
      this.#save.cancel();
    }
  }

  /** Gives the copy up: the server ends. */
  cancel(): void {
    this.#save.cancel();
  }

  get #streaming(): Replica[] {
    return [...this.#replicas].filter((each) => each.takesUnknownLength);
  }

  get #waiting(): Replica[] {
    return [...this.#replicas].filter((each) => !each.takesUnknownLength);
  }

  async #finish(): Promise<void> {
    const outcome = await this.#save.done;
    if (outcome !== "saved") {
      const { clients, log } = this.#server;
      const reason = outcome === "cancelled"
        ? ""
        : `: ${traced(outcome.error)}`;
      log.warning(`The full copy for replicas was given up${reason}`);
      for (const { client } of this.#replicas) clients.kill(client);
      return;
    }
    this.#send(this.#streaming, this.#mark);
    // What follows the mark must not come with it: a replica says when it has found it.
    for (const replica of this.#streaming) replica.state = "online";
    await this.#sendGathered();
  }

  async #sendGathered(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const size = this.#gathered.reduce((sum, { length }) => sum + length, 0);
    this.#send(this.#waiting, encoder.encode(`$${size}\r\n`));
    for (const bytes of this.#gathered) {
      this.#send(this.#waiting, bytes);
      await taken(this.#waiting);
    }
    this.#server.executor.turn(() => {
      for (const replica of this.#waiting) {
        replica.state = "online";
        replica.release();
      }
    });
  }

  #send(replicas: readonly Replica[], ...parts: readonly Uint8Array[]): void {
    if (replicas.length === 0) return;
    this.#server.executor.turn(() => {
      for (const { client } of replicas) {
        for (const part of parts) client.sendBytes(part);
      }
    });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#waiting.length > 0) this.#gathered.push(bytes);
    this.#send(this.#streaming, bytes);
    await taken(this.#streaming);
  }

  /** The replicas as the file that a background save writes. */
  #asFiles() {
    return {
      create: () => ({
        write: (bytes: Uint8Array) => this.#write(bytes),
        writeSync() {},
        sync: () => Promise.resolve(),
        syncSync() {},
        close() {},
      }),
      rename() {},
      remove() {},
      syncFolder: () => Promise.resolve(),
      syncFolderSync() {},
    };
  }
}

const CRLF = encoder.encode("\r\n");

/** Resolves when replicas have taken all that they were sent. */
async function taken(replicas: readonly Replica[]): Promise<void> {
  await Promise.all(
    replicas.map(({ client }) => client.transport?.whenSent()),
  );
}
