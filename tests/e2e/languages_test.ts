/** What people use from other languages, as Debian packages it. The programs check what they are told. */
import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { testOnBoth } from "../helpers/both_servers.ts";

/** A program of the folder beside, with what runs it. */
interface Program {
  readonly name: string;
  readonly file: string;
  /** Debian's package. */
  readonly lacking: string;
  /** What may run it. Beside an interpreter of Debian there may be one that does not know its packages. */
  readonly interpreters: readonly string[];
  /** Succeeds where the library is installed. */
  readonly probe: readonly string[];
}

const PROGRAMS: readonly Program[] = [
  {
    name: "redis-py",
    file: "redis_py.py",
    lacking: "python3-redis",
    interpreters: ["/usr/bin/python3", "python3"],
    probe: ["-c", "import redis"],
  },
  {
    name: "Sidekiq",
    file: "sidekiq.rb",
    lacking: "ruby-sidekiq",
    interpreters: ["/usr/bin/ruby", "ruby"],
    probe: ["-e", "require 'sidekiq/cli'"],
  },
];

for (const { name, file, lacking, interpreters, probe } of PROGRAMS) {
  const interpreter = interpreters.find((path) => succeeds(path, probe));
  testOnBoth(
    `${name} works at its defaults`,
    async (port, stack) => {
      const program = new URL(`languages/${file}`, import.meta.url);
      const process = new Deno.Command(interpreter as string, {
        args: [fromFileUrl(program) as string, String(port)],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      let running = true;
      stack.defer(() => {
        if (running) process.kill("SIGTERM");
      });
      const { success, stdout, stderr } = await process.output();
      running = false;
      const text = new TextDecoder();
      assert(success, `${text.decode(stdout)}${text.decode(stderr)}`);
    },
    interpreter === undefined ? lacking : undefined,
  );
}

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    return new Deno.Command(command, {
      args: [...args],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}
