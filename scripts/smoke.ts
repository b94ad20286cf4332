/**
 * Smoke test: what a user with redis-cli meets first, against the server as a user starts it.
 *
 *     deno task smoke                  # through `deno task start`
 *     deno task smoke --binary PATH    # an executable made by `deno task compile`
 *     deno task smoke --port N         # a server that runs already; nothing that stops or starts one
 *
 * Prints a line per check and ends with `N passed, N failed`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { resolve } from "@std/path";
import type { Check } from "./smoke/check.ts";
import { talkingChecks } from "./smoke/talking.ts";
import { lifeChecks } from "./smoke/life.ts";
import { RedisCli } from "./smoke/redis_cli.ts";
import { freePort, ServerProcess } from "./server_process.ts";
import { type CommandLine, ROOT } from "./start_task.ts";

async function passes(check: Check): Promise<boolean> {
  try {
    await check.run();
    console.log(`ok    ${check.name}`);
    return true;
  } catch (problem) {
    const text = problem instanceof Error ? problem.message : String(problem);
    console.log(
      `FAIL  ${check.name}\n      ${text.replaceAll("\n", "\n      ")}`,
    );
    return false;
  }
}

async function smoke(args: string[]): Promise<number> {
  const options = parseArgs(args, { string: ["binary", "port"] }) as {
    binary?: string;
    port?: string;
  };
  if (!await RedisCli.isInstalled()) {
    console.error("The smoke test needs redis-cli, which is not installed");
    return 1;
  }
  let passed = 0;
  let failed = 0;
  const count = async (checks: readonly Check[]) => {
    for (const check of checks) await passes(check) ? passed++ : failed++;
  };
  if (options.port !== undefined) {
    await count(talkingChecks(new RedisCli(Number(options.port))));
  } else {
    const start: CommandLine = options.binary === undefined
      ? [Deno.execPath(), "task", "--quiet", "start"]
      : [resolve(options.binary)];
    const folder = await Deno.makeTempDir({ prefix: "redis-lite-smoke-" });
    try {
      const port = freePort();
      const flags = ["--port", String(port), "--dir", folder, "--save", ""];
      {
        await using _server = await ServerProcess.start(
          [...start, ...flags],
          port,
          ROOT,
        );
        await count(talkingChecks(new RedisCli(port)));
      }
      await count(lifeChecks(start, folder));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await smoke(Deno.args));
