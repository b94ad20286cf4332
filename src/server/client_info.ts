import type { Client } from "./client.ts";
import { clientMemory, inFlight } from "./client_memory.ts";

/** Returns a client's line of CLIENT LIST; `running` is the client whose command asks for it. */
export function clientInfo(client: Client, running?: Client): string {
  const { decoder, reply, transaction, transport } = client;
  const { pubsub, store: { seconds } } = client.server;
  const age = (at: number) => Math.max(0, seconds - Math.floor(at / 1000));
  const isRunning = client === running;
  const argvBytes = isRunning || client.postponed
    ? client.args.bytesInAll
    : decoder.bytesOfPart;
  const input = isRunning ? decoder.bufferedWithRequest : decoder.undecoded;
  const omem = inFlight(client);
  return [
    `id=${client.id}`,
    `addr=${transport?.address ?? "?:0"}`,
    `laddr=${transport?.localAddress ?? "?:0"}`,
    // Differs from Redis: CLIENT LIST and CLIENT INFO show -1 as the file descriptor, which Deno does not tell.
    "fd=-1",
    `name=${client.name}`,
    `age=${age(client.createdAt)}`,
    `idle=${age(client.lastInteraction)}`,
    `flags=${flagsOf(client)}`,
    `db=${client.db.index}`,
    `sub=${pubsub.channels.count(client)}`,
    `psub=${pubsub.patterns.count(client)}`,
    `ssub=${pubsub.shardChannels.count(client)}`,
    `multi=${transaction?.queue.length ?? -1}`,
    `qbuf=${input}`,
    // Differs from Redis: CLIENT LIST shows a query buffer of 1 KiB or more even for a client that idles: a read is always under way, and holds it.
    `qbuf-free=${decoder.capacity - input}`,
    `argv-mem=${argvBytes}`,
    `multi-mem=${transaction?.bytes ?? 0}`,
    `rbs=${reply.capacity}`,
    `rbp=${reply.peak}`,
    `obl=${reply.length}`,
    `oll=${omem > 0 ? 1 : 0}`,
    `omem=${omem}`,
    `tot-mem=${clientMemory(client)}`,
    `events=${omem > 0 ? "rw" : "r"}`,
    `cmd=${client.lastCommand?.fullName ?? "NULL"}`,
    `user=${client.user?.name ?? "(superuser)"}`,
    `redir=${client.tracking?.redirect ?? -1}`,
    `resp=${reply.protocol}`,
  ].join(" ");
}

function flagsOf(client: Client): string {
  let flags = client.server.monitors.has(client) ? "O" : "";
  if (client.type === "replica") flags = "S";
  if (client.isMaster) flags = "M";
  if (client.isSubscribed) flags += "P";
  if (client.transaction !== undefined) flags += "x";
  if (client.blocked !== undefined || client.postponed) flags += "b";
  if (client.tracking !== undefined) {
    flags += "t";
    if (client.tracking.brokenRedirect) flags += "R";
    if (client.tracking.mode === "broadcast") flags += "B";
  }
  if (client.watchBroken) flags += "d";
  if (client.closing) flags += "c";
  if (client.transport?.kind === "unix") flags += "U";
  if (client.noEvict) flags += "e";
  return flags === "" ? "N" : flags;
}
