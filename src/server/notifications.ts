import type { Config } from "../config/config.ts";
import type { Database } from "../store/database.ts";
import { Events, type KeyEvent } from "../store/events.ts";
import type { LookupObserver, Store } from "../store/store.ts";
import type { PubSub } from "./pubsub.ts";

/**
 * Publishes what happens to keys, as far as `notify-keyspace-events` asks for
 * it: the event's name to the key's channel, the key to the event's.
 *
 * Differs from Redis: a client of RESP3 that listens to keyspace notifications
 * and changes keys itself may get a message before its reply where Redis sends
 * it after, or, with ZPOPMIN and its like, in the middle of the reply.
 */
export class Notifications implements LookupObserver {
  /** Whether there may be anything to publish: all that a change costs while nobody wants to know. */
  enabled = false;
  readonly #pubsub: PubSub;
  readonly #store: Store;
  /** The letters of the parameter. */
  #wanted: ReadonlySet<string> = new Set();

  constructor(config: Config, store: Store, pubsub: PubSub) {
    this.#pubsub = pubsub;
    this.#store = store;
    const follow = () => this.#follow(config.values["notify-keyspace-events"]);
    config.onChange("notify-keyspace-events", follow);
    follow();
  }

  /** Publishes an event of `key` if its class is wanted. */
  publish(db: Database, key: string, { eventClass, name }: KeyEvent): void {
    const wanted = this.#wanted;
    if (!wanted.has(eventClass)) return;
    const { index } = db;
    if (wanted.has("K")) {
      this.#pubsub.publish(`__keyspace@${index}__:${key}`, name);
    }
    if (wanted.has("E")) {
      this.#pubsub.publish(`__keyevent@${index}__:${name}`, key);
    }
  }

  keyAdded(db: Database, key: string): void {
    this.publish(db, key, Events.new);
  }

  keyMissed(db: Database, key: string): void {
    this.publish(db, key, Events.keymiss);
  }

  #follow(letters: string): void {
    const wanted = new Set(letters);
    this.#wanted = wanted;
    this.enabled = wanted.has("K") || wanted.has("E");
    const lookups = wanted.has("n") || wanted.has("m");
    this.#store.lookups = this.enabled && lookups ? this : undefined;
  }
}
