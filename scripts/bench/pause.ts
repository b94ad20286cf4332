import { command, load } from "./load.ts";

/** How long before the keys fall due the pings begin to count, and how long they may take to be gone. */
const LEAD_MS = 500;
const GONE_WITHIN_MS = 60_000;
const ASK_FOR_SIZE_EVERY_MS = 250;

/** A connection that has one request on its way at a time. */
export class Line implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #reply = new Uint8Array(256);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async to(port: number): Promise<Line> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    return new Line(connection);
  }

  /** Sends an inline command whose reply is one short line, and waits for the reply's bytes. */
  async ask(request: Uint8Array): Promise<Uint8Array> {
    await this.#connection.write(request);
    const length = await this.#connection.read(this.#reply) ?? 0;
    return this.#reply.subarray(0, length);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/** Loads keys that fall due together; gives the time in ms when they will, undefined when loading took longer. */
async function loadFallingDue(
  port: number,
  keys: number,
  afterSeconds: number,
): Promise<number | undefined> {
  const expiresAt = Math.ceil(Date.now() / 1000) + afterSeconds;
  await load(port, { keys, valueLength: 10, expiresAt });
  const dueAt = expiresAt * 1000;
  return Date.now() < dueAt - LEAD_MS ? dueAt : undefined;
}

/**
 * The longest that one PING took, in milliseconds, while `keys` keys that fall due in the same second went
 * away: measured from shortly before that second until the server counts no key.
 */
export async function longestPause(
  port: number,
  keys: number,
): Promise<number> {
  let dueAt: number | undefined;
  for (let afterSeconds = 4; dueAt === undefined; afterSeconds *= 2) {
    await command(port, "FLUSHALL");
    dueAt = await loadFallingDue(port, keys, afterSeconds);
  }
  const encoder = new TextEncoder();
  const ping = encoder.encode("PING\r\n");
  const size = encoder.encode("DBSIZE\r\n");
  const decoder = new TextDecoder();
  using line = await Line.to(port);
  let longest = 0;
  let nextSize = dueAt;
  for (;;) {
    const before = performance.now();
    await line.ask(ping);
    const took = performance.now() - before;
    const now = Date.now();
    if (now >= dueAt - LEAD_MS && took > longest) longest = took;
    if (now < nextSize) continue;
    if (decoder.decode(await line.ask(size)) === ":0\r\n") return longest;
    if (now > dueAt + GONE_WITHIN_MS) {
      throw new Error("Keys are left a minute after they fell due");
    }
    nextSize = now + ASK_FOR_SIZE_EVERY_MS;
  }
}
