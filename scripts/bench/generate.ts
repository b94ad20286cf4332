import { join } from "@std/path";
import { run } from "../server_process.ts";

/** What a connection sends at a time, and how many bytes are the reply to it. */
export interface Talk {
  /** Twelve zeros, where they occur, become a random number below the load's `keys`. */
  readonly request: string;
  readonly replyLength: number;
}

/** One connection: it sends its talks in turn, each when the one before has been answered. */
export interface Line {
  /** What it is counted under. */
  readonly group: string;
  /** Sent once, before the talks. */
  readonly first?: Talk;
  readonly talks: readonly Talk[];
  /** Of a connection without talks: the length of each message that it hears. */
  readonly messageLength?: number;
}

/** What the generator does: its lines, for so long. */
export interface Generated {
  readonly port: number;
  readonly lines: readonly Line[];
  readonly seconds: number;
  /** How long it does the same before anything counts. */
  readonly warmUpSeconds?: number;
  /** Random numbers are below this. */
  readonly keys?: number;
  /** Whether a BGSAVE follows, and the lines go on until it is done, a minute at most. */
  readonly save?: boolean;
}

/** How many operations a group of lines got answered, and how long they took, in milliseconds. */
export interface Answered {
  readonly operations: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly longest: number;
}

/** A part of the generator's time. */
export interface Phase {
  readonly seconds: number;
  readonly groups: Readonly<Record<string, Answered>>;
}

/** What the generator tells. */
export interface Report {
  readonly steady: Phase;
  /** While the save went on. */
  readonly saving?: Phase;
  /** Unix time in milliseconds at which the save began. */
  readonly saveBeganAt?: number;
}

/** Runs the generator in a process of its own. */
export async function generate(what: Generated): Promise<Report> {
  const { code, stdout, stderr } = await run(
    [
      Deno.execPath(),
      ...["run", "--quiet", "--allow-ffi"],
      join(import.meta.dirname as string, "generator.ts"),
    ],
    JSON.stringify(what),
  );
  if (code === 0) return JSON.parse(stdout) as Report;
  throw new Error(`The load generator failed: ${stderr}`);
}

/** A command in bytes as they are sent. */
export function request(...words: string[]): string {
  const bulk = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return `*${words.length}\r\n${bulk.join("")}`;
}

/** How many bytes the bulk string of a reply takes. */
export function bulkLength(text: string): number {
  return `$${text.length}\r\n${text}\r\n`.length;
}

/** So many lines, all alike or each made of its number. */
export function lines(count: number, make: (number: number) => Line): Line[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
