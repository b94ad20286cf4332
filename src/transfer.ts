/** Moving all data at once: `--import` and `--export`. */
import { systemReason } from "./config/error.ts";
import { resolve } from "./config/paths.ts";
import { disk } from "./persistence/files.ts";
import { RdbEncoder } from "./persistence/rdb/rdb_encoder.ts";
import { loadSnapshot, saveSnapshotSync } from "./persistence/snapshot.ts";
import { SystemClock } from "./store/clock.ts";
import { rdbFactsOf } from "./server/rdb_facts.ts";
import { RemoteServer } from "./server/remote_server.ts";
import type { Server } from "./server/server.ts";
import { Events } from "./store/events.ts";
import { copyFrom, copyTo, type Found } from "./server/remote_copy.ts";

/** What keeps data from being moved: one sentence. */
export class TransferError extends Error {
  override name = "TransferError";
}

/** Hears how much has been moved, from 0 to 1. */
export type Progress = (fraction: number) => void;

const REMOTE = /^redis(s)?:\/\//;
const DEFAULT_PORT = 6379;
/** How long a server may take for each step. */
const TIMEOUT_MS = 60_000;

/**
 * Makes the snapshot of `server`, which was not started, from an RDB file, a
 * snapshot or a running server; returns the number of keys. Throws
 * TransferError: also when there is a snapshot already, which stays as it is.
 */
export async function importData(
  server: Server,
  source: string,
  progress: Progress = () => {},
): Promise<number> {
  const path = snapshotPathOf(server);
  if (isThere(path)) {
    throw new TransferError(
      `There is a snapshot already, ${path}: move it away, or name another with --dbfilename or --dir`,
    );
  }
  await reporting(`import ${shown(source)}`, async () => {
    if (REMOTE.test(source)) {
      await withRemote(source, async (remote, db) => {
        for await (const found of copyFrom(remote, server, db)) {
          keep(server, found);
          progress(found.fraction);
        }
      });
    } else await importFile(server, resolve(source), progress);
  });
  if (!server.saver.save()) {
    throw new TransferError(`Could not write ${path}`);
  }
  return keysOf(server);
}

/**
 * Writes the data of the snapshot of `server`, which was not started, into an
 * RDB file, which is replaced, or a running server, whose keys of the same names
 * are; returns the number of keys. Throws TransferError or LoadError.
 */
export async function exportData(
  server: Server,
  target: string,
  progress: Progress = () => {},
): Promise<number> {
  await server.load(progress);
  const keys = keysOf(server);
  if (keys === 0) {
    throw new TransferError(
      `There are no keys in ${snapshotPathOf(server)}: nothing was exported`,
    );
  }
  await reporting(`export to ${shown(target)}`, async () => {
    if (REMOTE.test(target)) {
      await withRemote(
        target,
        (remote, db) => copyTo(remote, server, db, progress),
      );
    } else {
      saveSnapshotSync(
        disk,
        resolve(target),
        server.store.databases.map((db) => db.keyspace),
        { savedAt: server.clock.now(), checksum: true },
        new RdbEncoder(rdbFactsOf(server)),
      );
    }
  });
  return keys;
}

async function importFile(
  server: Server,
  path: string,
  progress: Progress,
): Promise<void> {
  const { clock, config, store } = server;
  const loaded = await loadSnapshot(disk, path, {
    databases: store.databases.length,
    now: clock.now(),
    checksum: config.values.rdbchecksum,
    thresholds: store.thresholds,
    frequencies: store.frequencies,
  }, {
    bytes: Infinity,
    done: (read, total) => progress(Math.min(1, read / total)),
  });
  if (loaded === undefined) throw new TransferError("there is no such file");
  store.replaceAll(loaded.keyspaces);
}

function keep({ store }: Server, { db, key, value, expiresAt }: Found): void {
  const database = store.databases[db];
  if (database === undefined) {
    throw new TransferError(
      `it has keys in database ${db}, but there are ${store.databases.length} here: use --databases ${
        db + 1
      }`,
    );
  }
  database.put(key, value);
  if (expiresAt !== Infinity) database.setExpiry(key, expiresAt);
  database.changed(key, Events.loaded, 0);
}

/** Connects to `redis://[[user:]password@]host[:port][/db]` for as long as `work` takes; the database is `undefined` for all. */
async function withRemote(
  address: string,
  work: (remote: RemoteServer, db: number | undefined) => Promise<void>,
): Promise<void> {
  const url = new URL(address);
  if (url.protocol !== "redis:") {
    throw new TransferError("TLS is not available: use redis://");
  }
  const path = url.pathname.replace(/^\//, "");
  if (!/^\d*$/.test(path)) {
    throw new TransferError(`${path} is not the number of a database`);
  }
  const remote = await RemoteServer.connect(
    new SystemClock(),
    url.hostname.replace(/^\[|\]$/g, ""),
    url.port === "" ? DEFAULT_PORT : Number(url.port),
    TIMEOUT_MS,
  );
  try {
    const { password, username } = url;
    if (password !== "") {
      const user = username === "" ? [] : [decodeURIComponent(username)];
      await remote.demand("AUTH", ...user, decodeURIComponent(password));
    }
    await work(remote, path === "" ? undefined : Number(path));
  } finally {
    remote.close();
  }
}

/** Runs `work`; whatever goes wrong says what was being done. */
async function reporting(what: string, work: () => Promise<void>) {
  try {
    await work();
  } catch (error) {
    throw new TransferError(`Could not ${what}: ${systemReason(error)}`);
  }
}

/** An address without its password. */
function shown(place: string): string {
  return place.replace(/^(redis:\/\/[^:@/]*):[^@]*@/, "$1:***@");
}

function keysOf({ store }: Server): number {
  return store.databases.reduce((sum, { size }) => sum + size, 0);
}

function snapshotPathOf({ config }: Server): string {
  return config.path("dbfilename")!;
}

function isThere(path: string): boolean {
  const file = disk.open(path);
  file?.close();
  return file !== undefined;
}
