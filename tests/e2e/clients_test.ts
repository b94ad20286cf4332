import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";

Deno.test("ioredis and node-redis work at their defaults", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--no-lock",
      "--allow-all",
      fromFileUrl(new URL("client_libraries.ts", import.meta.url)) as string,
    ],
    cwd: fromFileUrl(new URL("../..", import.meta.url)) as string,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  assert(success, `${text.decode(stdout)}${text.decode(stderr)}`);
});
