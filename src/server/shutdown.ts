import type { Server } from "./server.ts";

/** How a server is to end. */
export interface ShutdownOptions {
  /** Whether to save first; "if configured" means if there are save points. */
  readonly save?: "if configured" | "yes" | "no";
  /** Ends even when saving fails. */
  readonly force?: boolean;
  /** Does not wait until replies have been taken. */
  readonly now?: boolean;
}

/**
 * The end of a server: the data is saved, then nobody is served any more, and
 * once the replies that are written have left, `done` resolves. A save that
 * fails stops the end before it has begun: the server goes on.
 */
export class Shutdown {
  /** Resolves when nothing of the server is left running. */
  readonly done: Promise<void>;
  readonly #server: Server;
  #resolve: () => void = () => {};
  #begun = false;

  constructor(server: Server) {
    this.#server = server;
    this.done = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Saves, and begins the end; returns whether it does. Why not is in the log. */
  begin(
    { save = "if configured", force = false, now = false }: ShutdownOptions,
  ): boolean {
    if (this.#begun) return true;
    const { log, saver } = this.#server;
    log.warning("User requested shutdown...");
    if (!this.#endLog(force)) return false;
    saver.cancel();
    // What was not loaded must not be overwritten.
    if (
      this.#server.running && (save === "yes" ||
        save === "if configured" && saver.configured)
    ) {
      log.notice("Saving the final snapshot before exiting.");
      if (!saver.save()) {
        if (!force) {
          log.warning("Error trying to save the DB, can't exit.");
          return false;
        }
        log.warning("Error trying to save the DB. Exit anyway.");
      }
    }
    this.#begun = true;
    this.#server.close();
    this.#end(now).finally(() => {
      log.warning("Redis-Lite is now ready to exit, bye bye...");
      this.#resolve();
    });
    return true;
  }

  async #end(now: boolean): Promise<void> {
    const server = this.#server;
    for (const client of [...server.clients]) {
      client.closeAfterReply();
      if (client.transport === undefined) server.clients.remove(client);
      else client.transport.flush();
    }
    if (!now) await this.#repliesTaken();
    server.stop();
    await server.saver.settled();
    await server.appendLog.rewrite.settled();
  }

  /** Has the append log on the disk; returns whether the server may end. */
  #endLog(force: boolean): boolean {
    const { appendLog, log } = this.#server;
    if (appendLog.state === "waiting") {
      if (!force) {
        log.warning("Writing initial AOF, can't exit.");
        return false;
      }
      log.warning("Writing initial AOF. Exit anyway.");
    }
    if (appendLog.state === "off") return true;
    log.notice("Calling fsync() on the AOF file.");
    appendLog.writer.flush();
    return true;
  }

  /** Resolves when all clients have gone, or have had their time to. */
  async #repliesTaken(): Promise<void> {
    const { clients, clock, config } = this.#server;
    const seconds = config.values["shutdown-timeout"];
    let given: () => void = () => {};
    const patience = new Promise<void>((resolve) => given = resolve);
    const timer = clock.after(seconds * 1000, given);
    await Promise.race([clients.gone(), patience]);
    timer.cancel();
  }
}
