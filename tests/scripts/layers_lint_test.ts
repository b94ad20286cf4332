import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import layers from "../../scripts/layers_lint.ts";

const ROOT = join(import.meta.dirname as string, "..", "..") as string;

/** The rules broken by a source at a path of the project, without the plugin's name. */
function broken(path: string, source: string): string[] {
  return Deno.lint.runPlugin(layers, join(ROOT, path) as string, source)
    .map(({ id }) => id.replace("layers/", ""));
}

/** Asserts for each `path: source` whether the rule is broken there, and no other is. */
function judges(
  rule: string,
  cases: { refuses: [string, string][]; accepts: [string, string][] },
): void {
  for (const [path, source] of cases.refuses) {
    assertEquals(broken(path, source), [rule], `${path}: ${source}`);
  }
  for (const [path, source] of cases.accepts) {
    assertEquals(broken(path, source), [], `${path}: ${source}`);
  }
}

function importing(specifier: string): string {
  return `import { x } from "${specifier}"; x;`;
}

Deno.test("import-direction refuses every import of a higher layer", () => {
  judges("import-direction", {
    refuses: [
      ["src/protocol/request.ts", importing("../store/database.ts")],
      ["src/store/database.ts", importing("../config/config.ts")],
      ["src/store/values/list.ts", importing("../../server/executor.ts")],
      ["src/persistence/snapshot.ts", importing("../server/executor.ts")],
      ["src/config/parameters.ts", importing("../commands/string.ts")],
      ["src/server/executor.ts", importing("../commands/string.ts")],
      ["src/commands/string.ts", importing("../start_server.ts")],
      ["src/start_server.ts", importing("../main.ts")],
    ],
    accepts: [
      ["src/store/database.ts", importing("../protocol/command_error.ts")],
      ["src/store/values/list.ts", importing("../database.ts")],
      ["src/persistence/snapshot.ts", importing("../store/database.ts")],
      ["src/server/executor.ts", importing("../config/config.ts")],
      ["src/server/executor.ts", importing("../persistence/snapshot.ts")],
      ["src/commands/string.ts", importing("../server/executor.ts")],
      ["src/commands/string.ts", importing("./options.ts")],
      ["src/start_server.ts", importing("./commands/string.ts")],
      ["main.ts", importing("./src/start_server.ts")],
      ["tests/store/database_test.ts", importing("../../src/commands/list.ts")],
    ],
  });
});

Deno.test("import-direction refuses imports between persistence and config", () => {
  judges("import-direction", {
    refuses: [
      ["src/persistence/snapshot.ts", importing("../config/config.ts")],
      ["src/config/config.ts", importing("../persistence/snapshot.ts")],
    ],
    accepts: [["src/config/config.ts", importing("./parameters.ts")]],
  });
});

Deno.test("import-direction refuses unknown layers and what lies outside src", () => {
  judges("import-direction", {
    refuses: [
      ["src/server/executor.ts", importing("../utils/strings.ts")],
      ["src/utils/strings.ts", importing("../protocol/request.ts")],
      ["src/server/executor.ts", importing("../../tests/clock.ts")],
      ["main.ts", importing("./scripts/smoke.ts")],
    ],
    accepts: [],
  });
});

Deno.test("import-direction sees types, re-exports and dynamic imports", () => {
  const up = '"../server/executor.ts"';
  judges("import-direction", {
    refuses: [
      ["src/store/a.ts", `import type { X } from ${up}; export type Y = X;`],
      ["src/store/a.ts", `export { x } from ${up};`],
      ["src/store/a.ts", `export * from ${up};`],
      ["src/store/a.ts", `await import(${up});`],
      ["src/store/a.ts", `export type Y = import(${up}).X;`],
    ],
    accepts: [["src/store/a.ts", 'export { x } from "./b.ts";']],
  });
});

