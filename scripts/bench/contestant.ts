import { freePort, run, ServerProcess } from "../server_process.ts";
import { type CommandLine, serverCommand } from "../start_task.ts";

/** One of the servers that are compared. */
export interface Contestant {
  readonly name: string;
  readonly version: string;
  readonly command: CommandLine;
}

/** One figure for each contestant, in their order. */
export type PerContestant<T> = readonly T[];

/** This server and, where it is installed, redis-server. */
export async function contestants(): Promise<Contestant[]> {
  const ours: Contestant = {
    name: "Redis-Lite",
    version: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    command: serverCommand(),
  };
  const real = await run(["redis-server", "--version"]).catch(() => undefined);
  if (real === undefined) return [ours];
  const version = /v=(\S+)/.exec(real.stdout)?.[1] ?? "of unknown version";
  return [ours, {
    name: "redis-server",
    version,
    command: ["redis-server"],
  }];
}

/** Starts a contestant without persistence, unless `flags` say otherwise; the same for all. */
export async function startContestant(
  { command }: Contestant,
  folder: string,
  flags: readonly string[] = [],
): Promise<ServerProcess> {
  const port = freePort();
  const usual = [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
    ...["--save", "", "--appendonly", "no"],
  ];
  return await ServerProcess.start([...command, ...usual, ...flags], port);
}

/** CPU time that the threads of a process have used, in microseconds; Linux only. Those that have ended do not count: neither server has any. */
export async function cpuMicroseconds(pid: number): Promise<number> {
  let nanoseconds = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const file = `/proc/${pid}/task/${name}/schedstat`;
    const text = await Deno.readTextFile(file).catch(() => "0");
    nanoseconds += Number(text.split(" ", 1)[0]);
  }
  return nanoseconds / 1000;
}

/** Resident memory of a process in MiB; Linux only. */
export async function residentMebibytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
