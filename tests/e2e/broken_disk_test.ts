/**
 * Disks that fail for real. `scripts/faults.ts` tries every fault with every
 * format, and with more data.
 */
import { assertEquals } from "@std/assert";
import {
  canMount,
  type Fault,
  full,
  gone,
  readOnly,
  taken,
  unflushed,
} from "../faults/broken_disks.ts";
import {
  type Format,
  fullLogRound,
  snapshotRound,
} from "../faults/disk_rounds.ts";
import { until } from "../helpers/event_loop.ts";
import { spawnServer } from "../helpers/server.ts";

const mayMount = canMount();
const ROUNDS: readonly (readonly [Fault, Format])[] = [
  [full, "json"],
  [readOnly, "gzip"],
  [gone, "rdb"],
  [taken, "gzip"],
  [unflushed, "json"],
];

for (const [fault, format] of ROUNDS) {
  Deno.test({
    name:
      `with ${fault.name} saves (${format}) are refused with a reason, writes with MISCONF, and the last good snapshot stays`,
    // What the system says, and whether a device can be flushed, is known of Linux.
    ignore: Deno.build.os !== "linux" || fault.mounts && !mayMount,
    fn: () => snapshotRound(fault, format, { keys: 200, bytes: 300 }),
  });
}

Deno.test({
  name:
    "a log on a disk that is full for a while loses nothing that was acknowledged",
  ignore: !mayMount,
  fn: () => fullLogRound("always", { bytes: 2000, writes: 50 }),
});

Deno.test("a log whose folder was taken away is whole again after a rewrite", async () => {
  const folder = await Deno.makeTempDir({ prefix: "redis-lite-" });
  const args = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"];
  try {
    {
      await using server = await spawnServer(args, { folder });
      await using client = await server.client();
      await client.call("SET", "before", "1");
      await Deno.rename(`${folder}/appendonlydir`, `${folder}/away`);
      await client.call("SET", "after", "2");
      await client.call("BGREWRITEAOF");
      await until("the log is rewritten", async () => {
        const info = String(await client.call("INFO", "persistence"));
        return /aof_rewrite_in_progress:0[^]*bgrewrite_status:ok/.test(info);
      });
      await client.call("SET", "later", "3");
      await server.kill("SIGKILL");
    }
    await using server = await spawnServer(args, { folder });
    await using client = await server.client();
    assertEquals(
      await client.call("MGET", "before", "after", "later"),
      ["1", "2", "3"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