Deno.test("reply-knows-version leaves RESP2 against RESP3 to protocol/reply", () => {
  judges("reply-knows-version", {
    refuses: [
      ["src/commands/hash.ts", "if (client.protocol === 3) map();"],
      ["src/server/client.ts", "if (2 !== this.resp) push();"],
      ["src/server/client.ts", "const pushes = reply.protocolVersion >= 3;"],
      [
        "src/protocol/request.ts",
        "switch (x.protocol) { case 2: a(); case 3: b(); }",
      ],
    ],
    accepts: [
      ["src/protocol/reply.ts", "if (this.protocol === 3) map();"],
      ["src/protocol/reply_writer.ts", "if (this.protocol === 3) map();"],
      ["src/commands/connection.ts", "reply.use(version);"],
      ["src/commands/connection.ts", 'if (url.protocol === "redis:") a();'],
      ["tests/protocol/reply_test.ts", "if (client.protocol === 3) map();"],
    ],
  });
});

Deno.test("process-at-the-top leaves arguments, exit and signals to main and config", () => {
  judges("process-at-the-top", {
    refuses: [
      ["src/server/executor.ts", "Deno.exit(0);"],
      ["src/start_server.ts", 'Deno["args"].length;'],
      ["src/commands/server.ts", "globalThis.Deno.exit(0);"],
      ["src/config/config.ts", 'Deno.addSignalListener("SIGINT", stop);'],
    ],
    accepts: [
      ["main.ts", "Deno.exit(Deno.args.length);"],
      ["main.ts", 'Deno.addSignalListener("SIGINT", stop);'],
      ["src/config/command_line.ts", "parse(Deno.args);"],
      ["scripts/smoke.ts", "Deno.exit(1);"],
    ],
  });
});

Deno.test("files-in-persistence leaves files to persistence, config, log and listener", () => {
  judges("files-in-persistence", {
    refuses: [
      ["src/commands/server.ts", 'Deno.readTextFileSync("x");'],
      ["src/server/executor.ts", 'await Deno.open("x");'],
      ["src/store/database.ts", 'import { rename } from "node:fs/promises";'],
      ["src/start_server.ts", 'await Deno.mkdir("data");'],
      ["main.ts", 'await Deno.remove("pid");'],
    ],
    accepts: [
      ["src/persistence/atomic_file.ts", 'await Deno.rename("a", "b");'],
      ["src/persistence/atomic_file.ts", 'import { fsync } from "node:fs";'],
      ["src/config/file.ts", 'Deno.readTextFileSync("redis.conf");'],
      ["src/server/log.ts", 'Deno.openSync("redis.log");'],
      ["src/server/listener.ts", 'Deno.removeSync("redis.sock");'],
      ["src/server/executor.ts", "map.open(); map.stat();"],
      ["tests/persistence/snapshot_test.ts", "Deno.makeTempDirSync();"],
    ],
  });
});

Deno.test("injected-time-and-chance keeps store and commands off the ambient clock", () => {
  judges("injected-time-and-chance", {
    refuses: [
      ["src/store/expiry.ts", "Date.now();"],
      ["src/store/values/set.ts", "Math.random();"],
      ["src/commands/key.ts", "performance.now();"],
      ["src/commands/acl.ts", "crypto.getRandomValues(bytes);"],
      ["src/commands/server.ts", "new Date();"],
    ],
    accepts: [
      ["src/store/clock.ts", "Date.now();"],
      ["src/store/random.ts", "Math.random();"],
      ["src/store/expiry.ts", "clock.now(); new Date(ms); Math.floor(x);"],
      ["src/server/log.ts", "new Date();"],
    ],
  });
});

Deno.test("no-default-export refuses default exports in src and main only", () => {
  judges("no-default-export", {
    refuses: [
      ["src/store/database.ts", "export default class {}"],
      ["main.ts", "export default 1;"],
    ],
    accepts: [
      ["src/store/database.ts", "export class Database {}"],
      ["scripts/layers_lint.ts", "export default {};"],
    ],
  });
});

Deno.test("packages-by-name refuses located packages everywhere", () => {
  judges("packages-by-name", {
    refuses: [
      ["src/config/a.ts", importing("jsr:@std/path@1")],
      ["src/config/a.ts", importing("npm:deno-std@1.4.0/path/mod.js")],
      ["tests/a_test.ts", importing("https://deno.land/std/assert/mod.ts")],
      ["scripts/a.ts", importing("https://example.com/mod.ts")],
    ],
    accepts: [
      ["src/config/a.ts", importing("@std/path")],
      ["scripts/a.ts", importing("@std/cli/parse-args")],
      ["src/config/a.ts", importing("node:buffer")],
    ],
  });
});
