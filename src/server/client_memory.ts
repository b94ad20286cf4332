import type { Client } from "./client.ts";

// What things take in the heap beside the bytes that are counted one by one, measured with Deno 2.9.6.
const CLIENT = 2560;
const WATCHED_KEY = 340;
const SUBSCRIPTION = 330;
const TRACKED_PREFIX = 500;

/** Returns the bytes that a client takes: its buffers, with the requests and replies that wait, and what it has asked the server to keep for it. */
export function clientMemory(client: Client): number {
  const { decoder, queue, reply, server, tracking, watched } = client;
  let bytes = CLIENT + decoder.capacity + reply.capacity + inFlight(client);
  if (queue !== undefined) bytes += queue.capacity;
  if (client.isSubscribed) {
    const { pubsub } = server;
    bytes += SUBSCRIPTION *
      (pubsub.count(client) + pubsub.shardChannels.count(client));
  }
  if (tracking !== undefined) bytes += tracking.prefixes.size * TRACKED_PREFIX;
  return bytes + watched.length * WATCHED_KEY;
}

/** Returns the bytes of replies that are on their way to the client. */
export function inFlight({ reply, transport }: Client): number {
  return (transport?.pendingBytes ?? reply.length) - reply.length;
}
