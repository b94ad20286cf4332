import { assertEquals } from "@std/assert";
import { Config } from "../../src/config/config.ts";
import { Admission } from "../../src/server/admission.ts";
import { Clients } from "../../src/server/clients.ts";
import { ManualClock } from "../helpers/manual_clock.ts";

function tcp(hostname: string): Deno.NetAddr {
  return { transport: "tcp", hostname, port: 1 };
}

Deno.test("Protected mode lets in who is on this machine, and nobody else", () => {
  const user = { needsNoPassword: true };
  const admission = new Admission(
    new Config({}),
    user,
    new Clients(),
    new ManualClock(),
  );
  const places: [peer: Deno.Addr, letIn: boolean][] = [
    [tcp("127.0.0.1"), true],
    [tcp("::1"), true],
    [tcp("::ffff:127.0.0.1"), true],
    [{ transport: "unix", path: "/tmp/lite.sock" }, true],
    [tcp("127.0.0.2"), false],
    [tcp("192.0.2.1"), false],
    [tcp("2001:db8::1"), false],
  ];
  for (const [peer, letIn] of places) {
    assertEquals(admission.refusal(peer) === undefined, letIn);
  }
  user.needsNoPassword = false;
  for (const [peer] of places) assertEquals(admission.refusal(peer), undefined);
});

Deno.test("The rate of connections counts by the second, refused ones too", async () => {
  const clock = new ManualClock();
  const config = new Config({ "connection-rate-limit": 2 });
  const user = { needsNoPassword: true };
  const admission = new Admission(config, user, new Clients(), clock);
  const admitted = (count: number) =>
    Array.from({ length: count }, () => admission.refusal(tcp("::1")))
      .filter((refusal) => refusal === undefined).length;
  assertEquals(admitted(5), 2);
  await clock.advance(999);
  assertEquals(admitted(5), 0);
  await clock.advance(1);
  assertEquals(admitted(5), 2);
  config.set([["connection-rate-limit", "0"]]);
  assertEquals(admitted(500), 500);
});
