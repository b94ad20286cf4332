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

/** Starts a contestant without persistence, the same for all. */
export async function startContestant(
  { command }: Contestant,
  folder: string,
): Promise<ServerProcess> {
  const port = freePort();
  const flags = [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder],
    ...["--save", "", "--appendonly", "no"],
  ];
  return await ServerProcess.start([...command, ...flags], port);
}

let ticksPerSecond: number | undefined;

/** CPU time that a process with all its threads has used, in microseconds; Linux only, in steps of 10 ms. */
export async function cpuMicroseconds(pid: number): Promise<number> {
  ticksPerSecond ??= Number((await run(["getconf", "CLK_TCK"])).stdout);
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; what follows it starts with field 3. utime is 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks / ticksPerSecond * 1e6;
}

/** Resident memory of a process in MiB; Linux only. */
export async function residentMebibytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
