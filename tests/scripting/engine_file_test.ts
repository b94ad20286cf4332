import { assertEquals, assertThrows } from "@std/assert";
import { engineFile, engineModule } from "../../src/scripting/engine_file.ts";

Deno.test("the engine's file is the one that was tested", () => {
  assertEquals(engineFile().length, 205_271);
});

Deno.test("another file is not run", () => {
  const read = Deno.readFileSync;
  const bytes = engineFile();
  bytes[100_000]! ^= 1;
  Deno.readFileSync = () => bytes;
  try {
    assertThrows(engineFile, Error, "is not the script engine that was tested");
  } finally {
    Deno.readFileSync = read;
  }
});

Deno.test("the module exports Lua's C API, and may take 512 MiB", () => {
  const module = engineModule(engineFile());
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  for (const name of ["lua_pushlstring", "lua_pcall", "lua_getinfo", "init"]) {
    assertEquals(names.includes(name), true, name);
  }
});
