import { Buffer } from "node:buffer";
import { ErrorReply, type ServerReply } from "../protocol/reply_reader.ts";
import { RequestWriter, type Word } from "../protocol/request_writer.ts";
import type { Int64 } from "../protocol/integer.ts";
import type { Value } from "../store/values/value.ts";
import { sendLibraries } from "./remote_libraries.ts";
import type { RemoteServer } from "./remote_server.ts";
import type { Server } from "./server.ts";

/** Keys asked for at once, and bytes sent at once. */
const KEYS_PER_STEP = 256;
const BYTES_PER_STEP = 1024 * 1024;

/** A key of another server, and how much of the whole there is with it. */
export interface Found {
  readonly db: number;
  readonly key: string;
  readonly value: Value;
  readonly expiresAt: Int64;
  readonly fraction: number;
}

/** Brings the keys of another server, of all its databases or of one; a key that changes meanwhile may come twice. */
export async function* copyFrom(
  remote: RemoteServer,
  server: Server,
  only: number | undefined,
): AsyncGenerator<Found> {
  const sizes = await keyspaceOf(remote);
  const databases = [...sizes].filter(([db]) =>
    only === undefined || db === only
  );
  const total = databases.reduce((sum, [, size]) => sum + size, 0);
  // Servers before 7.0 tell only how long a key still lives.
  const isExact = typeof await remote.call("PEXPIRETIME", "") === "number";
  const expiry = isExact ? "PEXPIRETIME" : "PTTL";
  let count = 0;
  for (const [db] of databases) {
    await remote.demand("SELECT", db);
    let cursor = "0";
    do {
      const reply = await remote.demand("SCAN", cursor, "COUNT", KEYS_PER_STEP);
      const [next, keys] = reply as [string, string[]];
      cursor = next;
      await remote.send(
        ...keys.flatMap((key): Word[][] => [[expiry, key], ["DUMP", key]]),
      );
      for (const key of keys) {
        const time = checked(await remote.reply()) as number;
        const payload = checked(await remote.reply());
        // It may have expired meanwhile.
        if (typeof payload !== "string") continue;
        count++;
        yield {
          db,
          key,
          value: server.dumps.restore(Buffer.from(payload, "latin1")),
          expiresAt: time < 0
            ? Infinity
            : isExact
            ? time
            : server.clock.now() + time,
          fraction: Math.min(1, count / total),
        };
      }
    } while (cursor !== "0");
  }
}

/** Sends all libraries and keys to another server, into the databases of the same numbers or all into one; these must be empty. Returns how many libraries it took. */
export async function copyTo(
  remote: RemoteServer,
  server: Server,
  only: number | undefined,
  progress: (fraction: number) => void,
): Promise<number> {
  const { dumps, store } = server;
  const total = store.databases.reduce((sum, { size }) => sum + size, 0);
  const places = store.databases.filter(({ size }) => size > 0)
    .map((db) => ({ db, target: only ?? db.index }));
  const sizes = await keyspaceOf(remote);
  // Nothing is sent before all of it has a place.
  for (const { target } of places) {
    const there = sizes.get(target) ?? 0;
    if (there > 0) {
      throw new Error(
        `there are ${there} keys in its database ${target} already: name an empty one, or empty it with FLUSHDB`,
      );
    }
    const reply = await remote.call("SELECT", target);
    if (reply instanceof ErrorReply) {
      throw new Error(`database ${target}: ${reply.text}`);
    }
  }
  const libraries = await sendLibraries(remote, server, total === 0);
  let sent = 0;
  const requests = new RequestWriter();
  let waiting: string[] = [];
  const flush = async () => {
    await remote.write(requests.bytes.subarray(0, requests.length));
    for (const what of waiting) {
      const reply = await remote.reply();
      if (reply instanceof ErrorReply) {
        throw new Error(`${what}: ${reply.text}`);
      }
    }
    requests.clear();
    waiting = [];
    progress(total === 0 ? 1 : sent / total);
  };
  for (const { db, target } of places) {
    requests.words(["SELECT", target]);
    waiting.push(`database ${target}`);
    for (const key of db.keys()) {
      const expiresAt = db.exactExpiresAt(key)!;
      const payload = dumps.dump(db.peek(key)!).latin1Slice();
      const words: Word[] = expiresAt === Infinity
        ? ["RESTORE", key, 0, payload, "REPLACE"]
        : ["RESTORE", key, expiresAt, payload, "REPLACE", "ABSTTL"];
      requests.words(words);
      waiting.push(`the key ${JSON.stringify(key).slice(0, 80)}`);
      sent++;
      if (requests.length >= BYTES_PER_STEP) await flush();
    }
  }
  await flush();
  return libraries;
}

/** Returns how many keys each database has. */
async function keyspaceOf(remote: RemoteServer): Promise<Map<number, number>> {
  const info = String(await remote.demand("INFO", "keyspace"));
  const sizes = new Map<number, number>();
  for (const [, db, keys] of info.matchAll(/^db(\d+):keys=(\d+)/gm)) {
    sizes.set(Number(db), Number(keys));
  }
  return sizes;
}

function checked(reply: ServerReply): ServerReply {
  if (reply instanceof ErrorReply) throw new Error(reply.text);
  return reply;
}
