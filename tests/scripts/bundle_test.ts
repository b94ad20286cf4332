import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  bundle,
  bundleCommand,
  MOST_BUNDLE_BYTES,
} from "../../scripts/bundle.ts";
import { freePort, ServerProcess } from "../../scripts/server_process.ts";
import { RespClient } from "../helpers/resp_client.ts";

Deno.test("the bundle is no larger than it may be, and runs commands and scripts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = join(folder, "redis-lite.js") as string;
    const size = await bundle(program);
    assertEquals(typeof size === "number" && size <= MOST_BUNDLE_BYTES, true);
    const port = freePort();
    await using _server = await ServerProcess.start(
      [...bundleCommand(program), "--port", String(port), "--dir", folder],
      port,
    );
    await using client = await RespClient.connect(port);
    assertEquals(await client.call("SET", "key", "value"), "OK");
    const script = "return redis.call('GET', KEYS[1])";
    assertEquals(await client.call("EVAL", script, 1, "key"), "value");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
