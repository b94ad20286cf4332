import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseCommandLine } from "../../src/config/command_line.ts";
import type { Config } from "../../src/config/config.ts";

function run(...args: string[]): Config {
  return runWithInput("", ...args);
}

function runWithInput(input: string, ...args: string[]): Config {
  const invocation = parseCommandLine(args, {
    readInput: () => new TextEncoder().encode(input),
  });
  if (invocation.kind !== "run") throw new Error(invocation.kind);
  return invocation.config;
}

function refusal(...args: string[]): string {
  try {
    run(...args);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

Deno.test("a command line states parameters as redis-server's does", () => {
  const text = (name: string, ...args: string[]) =>
    run(...args).get(name)[0]![1];
  assertEquals(text("port"), "6379");
  assertEquals(text("port", "--port", "7000"), "7000");
  assertEquals(text("port", "--port=7000"), "7000");
  assertEquals(text("port", "--PORT 7000"), "7000");
  assertEquals(text("port", "--port", "1", "--port", "2"), "2");
  assertEquals(text("bind", "--bind", "a", "b", "--port", "1"), "a b");
  assertEquals(text("bind", "--bind", "a b"), "a b");
  assertEquals(text("requirepass", "--requirepass", "--secret"), "--secret");
  assertEquals(text("requirepass", "--requirepass", "-h"), "-h");
  assertEquals(text("requirepass", "--requirepass=a=b"), "a=b");
  assertEquals(text("requirepass", "--requirepass", "ü"), "Ã¼");
  assertEquals(text("list-compress-depth", "--list-compress-depth", "2"), "2");
  assertEquals(
    text("list-max-listpack-size", "--list-max-ziplist-size", "-5"),
    "-5",
  );
});

Deno.test("--save takes pairs, an empty argument, or none at all", () => {
  const save = (...args: string[]) => run(...args).get("save")[0]![1];
  assertEquals(save("--save", "3600", "1", "300", "100"), "3600 1 300 100");
  assertEquals(save("--save", "60 5"), "60 5");
  assertEquals(save("--save", "60 5", "--save", "30 1"), "60 5 30 1");
  assertEquals(save("--save", ""), "");
  assertEquals(save("--save="), "");
  assertEquals(save("--save"), "");
  assertEquals(save("--save", "--port", "1"), "");
});

Deno.test("the file comes first, then standard input, then the options", async () => {
  const file = await Deno.makeTempFile({ suffix: ".conf" });
  try {
    await Deno.writeTextFile(file, "timeout 1\nhz 21\nport 1\nsave 9 9\n");
    const config = runWithInput(
      "timeout 2\nhz 22",
      file,
      "--timeout",
      "3",
      "-",
    );
    assertEquals(config.file, file);
    assertEquals(config.get("timeout", "hz", "port", "save"), [
      ["timeout", "3"],
      ["hz", "22"],
      ["port", "1"],
      ["save", "9 9"],
    ]);
    assertEquals(run(file, "--save", "8 8").get("save"), [
      ["save", "9 9 8 8"],
    ]);
    assertEquals(runWithInput("port 5", "-").values.port, 5);
    assertEquals(runWithInput("port 5", "-").file, undefined);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("--help and --version are found where an option may stand", () => {
  for (const args of [["-h"], ["--help"], ["--port", "1", "--help"]]) {
    const invocation = parseCommandLine(args);
    assertEquals(invocation.kind, "help");
  }
  for (const flag of ["-v", "--version"]) {
    assertEquals(parseCommandLine([flag], { version: "1.2.3" }), {
      kind: "version",
      text: "Redis-Lite 1.2.3",
    });
  }
});

Deno.test("what is wrong on the command line is said in one line, with the remedy", () => {
  const cases: [args: string[], expected: string][] = [
    [
      ["--prot", "1"],
      "Command line: prot 1: unknown parameter; did you mean port?",
    ],
    [
      ["--port"],
      "Command line: port: wrong number of arguments (give <integer 0 to 65535>)",
    ],
    [
      ["--port", "abc"],
      "Command line: port abc: argument couldn't be parsed into an integer (give <integer 0 to 65535>)",
    ],
    [
      ["-p", "1"],
      "Command line: unexpected argument -p; parameters are given as --name value",
    ],
    [
      ["--cluster-enabled", "yes"],
      "Command line: cluster-enabled yes: only 'no' is possible: cluster mode is not available yet",
    ],
    [["/does/not/exist.conf"], "No such file or directory"],
  ];
  for (const [args, expected] of cases) {
    const message = refusal(...args);
    assertStringIncludes(message, expected);
    assertEquals(message.includes("\n"), false);
  }
});
