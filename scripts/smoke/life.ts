import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type Ended, freePort, run, ServerProcess } from "../server_process.ts";
import { type CommandLine, ROOT } from "../start_task.ts";
import type { Check } from "./check.ts";
import { linesOf, RedisCli } from "./redis_cli.ts";

/** Asserts that a start was refused with exit code 1 and one line that names what is at fault. */
function assertRefused({ code, stderr }: Ended, atFault: string): void {
  assertEquals(code, 1, stderr);
  assertEquals(linesOf(stderr).length, 1, stderr);
  assertStringIncludes(stderr, atFault);
}

/**
 * Checks about starting and stopping, each with a server of its own on the folder's data: `start` begins
 * the command line, and the checks lean on the ones before them.
 */
export function lifeChecks(start: CommandLine, folder: string): Check[] {
  const withFlags = (port: number, ...flags: string[]): CommandLine => [
    ...start,
    ...["--port", String(port), "--dir", folder, "--save", ""],
    ...flags,
  ];
  const serve = async (use: (cli: RedisCli) => Promise<void>) => {
    const port = freePort();
    await using server = await ServerProcess.start(withFlags(port), port, ROOT);
    await use(new RedisCli(port));
    return await server.exitCode();
  };
  let dataFile = "";
  return [
    {
      name: "SHUTDOWN ends with exit code 0",
      run: async () => {
        const code = await serve(async (cli) => {
          await cli.prints("SET smoke:kept value", "OK");
          await cli.prints("RPUSH smoke:list a b", "2");
          await cli.prints("SAVE", "OK");
          const [, name = ""] = await cli.lines("CONFIG", "GET", "dbfilename");
          dataFile = join(folder, name);
          await cli.call(["SHUTDOWN"]);
        });
        assertEquals(code, 0);
      },
    },
    {
      name: "data saved by SAVE is there after a restart",
      run: async () => {
        const code = await serve(async (cli) => {
          await cli.prints("GET smoke:kept", "value");
          await cli.prints("LRANGE smoke:list 0 -1", "a", "b");
          await cli.prints("DBSIZE", "2");
          await cli.call(["SHUTDOWN", "NOSAVE"]);
        });
        assertEquals(code, 0);
      },
    },
    {
      name: "a flag that does not exist is refused by name",
      run: async () => {
        const flags = withFlags(freePort(), "--no-such-flag", "1");
        assertRefused(await run(flags, "", ROOT), "no-such-flag");
      },
    },
    {
      name: "a port in use is refused by number",
      run: async () => {
        using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const { port } = taken.addr;
        const command = withFlags(port, "--bind", "127.0.0.1");
        assertRefused(await run(command, "", ROOT), String(port));
      },
    },
    {
      name: "a damaged data file is refused and left as it is",
      run: async () => {
        const whole = await Deno.readFile(dataFile);
        const torn = whole.slice(0, whole.length >> 1);
        await Deno.writeFile(dataFile, torn);
        assertRefused(await run(withFlags(freePort()), "", ROOT), dataFile);
        assertEquals(await Deno.readFile(dataFile), torn);
      },
    },
  ];
}
