import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  engineFile,
  engineModule,
  loadEngineModule,
} from "../../src/scripting/engine_file.ts";

Deno.test("the engine's file is the one that was tested", () => {
  assertEquals(engineFile().length, 205_271);
});

Deno.test("another file is not run", async () => {
  const { readFile, readFileSync } = Deno;
  const bytes = engineFile();
  // A byte of Lua's messages: what comes of it is WebAssembly still.
  bytes[bytes.length - 1]! ^= 1;
  Deno.readFileSync = () => bytes;
  Deno.readFile = () => Promise.resolve(bytes);
  const problem = "is not the script engine that was tested";
  try {
    assertThrows(engineFile, Error, problem);
    await assertRejects(loadEngineModule, Error, problem);
  } finally {
    Object.assign(Deno, { readFile, readFileSync });
  }
});

for (
  const [way, load] of [
    ["at once", () => engineModule(engineFile())],
    ["on other threads", loadEngineModule],
  ] as const
) {
  Deno.test(`the module, loaded ${way}, exports Lua's C API`, async () => {
    const exports = WebAssembly.Module.exports(await load());
    const names = exports.map(({ name }) => name);
    for (
      const name of ["lua_pushlstring", "lua_pcall", "lua_getinfo", "init"]
    ) {
      assertEquals(names.includes(name), true, name);
    }
  });
}
