import { assertEquals } from "@std/assert";
import { Config } from "../../src/config/config.ts";
import { helpText, parametersTable } from "../../src/config/help.ts";
import { nearestName, PARAMETERS } from "../../src/config/parameters.ts";
import { findRealRedis, RealRedis } from "../helpers/real_redis.ts";
import { RespClient } from "../helpers/resp_client.ts";

const ON_PURPOSE = new Set(["dir", "dbfilename", "maxclients"]);
/** What the test must set to start a server. */
const FOR_THE_TEST = new Set([
  "bind",
  "port",
  "save",
  "enable-debug-command",
  "enable-protected-configs",
]);

Deno.test({
  name: "the table has redis-server's parameters with its defaults",
  ignore: findRealRedis() === undefined,
  async fn() {
    await using real = await RealRedis.start(findRealRedis()!);
    await using client = await RespClient.connect(real.port);
    const flat = await client.call("CONFIG", "GET", "*") as string[];
    const theirs = new Map<string, string>();
    for (let i = 0; i < flat.length; i += 2) {
      theirs.set(flat[i]!, flat[i + 1]!);
    }
    const own = PARAMETERS.filter((each) => each.origin === "redis-lite")
      .map((each) => each.name as string);
    const ours = new Map(new Config().get("*"));
    for (const name of own) ours.delete(name);
    const isOptional = (name: string) => name.startsWith("tls-");
    const names = (map: Map<string, string>) =>
      [...map.keys()].filter((name) => !isOptional(name)).sort();
    assertEquals(names(ours), names(theirs));
    for (const [name, text] of theirs) {
      if (ON_PURPOSE.has(name) || FOR_THE_TEST.has(name)) continue;
      assertEquals(ours.get(name), text, name);
    }
    const hidden = PARAMETERS.filter((each) => each.hidden);
    for (const { name } of hidden) {
      const [ours] = new Config().get(name);
      assertEquals(await client.call("CONFIG", "GET", name), ours!, name);
    }
  },
});

Deno.test("CONFIG GET shows patterns, aliases and names once, a name as it was given", () => {
  const config = new Config();
  assertEquals(config.get("PORT", "port", "por?"), [["PORT", "6379"]]);
  assertEquals(config.get("*-ziplist-size"), [["list-max-ziplist-size", "-2"]]);
  assertEquals(config.get("list-max-l*"), [["list-max-listpack-size", "-2"]]);
  assertEquals(config.get("slaveof"), [["slaveof", ""]]);
  assertEquals(config.get("watchdog*"), []);
  assertEquals(config.get("watchdog-period"), [["watchdog-period", "0"]]);
  assertEquals(config.get("nope", "n?pe"), []);
});

Deno.test("each parameter is explained, and says why when it has no full effect", () => {
  for (const { name, description, effect, reason } of PARAMETERS) {
    assertEquals(/^[^|\n]*[^.|\n]$/.test(description), true, name);
    assertEquals(reason === undefined, effect === "real", name);
  }
  const names = PARAMETERS.flatMap((each) => [each.name, each.alias ?? []]);
  assertEquals(new Set(names.flat()).size, names.flat().length);
});

Deno.test("each value survives being shown and read again", () => {
  for (const { name, kind, default: value } of PARAMETERS) {
    if (name === "dir") continue;
    const text = kind.format(value);
    const words = !kind.several ? [text] : text === "" ? [] : text.split(" ");
    assertEquals(kind.parse(words, kind.emptied ?? value), { value, text });
  }
});

Deno.test("a config takes values by name, and refuses what is out of range", () => {
  const config = new Config({
    port: 0,
    save: [{ seconds: 5, changes: 1 }],
    bind: ["127.0.0.1"],
  });
  assertEquals(config.get("port", "save", "bind"), [
    ["port", "0"],
    ["save", "5 1"],
    ["bind", "127.0.0.1"],
  ]);
  let message = "";
  try {
    new Config({ port: 65536 });
  } catch (error) {
    message = (error as Error).message;
  }
  assertEquals(
    message,
    "port: argument must be between 0 and 65535 inclusive",
  );
});

Deno.test("defaults are what reading them gives", () => {
  for (const { default: value, kind, name } of PARAMETERS) {
    if (name === "dir") continue;
    const text = kind.format(value);
    const words = kind.several ? text.split(" ").filter(Boolean) : [text];
    const before = kind.emptied ?? value;
    assertEquals(kind.parse(words, before), { value, text }, name);
  }
});

Deno.test("help lists what has an effect and is not hidden; README's tables list all that is visible", () => {
  const help = helpText();
  const table = parametersTable();
  for (const { name, effect, hidden } of PARAMETERS) {
    const shown = effect === "real" && !hidden;
    assertEquals(help.includes(`--${name} `), shown, name);
    assertEquals(table.includes(`| \`${name}\``), !hidden, name);
  }
  for (const line of table.split("\n").filter((each) => each.startsWith("|"))) {
    assertEquals(line.replaceAll("\\|", "").split("|").length, 8, line);
  }
});

Deno.test("the nearest name is found for slips, and none for something else", () => {
  assertEquals(nearestName("maxmemroy"), "maxmemory");
  assertEquals(nearestName("prot"), "port");
  assertEquals(nearestName("append-only"), "appendonly");
  assertEquals(nearestName("completely-different-thing"), undefined);
});
