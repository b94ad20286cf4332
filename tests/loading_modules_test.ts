import { assertEquals } from "@std/assert";
import { run } from "../scripts/server_process.ts";
import { ROOT } from "../scripts/start_task.ts";

/** Loads all that the server needs, with an `Error` that tells who makes one. */
const SCRIPT = `
  globalThis.Error = class extends Error {
    constructor(...args) {
      super(...args);
      console.log(this.stack);
    }
  };
  await import("./src/mod.ts");
  await import("./src/transfer.ts");
  console.log("loaded");
`;

// One that captures a stack has V8 parse the module again, and the server start later by as much.
Deno.test("no module makes an error with a stack when it is loaded", async () => {
  const { stdout } = await run([Deno.execPath(), "eval", SCRIPT], "", ROOT);
  assertEquals(stdout, "loaded\n");
});
