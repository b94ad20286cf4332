import { assert, assertEquals, assertMatch } from "@std/assert";
import { DISK_ERROR } from "../../src/server/gate.ts";
import { until } from "../helpers/event_loop.ts";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";
import { type SpawnedServer, spawnServer } from "../helpers/server.ts";
import {
  type Fault,
  full,
  mount,
  type Place,
  unmount,
} from "./broken_disks.ts";
import { compareLog } from "./kill_rounds.ts";

/** How a snapshot is written. */
export type Format = "json" | "gzip" | "rdb";

/** What is kept, and how much of it. */
export interface Load {
  readonly keys: number;
  readonly bytes: number;
}

const COMMON = ["--bind", "127.0.0.1", "--enable-debug-command", "yes"];
const PATIENCE_MS = 30_000;

/** Calls `use` with a folder for data, on a file system of its own if the fault wants one. */
async function inPlace(
  { mounts }: Fault,
  snapshot: string,
  use: (place: Place, root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "redis-lite-disk-" });
  const folder = `${root}/data`;
  await Deno.mkdir(folder);
  if (mounts) mount(folder);
  try {
    await use({ folder, snapshot }, root);
  } finally {
    if (mounts) unmount(folder);
    await Deno.remove(root, { recursive: true });
  }
}

/**
 * Has saves of a snapshot fail, and checks what the server says and does, and
 * what a start finds that follows: after `kill -9` while the disk is broken, and
 * after it was mended. Throws when something is not as it must be.
 */
export async function snapshotRound(
  fault: Fault,
  format: Format,
  { bytes, keys }: Load,
): Promise<void> {
  const snapshot = format === "rdb" ? "dump.rdb" : "dump.json";
  await inPlace(fault, snapshot, async (place, root) => {
    const args = [
      ...COMMON,
      "--dir",
      place.folder,
      "--dbfilename",
      snapshot,
      "--save",
      "3600 1",
      "--snapshot-compression",
      format === "gzip" ? "gzip" : "none",
    ];
    let saved: unknown;
    {
      await using server = await spawnServer(args, { folder: root });
      await using client = await server.client();
      await fill(client, keys, bytes);
      assertEquals(await client.call("SAVE"), "OK");
      saved = await digest(client);
      fault.begin(place, server);
      try {
        await refuses(server, client, fault);
        await server.kill("SIGKILL");
      } finally {
        fault.end(place, server);
      }
    }
    {
      await using server = await spawnServer(args, { folder: root });
      await using client = await server.client();
      assertEquals(await digest(client), saved);
      assertEquals(namesIn(place), [snapshot]);
      fault.begin(place, server);
      try {
        await refuses(server, client, fault);
      } finally {
        fault.end(place, server);
      }
      assertEquals(await savedInBackground(client), "ok");
      assertEquals(await client.call("SET", "after", "all"), "OK");
      assertEquals(await client.call("SAVE"), "OK");
      saved = await digest(client);
      await server.kill("SIGKILL");
    }
    await using server = await spawnServer(args, { folder: root });
    await using client = await server.client();
    assertEquals(await digest(client), saved);
    assertEquals(namesIn(place), [snapshot]);
  });
}

/** While no snapshot can be written: MISCONF as Redis has it, reads that are served, and a reason and a remedy in the log. */
async function refuses(
  server: SpawnedServer,
  client: RespClient,
  { reason }: Fault,
): Promise<void> {
  const set = async () => {
    const reply = await client.send("SET", "k", "v");
    return reply.type === "error" ? reply.text : "OK";
  };
  const misconf = `${DISK_ERROR.code} ${DISK_ERROR.message}`;
  assertEquals(await set(), "OK");
  assertEquals(await savedInBackground(client), "err");
  assertEquals(await set(), misconf);
  assertEquals(await client.call("GET", "k"), "v");
  await client.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
  assertEquals(await set(), "OK");
  await client.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes");
  assertEquals(await set(), misconf);
  assertEquals((await client.send("SAVE")).type, "error");
  const said = (what: string) => {
    const lines = server.stdout.split("\n").filter((line) =>
      line.includes(what)
    );
    return lines.length > 0 &&
      lines.every((line) =>
        reason.test(line) && /Check the (room on the disk|folder)/.test(line)
      );
  };
  await until(
    "it has said why a background save failed",
    () => said("Background saving error: "),
    PATIENCE_MS,
  );
  await until(
    "it has said why a save failed",
    () => said("Error saving the snapshot: "),
    PATIENCE_MS,
  );
}

async function savedInBackground(client: RespClient): Promise<string> {
  await client.call("BGSAVE");
  let info = "";
  await until("the background save has ended", async () => {
    info = String(await client.call("INFO", "persistence"));
    return info.includes("rdb_bgsave_in_progress:0");
  }, PATIENCE_MS);
  return /rdb_last_bgsave_status:(\w+)/.exec(info)![1]!;
}

