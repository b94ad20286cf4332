/** Moving all data at once: `--import` and `--export`. */
import { systemReason } from "./config/error.ts";
import { resolve } from "./config/paths.ts";
import { disk } from "./persistence/files.ts";
import { RdbEncoder } from "./persistence/rdb/rdb_encoder.ts";
import { loadSnapshot, saveSnapshotSync } from "./persistence/snapshot.ts";
import { StacklessError } from "./protocol/command_error.ts";
import { SystemClock } from "./store/clock.ts";
import { rdbFactsOf } from "./server/rdb_facts.ts";
import { RemoteServer } from "./server/remote_server.ts";
import type { Server } from "./server/server.ts";
import { Events } from "./store/events.ts";
import { librariesFrom } from "./server/remote_libraries.ts";
import { copyFrom, copyTo, type Found } from "./server/remote_copy.ts";

/** What keeps data from being moved: one sentence. */
export class TransferError extends StacklessError {
  override readonly name = "TransferError";
}

const NO_ADDRESS = new TransferError(
  "this is no address like redis://:password@host:6379/0, in which a % is written %25",
);

/** How much was moved. */
export interface Moved {
  readonly keys: number;
  /** Libraries of functions. */
  readonly libraries: number;
}

/** Hears how much has been moved, from 0 to 1. */
export type Progress = (fraction: number) => void;

const REMOTE = /^[a-z][a-z0-9+.-]*:\/\//i;
const DEFAULT_PORT = 6379;
/** How long a server may take for each step. */
const TIMEOUT_MS = 60_000;

/**
 * Makes the snapshot of `server`, which was not started, from an RDB file, a
 * snapshot or a running server, with its libraries of functions. Throws
 * TransferError: also when there is a snapshot or a log already, which stay as
 * they are.
 */
export async function importData(
  server: Server,
  source: string,
  progress: Progress = () => {},
): Promise<Moved> {
  const path = snapshotPathOf(server);
  const { folder } = server.appendLog;
  if (isThere(path)) {
    throw new TransferError(
      `There is a snapshot already, ${path}: move it away, or name another with --dbfilename or --dir`,
    );
  }
  if (isThere(folder.manifestPath)) {
    throw new TransferError(
      `There is an append log already, ${folder.path}, which a start would load instead: move it away, or name another folder with --dir`,
    );
  }
  await reporting(`import ${shown(source)}`, async () => {
    if (REMOTE.test(source)) {
      await withRemote(source, async (remote, db) => {
        restore(server, await librariesFrom(remote, server));
        for await (const found of copyFrom(remote, server, db)) {
          keep(server, found);
          progress(found.fraction);
        }
      });
    } else await importFile(server, resolve(source), progress);
  });
  const contents = contentsOf(server);
  if (isNothing(contents)) {
    throw new TransferError(
      `There are no keys in ${shown(source)}: nothing was imported`,
    );
  }
  if (!server.saver.save()) {
    throw new TransferError(`Could not write ${path}`);
  }
  return contents;
}

/**
 * Writes the data of the snapshot of `server`, which was not started, into an
 * RDB file, which is replaced, or a running server, into databases that must be
 * empty, with its libraries of functions. Throws TransferError or LoadError.
 */
export async function exportData(
  server: Server,
  target: string,
  progress: Progress = () => {},
): Promise<Moved> {
  await server.load(progress);
  const { keys, libraries } = contentsOf(server);
  let taken = libraries;
  if (isNothing({ keys, libraries })) {
    throw new TransferError(
      `There are no keys in ${snapshotPathOf(server)}: nothing was exported`,
    );
  }
  await reporting(`export to ${shown(target)}`, async () => {
    if (REMOTE.test(target)) {
      await withRemote(target, async (remote, db) => {
        taken = await copyTo(remote, server, db, progress);
      });
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
  return { keys, libraries: taken };
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
  restore(server, loaded.functions);
  store.replaceAll(loaded.keyspaces);
}

function restore({ scripts }: Server, libraries: readonly string[]): void {
  scripts.libraries.restore(libraries, "flush");
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
  const { db, host, password, port, user } = parsed(address);
  const remote = await RemoteServer.connect(
    new SystemClock(),
    host,
    port,
    TIMEOUT_MS,
  );
  try {
    if (password !== "") {
      await remote.demand("AUTH", ...user === "" ? [] : [user], password);
    }
    await work(remote, db);
  } finally {
    remote.close();
  }
}

/** Takes an address apart. Throws TransferError, without the password. */
function parsed(address: string) {
  const { protocol, hostname, password, pathname, port, username } = asUrl(
    address,
  );
  if (protocol === "rediss:") {
    throw new TransferError("TLS is not available: use redis://");
  }
  if (protocol !== "redis:") {
    throw new TransferError(`${protocol} is not possible: use redis://`);
  }
  const path = pathname.replace(/^\//, "");
  if (!/^\d*$/.test(path)) {
    throw new TransferError(`${path} is not the number of a database`);
  }
  if (hostname === "") throw NO_ADDRESS;
  return {
    db: path === "" ? undefined : Number(path),
    host: hostname.replace(/^\[|\]$/g, ""),
    password: decoded(password),
    port: port === "" ? DEFAULT_PORT : Number(port),
    user: decoded(username),
  };
}

function asUrl(address: string): URL {
  try {
    return new URL(address);
  } catch {
    throw NO_ADDRESS;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw NO_ADDRESS;
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

/** An address without its password, which may hold any character. */
function shown(place: string): string {
  return place.replace(/^([a-z0-9+.-]+:\/\/[^:@/]*):.*@/is, "$1:***@");
}

function contentsOf({ scripts, store }: Server): Moved {
  return {
    keys: store.databases.reduce((sum, { size }) => sum + size, 0),
    libraries: scripts.libraries.libraryCount,
  };
}

function isNothing({ keys, libraries }: Moved): boolean {
  return keys === 0 && libraries === 0;
}

function snapshotPathOf({ config }: Server): string {
  return config.path("dbfilename")!;
}

function isThere(path: string): boolean {
  const file = disk.open(path);
  file?.close();
  return file !== undefined;
}
