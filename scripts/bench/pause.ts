import { startContestant } from "./contestant.ts";
import { command, load } from "./load.ts";
import { median } from "./median.ts";
import { type Figure, figuresSection } from "./report.ts";
import { byFigure, progress, type Setting } from "./setting.ts";
import { inTurns } from "./throughput.ts";

const KEYS = 1_000_000;

/** How long PINGs are measured before the keys fall due, and how long the keys may take to be gone. */
const QUIET_MS = 2000;
const GONE_WITHIN_MS = 60_000;
/** How long before their time PINGs count as of the keys that fall due: clocks differ. */
const LEAD_MS = 50;
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
  return Date.now() < dueAt - QUIET_MS ? dueAt : undefined;
}

/** The longest that one PING took, in milliseconds. */
interface Pauses {
  /** While nothing fell due: what the machine and the server do besides. */
  readonly quiet: number;
  /** From shortly before keys fall due until the server counts none. */
  readonly due: number;
}

/** How long PINGs take before, and while, `keys` keys that fall due in the same second go away. */
async function longestPauses(
  port: number,
  keys: number,
): Promise<Pauses> {
  let dueAt: number | undefined;
  for (let afterSeconds = 6; dueAt === undefined; afterSeconds *= 2) {
    await command(port, "FLUSHALL");
    dueAt = await loadFallingDue(port, keys, afterSeconds);
  }
  const encoder = new TextEncoder();
  const ping = encoder.encode("PING\r\n");
  const size = encoder.encode("DBSIZE\r\n");
  const decoder = new TextDecoder();
  using line = await Line.to(port);
  let quiet = 0, due = 0;
  let nextSize = dueAt;
  for (;;) {
    const before = performance.now();
    await line.ask(ping);
    const took = performance.now() - before;
    const now = Date.now();
    if (now >= dueAt - LEAD_MS) due = Math.max(due, took);
    else if (now >= dueAt - QUIET_MS) quiet = Math.max(quiet, took);
    if (now < nextSize) continue;
    if (decoder.decode(await line.ask(size)) === ":0\r\n") {
      return { quiet, due };
    }
    if (now > dueAt + GONE_WITHIN_MS) {
      throw new Error("Keys are left a minute after they fell due");
    }
    nextSize = now + ASK_FOR_SIZE_EVERY_MS;
  }
}

/** What clients notice of keys that fall due all at once. */
export async function pause(setting: Setting): Promise<string> {
  const keys = Math.round(KEYS * setting.scale);
  const turns = await inTurns(
    setting.contestants,
    setting.rounds,
    async (contestant) => {
      await using server = await startContestant(contestant, setting.folder);
      const { quiet, due } = await longestPauses(server.port, keys);
      const figures = [quiet, due, due - quiet];
      progress(
        `${contestant.name}: ${
          figures.map((ms) => ms.toFixed(1)).join(", ")
        } ms`,
      );
      return figures;
    },
  );
  const names = [
    "longest PING in the two seconds before",
    `longest PING while ${
      keys.toLocaleString("en-US")
    } keys that fall due in the same second go`,
    "difference of the two, median of the rounds",
  ];
  const figures = byFigure(turns, median).map((values, i): Figure => ({
    ...{ name: names[i]!, unit: "ms" },
    values,
  }));
  return figuresSection("Pause", setting.contestants, figures);
}
