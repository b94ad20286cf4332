import { assertEquals } from "@std/assert";
import {
  denoVersionProblem,
  REQUIRED_DENO_VERSION,
} from "../src/deno_version.ts";

Deno.test("denoVersionProblem says nothing of the required Deno or a later one", () => {
  const later = ["2.9.7", "2.10.0", "3.0.0", "10.0.0", "2.9.6-rc.1+7"];
  for (const version of [REQUIRED_DENO_VERSION, ...later]) {
    assertEquals(denoVersionProblem(version), undefined, version);
  }
});

Deno.test("denoVersionProblem names both versions when Deno is too old", () => {
  for (const version of ["2.9.5", "2.8.10", "1.46.3", "2.9"]) {
    assertEquals(
      denoVersionProblem(version),
      `Deno 2.9.6 or later is needed, this is Deno ${version}`,
    );
  }
});

Deno.test("The required Deno version is the one that .dvmrc names", async () => {
  const dotFile = await Deno.readTextFile(
    new URL("../.dvmrc", import.meta.url),
  );
  assertEquals(REQUIRED_DENO_VERSION, dotFile.trim());
});

Deno.test("README names no other Deno version than the required one", async () => {
  const readme = await Deno.readTextFile(
    new URL("../README.md", import.meta.url),
  ).catch(() => "");
  const named = readme.matchAll(/\bdeno[ @]v?(\d+\.\d+\.\d+)/gi);
  for (const [, version] of named) assertEquals(version, REQUIRED_DENO_VERSION);
});
