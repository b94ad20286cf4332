import type { Clock } from "../store/clock.ts";

export type LogLevel = "debug" | "verbose" | "notice" | "warning";

const LEVELS: readonly LogLevel[] = ["debug", "verbose", "notice", "warning"];
const MARKS: Readonly<Record<LogLevel, string>> = {
  debug: ".",
  verbose: "-",
  notice: "*",
  warning: "#",
};

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Where log lines go, one at a time, without a line break. One that throws loses the line, and no more. */
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
    try {
      this.#sink(
        `${Deno.pid}:M ${stamp(this.#clock.now())} ${MARKS[level]} ${message}`,
      );
    } catch {
      // A full disk or a closed pipe must not end the server.
    }
  }
}

/** An error that should not have happened, as the log has it: with where it comes from. */
export function traced(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
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

/** Returns a sink that appends to a file. Opens it for every line, so that it can be rotated. Throws when it cannot be opened to begin with. */
export function logFile(path: string): LogSink {
  const append = (text: string) =>
    Deno.writeTextFileSync(path, text, { append: true });
  append("");
  return (line) => append(`${line}\n`);
}

function stamp(now: number): string {
  const date = new Date(now);
  const two = (n: number) => String(n).padStart(2, "0");
  const month = MONTHS[date.getMonth()];
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${
    two(date.getSeconds())
  }`;
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getDate())} ${month} ${date.getFullYear()} ${time}.${ms}`;
}
