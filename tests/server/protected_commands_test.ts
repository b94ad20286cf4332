import { assertEquals } from "@std/assert";
import { createServer } from "../../src/mod.ts";
import type { Client, Transport } from "../../src/server/client.ts";
import { Args } from "../../src/protocol/args.ts";

type Place = Pick<Transport, "address" | "kind">;

const TCP = (address: string): Place => ({ address, kind: "tcp" });
const LOCAL: readonly Place[] = [
  TCP("127.0.0.1:5000"),
  TCP("[::1]:5000"),
  { address: "/tmp/redis.sock:0", kind: "unix" },
];
const ELSEWHERE: readonly Place[] = [
  TCP("10.0.0.1:5000"),
  TCP("127.0.0.10:5000"),
  TCP("[fe80::1]:5000"),
  TCP("[::12]:5000"),
];

function clientFrom(place: Place, allowed: "yes" | "no" | "local"): Client {
  const server = createServer({
    config: {
      "enable-debug-command": allowed,
      "enable-protected-configs": allowed,
    },
  });
  const client = server.createClient();
  client.transport = {
    ...place,
    localAddress: "127.0.0.1:6379",
    flush() {},
    resume() {},
    close() {},
  } as Transport;
  return client;
}

function run(client: Client, ...words: string[]): string {
  client.args = Args.from(words);
  client.server.executor.execute(client);
  return new TextDecoder().decode(client.reply.take());
}

Deno.test("local allows DEBUG to clients of this machine and to no others", () => {
  for (const place of LOCAL) {
    assertEquals(
      run(clientFrom(place, "local"), "DEBUG", "SLEEP", "0"),
      "+OK\r\n",
    );
  }
  for (const place of ELSEWHERE) {
    const reply = run(clientFrom(place, "local"), "DEBUG", "SLEEP", "0");
    assertEquals(reply.startsWith("-ERR DEBUG command not allowed."), true);
  }
});

Deno.test("yes allows DEBUG to everybody, no to nobody", () => {
  for (const place of [...LOCAL, ...ELSEWHERE]) {
    assertEquals(
      run(clientFrom(place, "yes"), "DEBUG", "SLEEP", "0"),
      "+OK\r\n",
    );
    const reply = run(clientFrom(place, "no"), "DEBUG", "SLEEP", "0");
    assertEquals(reply.startsWith("-ERR DEBUG command not allowed."), true);
  }
});

Deno.test("local allows clients of this machine alone to set protected parameters", () => {
  const set = ["CONFIG", "SET", "dbfilename", "other.json"];
  for (const place of LOCAL) {
    assertEquals(run(clientFrom(place, "local"), ...set), "+OK\r\n");
  }
  for (const place of ELSEWHERE) {
    assertEquals(
      run(clientFrom(place, "local"), ...set),
      "-ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config\r\n",
    );
  }
});
