import { ReplyWriter } from "../protocol/reply.ts";
import { globMatches } from "../store/glob.ts";
import { type Client, Restrictions } from "./client.ts";

/**
 * Who has subscribed to what, of one kind of name: channels, patterns or shard
 * channels. Subscribing, and asking for a name's subscribers or a client's
 * names, is O(1).
 */
export class Subscriptions {
  readonly #byName = new Map<string, Set<Client>>();
  readonly #byClient = new Map<Client, Set<string>>();

  /** Number of names that anybody has subscribed to. */
  get size(): number {
    return this.#byName.size;
  }

  /** Every name with its subscribers, the names in the order in which their first subscriber came. */
  [Symbol.iterator](): Iterator<[string, ReadonlySet<Client>]> {
    return this.#byName.entries();
  }

  /** The subscribers of a name in the order in which they came, if there are any. */
  subscribers(name: string): ReadonlySet<Client> | undefined {
    return this.#byName.get(name);
  }

  /** The names that a client has subscribed to, in the order in which it did. */
  names(client: Client): readonly string[] {
    return [...this.#byClient.get(client) ?? []];
  }

  /** Returns how many names a client has subscribed to. */
  count(client: Client): number {
    return this.#byClient.get(client)?.size ?? 0;
  }

  add(client: Client, name: string): void {
    addTo(this.#byName, name, client);
    addTo(this.#byClient, client, name);
  }

  delete(client: Client, name: string): void {
    deleteFrom(this.#byName, name, client);
    deleteFrom(this.#byClient, client, name);
  }
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

function deleteFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set?.delete(value) && set.size === 0) sets.delete(key);
}

/**
 * The channels of a server: who listens to which, and the way of a message to
 * them. A message is encoded once, and its bytes are copied to every subscriber.
 */
export class PubSub {
  readonly channels = new Subscriptions();
  readonly patterns = new Subscriptions();
  readonly shardChannels = new Subscriptions();
  /** Where messages are encoded. */
  readonly #writer = new ReplyWriter();

  /** Returns how many channels and patterns a client has subscribed to; shard channels count for themselves. */
  count(client: Client): number {
    return this.channels.count(client) + this.patterns.count(client);
  }

  /** Sends a message to who has subscribed to the channel, then to who has to a pattern that it matches; returns how many messages that makes. */
  publish(channel: string, message: string): number {
    let receivers = 0;
    const subscribers = this.channels.subscribers(channel);
    if (subscribers !== undefined) {
      receivers += this.#deliver(subscribers, ["message", channel, message]);
    }
    if (this.patterns.size === 0) return receivers;
    for (const [pattern, subscribers] of this.patterns) {
      if (!globMatches(pattern, channel)) continue;
      const words = ["pmessage", pattern, channel, message];
      receivers += this.#deliver(subscribers, words);
    }
    return receivers;
  }

  /** Sends a message to who has subscribed to the shard channel; returns to how many. */
  publishToShard(channel: string, message: string): number {
    const subscribers = this.shardChannels.subscribers(channel);
    if (subscribers === undefined) return 0;
    return this.#deliver(subscribers, ["smessage", channel, message]);
  }

  /** Tells a client that it has subscribed or unsubscribed, even one that wants no replies: `name` is `undefined` when there was nothing to unsubscribe from. */
  confirm(
    client: Client,
    kind: string,
    name: string | undefined,
    count: number,
  ): void {
    const writer = this.#writer;
    writer.protocol = client.reply.protocol;
    writer.push(3);
    writer.bulk(kind);
    writer.bulk(name);
    writer.integer(count);
    client.reply.message(writer.take());
    this.#followSubscriptions(client);
  }

  /** Ends all subscriptions of a client without a word: it has gone, or starts anew. */
  forget(client: Client): void {
    if ((client.restrictions & Restrictions.subscribed) === 0) return;
    for (const each of [this.channels, this.patterns, this.shardChannels]) {
      for (const name of each.names(client)) each.delete(client, name);
    }
    this.#followSubscriptions(client);
  }

  #followSubscriptions(client: Client): void {
    const count = this.count(client) + this.shardChannels.count(client);
    client.restrict(Restrictions.subscribed, count > 0);
  }

  #deliver(subscribers: ReadonlySet<Client>, words: readonly string[]): number {
    const writer = this.#writer;
    writer.push(words.length);
    for (const word of words) writer.bulk(word);
    const bytes = writer.take();
    for (const client of subscribers) client.send(bytes);
    return subscribers.size;
  }
}
