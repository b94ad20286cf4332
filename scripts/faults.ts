/**
 * Kills a server with `kill -9` while clients write, breaks the disk under it in every way there is, and
 * damages payloads and RDB files, and checks that nothing is lost that was acknowledged and nothing loads
 * that is not whole: the large form of tests in tests/e2e and tests/fuzz. By hand, in about ten minutes; as
 * root on Linux, with strace, it can do all of it.
 *
 *     deno run --allow-all scripts/faults.ts [--rounds 200] [--pieces 100000] [--seed N] [--only kills|disks|payloads]
 */
import { parseArgs } from "@std/cli/parse-args";
import {
  canMount,
  full,
  gone,
  readOnly,
  taken,
  unflushed,
} from "../tests/faults/broken_disks.ts";
import {
  canStrace,
  fullLogRound,
  snapshotRound,
  unflushedLogRound,
} from "../tests/faults/disk_rounds.ts";
import { killRounds } from "../tests/faults/kill_rounds.ts";

const FAULTS = [full, readOnly, gone, taken, unflushed];
const FORMATS = ["json", "gzip", "rdb"] as const;
/** Nothing at all, a few, and as much as takes many writes. */
const LOADS = [
  { keys: 0, bytes: 0 },
  { keys: 200, bytes: 300 },
  { keys: 10_000, bytes: 500 },
];

const options = parseArgs(Deno.args, {
  string: ["rounds", "pieces", "seed", "only"],
  default: { rounds: "200", pieces: "100000" },
}) as {
  readonly rounds: string;
  readonly pieces: string;
  readonly seed?: string;
  readonly only?: string;
};

const parts = { kills: kill, disks: breakDisks, payloads: damagePayloads };
for (const [name, part] of Object.entries(parts)) {
  if ((options.only ?? name) === name) await part();
}

async function kill(): Promise<void> {
  const { acknowledged, rounds, unanswered } = await killRounds({
    rounds: Number(options.rounds),
    ...options.seed !== undefined && { seed: Number(options.seed) },
    report: (line) => console.log(line),
  });
  console.log(
    `Killed ${rounds} times: ${acknowledged} writes were acknowledged or found, none is lost; ` +
      `${unanswered} were there without an answer`,
  );
}

async function breakDisks(): Promise<void> {
  const mayMount = canMount();
  let count = 0;
  const run = async (what: string, round: () => Promise<void>) => {
    await round();
    count++;
    console.log(`${what}: as it must be`);
  };
  for (const fault of FAULTS) {
    if (fault.mounts && !mayMount) {
      console.log(`${fault.name}: left out, because no disk can be mounted`);
      continue;
    }
    for (const format of FORMATS) {
      for (const load of LOADS) {
        await run(
          `${fault.name}, ${format}, ${load.keys} keys`,
          () => snapshotRound(fault, format, load),
        );
      }
    }
  }
  for (const policy of ["always", "everysec"] as const) {
    if (!mayMount) continue;
    for (const bytes of [10, 2000, 200_000]) {
      const load = { bytes, writes: bytes > 100_000 ? 20 : 200 };
      await run(
        `${full.name}, log, appendfsync ${policy}, ${bytes} bytes each`,
        () => fullLogRound(policy, load),
      );
    }
  }
  if (canStrace()) {
    await run(
      `${unflushed.name}, log`,
      () => unflushedLogRound({ bytes: 2000, writes: 200 }),
    );
  } else console.log(`${unflushed.name}, log: left out, because of strace`);
  console.log(`Broke the disk in ${count} ways: nothing is lost`);
}

async function damagePayloads(): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-all",
      new URL("../tests/fuzz/rdb_fuzz_test.ts", import.meta.url).pathname,
    ],
    env: {
      REDIS_LITE_FUZZ: options.pieces,
      ...options.seed !== undefined && { REDIS_LITE_SEED: options.seed },
    },
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
}
