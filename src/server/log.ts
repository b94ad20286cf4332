import type { Clock } from "../store/clock.ts";

export type LogLevel = "debug" | "verbose" | "notice" | "warning";

const LEVELS: readonly LogLevel[] = ["debug", "verbose", "notice", "warning"];
const MARKS: Readonly<Record<LogLevel, string>> = {
  debug: ".",
  verbose: "-",
  notice: "*",
  warning: "#",
};

/** Where log lines go, one at a time, without a line break. */
export type LogSink = (line: string) => void;

/** Writes log lines in Redis's form: `<pid>:M <date> <time> <mark> <message>`. */
export class Log {
  level: LogLevel;
  readonly #clock: Clock;
  readonly #sink: LogSink;

  constructor(clock: Clock, level: LogLevel, sink: LogSink) {
    this.#clock = clock;
    this.level = level;
    this.#sink = sink;
  }

  debug(message: string): void {
    this.#write("debug", message);
  }

  verbose(message: string): void {
    this.#write("verbose", message);
  }

  notice(message: string): void {
    this.#write("notice", message);
  }

  warning(message: string): void {
    this.#write("warning", message);
  }

  #write(level: LogLevel, message: string): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.level)) return;
    this.#sink(
      `${Deno.pid}:M ${stamp(this.#clock.now())} ${MARKS[level]} ${message}`,
    );
  }
}

/** Returns a sink that prints to standard output. */
export function standardOutput(): LogSink {
  const encoder = new TextEncoder();
  return (line) => {
    const bytes = encoder.encode(`${line}\n`);
    for (let at = 0; at < bytes.length;) {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    }
  };
}

/** Returns a sink that appends to a file. Opens it for every line, so that it can be rotated. */
export function logFile(path: string): LogSink {
  return (line) => Deno.writeTextFileSync(path, `${line}\n`, { append: true });
}

function stamp(now: number): string {
  const date = new Date(now);
  const two = (n: number) => String(n).padStart(2, "0");
  const month = date.toLocaleString("en", { month: "short" });
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${
    two(date.getSeconds())
  }`;
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getDate())} ${month} ${date.getFullYear()} ${time}.${ms}`;
}