async function fill(
  client: RespClient,
  keys: number,
  bytes: number,
): Promise<void> {
  const value = "x".repeat(bytes);
  for (let i = 0; i < keys;) {
    const commands: string[][] = [];
    for (; i < keys && commands.length < 100; i++) {
      commands.push(["SET", `key ${i}`, `${i} ${value}`]);
    }
    await client.pipeline(commands);
  }
}

function digest(client: RespClient): Promise<unknown> {
  return client.call("DEBUG", "DIGEST");
}

function namesIn({ folder }: Place): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** A client that appends numbers to a list, and knows how many are there for certain. */
class Appender {
  acknowledged = 0;
  readonly #port: number;
  readonly #value: string;

  constructor(port: number, bytes: number) {
    this.#port = port;
    this.#value = "x".repeat(bytes);
  }

  /** Appends `count` of them, or as many as are accepted; returns why there were no more, as far as it was told. */
  async append(count: number): Promise<string | undefined> {
    await using client = await RespClient.connect(this.#port);
    for (let i = 0; i < count; i++) {
      try {
        const length = await client.call("RPUSH", "l", this.#value);
        this.acknowledged = Number(length);
      } catch (error) {
        return (error as Error).message;
      }
    }
    return undefined;
  }
}

/**
 * Has the append log fail, by `begin`, and checks that writes are refused
 * meanwhile, accepted again after `end`, and that nothing is lost that was
 * acknowledged, neither before nor after; redis-server must find the same in the log.
 */
async function logRound(
  server: SpawnedServer,
  { begin, bytes, end, folder, restart, writes }: {
    readonly begin: () => void | Promise<void>;
    readonly bytes: number;
    readonly end: () => void | Promise<void>;
    readonly folder: string;
    readonly restart: () => Promise<SpawnedServer>;
    readonly writes: number;
  },
): Promise<void> {
  const appender = new Appender(server.port, bytes);
  assertEquals(await appender.append(writes), undefined);
  await using client = await server.client();
  await begin();
  try {
    const reason = await appender.append(100_000);
    assertMatch(reason ?? "all was accepted", /^MISCONF|closed/);
    assert(Number(await client.call("LLEN", "l")) >= appender.acknowledged);
    assertMatch(
      server.stdout,
      /(Error writing to|Fail to fsync) the AOF file: .*Check the room on the disk/,
    );
  } finally {
    await end();
  }
  await until(
    "writes are accepted again",
    async () => await appender.append(1) === undefined,
    PATIENCE_MS,
  );
  assertEquals(await appender.append(writes), undefined);
  await server.kill("SIGKILL");
  await using next = await restart();
  await using other = await next.client();
  const found = Number(await other.call("LLEN", "l"));
  assert(
    found >= appender.acknowledged,
    `${found} of ${appender.acknowledged} are there`,
  );
  const real = findRealRedis();
  if (real === undefined) return;
  await using redis = await RealRedis.start(real);
  await compareLog(other, folder, redis);
}

function logArgs(folder: string, policy: string): string[] {
  return [
    ...COMMON,
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "yes",
    "--appendfsync",
    policy,
    // The base is then something that redis-server can load as well.
    "--aof-use-rdb-preamble",
    "no",
  ];
}

/** Fills the disk under a log. Wants a file system of its own. */
export async function fullLogRound(
  policy: "always" | "everysec",
  load: { readonly bytes: number; readonly writes: number },
): Promise<void> {
  await inPlace(full, "", async (place, root) => {
    const start = () =>
      spawnServer(logArgs(place.folder, policy), { folder: root });
    await using server = await start();
    await logRound(server, {
      ...load,
      begin: () => full.begin(place, server),
      end: () => full.end(place, server),
      folder: place.folder,
      restart: start,
    });
  });
}

/** Has every flush of a log fail for a while, as of a disk that is broken, by strace. */
export async function unflushedLogRound(
  load: { readonly bytes: number; readonly writes: number },
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "redis-lite-disk-" });
  try {
    const start = () => spawnServer(logArgs(root, "always"), { folder: root });
    await using server = await start();
    let tracer: Deno.ChildProcess | undefined;
    await logRound(server, {
      ...load,
      begin: async () => {
        const inject = "inject=fdatasync:error=EIO";
        tracer = new Deno.Command("strace", {
          args: ["-f", "-p", String(server.pid), "-e", inject],
          stdin: "null",
          stdout: "null",
          stderr: "piped",
        }).spawn();
        let said = "";
        const output = tracer.stderr.pipeThrough(new TextDecoderStream());
        (async () => {
          for await (const part of output) said += part;
        })();
        await until("strace is there", () => /attached/.test(said));
      },
      end: async () => {
        tracer?.kill("SIGINT");
        await tracer?.status;
      },
      folder: root,
      restart: start,
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Whether strace is there, and may be used. */
export function canStrace(): boolean {
  try {
    const args = ["-qq", "-o", "/dev/null", "true"];
    return new Deno.Command("strace", { args }).outputSync().success;
  } catch {
    return false;
  }
}
