import { assertEquals } from "@std/assert";
import { startTestServer } from "../helpers/server.ts";
import {
  advance,
  error,
  matching,
  OK,
  status,
  transcript,
} from "../helpers/transcript.ts";

transcript(
  "TIME, ROLE, LOLWUT and MODULE refuse command lines of the wrong length",
  [
    ["TIME x", error("ERR wrong number of arguments for 'time' command")],
    ["ROLE x", error("ERR wrong number of arguments for 'role' command")],
    ["MODULE", error("ERR wrong number of arguments for 'module' command")],
    ["MODULE NOPE", error("ERR unknown subcommand 'NOPE'. Try MODULE HELP.")],
    [
      "MODULE LIST x",
      error("ERR wrong number of arguments for 'module|list' command"),
    ],
    [
      "MODULE LOAD",
      error("ERR wrong number of arguments for 'module|load' command"),
    ],
    [
      "MODULE UNLOAD a b",
      error("ERR wrong number of arguments for 'module|unload' command"),
    ],
  ],
);

transcript("TIME replies seconds and microseconds", [
  ["TIME", [matching(/^\d{10}$/), matching(/^\d{1,6}$/)]],
]);

transcript("TIME follows the clock", [
  ["SET k v PX 1500", OK],
  [advance(1499)],
  ["GET k", "v"],
  ["TIME", [matching(/^\d+$/), matching(/^\d+$/)]],
], { oursOnly: "the real clock cannot be moved" });

transcript("ROLE is a master without replicas", [
  ["ROLE", ["master", 0, []]],
]);

const NOT_ALLOWED = error(
  'ERR MODULE command not allowed. If the enable-module-command option is set to "local", ' +
    "you can run it from a local connection, otherwise you need to set this option in the " +
    "configuration file, and then restart the server.",
);

transcript("MODULE knows no modules and takes none", [
  ["MODULE LIST", []],
  ["MODULE LOAD x", NOT_ALLOWED],
  ["MODULE LOADEX x CONFIG a b ARGS c", NOT_ALLOWED],
  ["MODULE UNLOAD x", NOT_ALLOWED],
  [
    "MODULE HELP",
    [
      "MODULE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "LIST",
      "    Return a list of loaded modules.",
      "LOAD <path> [<arg> ...]",
      "    Load a module library from <path>, passing to it any optional arguments.",
      "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
      "    Load a module library from <path>, while passing it module configurations and optional arguments.",
      "UNLOAD <name>",
      "    Unload a module.",
      "HELP",
      "    Prints this help.",
    ].map(status),
  ],
]);

transcript("A command that is not allowed aborts the transaction", [
  ["MULTI", OK],
  ["MODULE LOAD x", NOT_ALLOWED],
  [
    "EXEC",
    error("EXECABORT Transaction discarded because of previous errors."),
  ],
]);

const VERSION = /Redis ver\. 7\.0\.15\n$/;
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");

transcript("LOLWUT takes a version and the sizes of its picture", [
  ["LOLWUT", matching(/^Redis ver\. 7\.0\.15\n$/)],
  ["LOLWUT VERSION", matching(/^Redis ver\. 7\.0\.15\n$/)],
  ["LOLWUT foo bar", matching(/^Redis ver\. 7\.0\.15\n$/)],
  ["LOLWUT VERSION 4 x", matching(/^Redis ver\. 7\.0\.15\n$/)],
  ["LOLWUT VERSION x", NOT_AN_INTEGER],
  ["LOLWUT VERSION 5", matching(VERSION)],
  ["LOLWUT VERSION 5 x", NOT_AN_INTEGER],
  ["LOLWUT VERSION 5 4 x", NOT_AN_INTEGER],
  ["LOLWUT VERSION 5 4 2 x", NOT_AN_INTEGER],
  ["LOLWUT VERSION 5 4 2 2", matching(VERSION)],
  ["LOLWUT VERSION 5 0 -1 -1", matching(VERSION)],
  ["LOLWUT VERSION 5 3 200 200", matching(VERSION)],
  ["LOLWUT VERSION 6 10 2", matching(VERSION)],
  ["LOLWUT VERSION 6 0 0", matching(VERSION)],
  ["LOLWUT VERSION 6 x", NOT_AN_INTEGER],
  ["LOLWUT VERSION 6 1 x", NOT_AN_INTEGER],
]);

Deno.test("LOLWUT VERSION 5 draws as many columns as asked for", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  const picture = String(await client.call("LOLWUT", "VERSION", 5, 12, 3, 2));
  const bytes = Uint8Array.from(picture, (char) => char.charCodeAt(0));
  const lines = new TextDecoder().decode(bytes).split("\n");
  assertEquals(lines.slice(0, -3).map((line) => line.length), [12, 12, 12, 12]);
});

Deno.test("TIME gives the time of the clock that the server was given", async () => {
  await using server = await startTestServer();
  const client = await server.client();
  const now = server.clock.now();
  const [seconds, usec] = (await client.call("TIME") as string[]).map(Number);
  assertEquals(seconds! * 1000 + usec! / 1000, now);
});
