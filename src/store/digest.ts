import { formatDouble } from "../protocol/double.ts";
import type { Database } from "./database.ts";
import { Sha1 } from "./sha1.ts";
import type { Store } from "./store.ts";
import {
  type ReadonlyValue,
  type ReadonlyValueTypes,
  type TypeName,
  typeOf,
} from "./values/value.ts";

/**
 * A SHA-1 into which data is mixed, as DEBUG DIGEST of Redis does it: the same
 * data has the same digest in both.
 */
class Digest {
  readonly #sha1: Sha1;
  readonly #bytes = new Uint8Array(20);
  readonly #hash = new Uint8Array(20);

  constructor(sha1: Sha1) {
    this.#sha1 = sha1;
  }

  /** Adds data whose order does not matter. */
  add(data: string | Uint8Array): void {
    this.#sha1.hash(data, this.#hash);
    for (let i = 0; i < 20; i++) this.#bytes[i]! ^= this.#hash[i]!;
  }

  /** Adds data whose place in the order matters. */
  mix(data: string | Uint8Array): void {
    this.add(data);
    this.#sha1.hash(this.#bytes, this.#bytes);
  }

  /** Adds what another digest has gathered. */
  addDigest(other: Digest): void {
    this.add(other.#bytes);
  }

  /** Returns an empty digest. */
  another(): Digest {
    return new Digest(this.#sha1);
  }

  clear(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return Array.from(this.#bytes, (byte) => byte.toString(16).padStart(2, "0"))
      .join("");
  }
}

/** How the values of a type go into a digest; the number is Redis's for the type. */
type ValueDigests = {
  readonly [T in TypeName]: {
    readonly number: number;
    readonly mix: (digest: Digest, value: ReadonlyValueTypes[T]) => void;
  };
};

const VALUES: ValueDigests = {
  string: {
    number: 0,
    mix: (digest, value) =>
      digest.mix(typeof value === "string" ? value : value.bytes),
  },
  list: {
    number: 1,
    mix: (digest, list) => {
      for (const element of list) digest.mix(element);
    },
  },
  set: {
    number: 2,
    mix: (digest, set) => {
      for (const member of set) digest.add(member);
    },
  },
  hash: {
    number: 4,
    mix: (digest, hash) => {
      for (const [field, value] of hash) {
        const entry = digest.another();
        entry.mix(field);
        entry.mix(value);
        digest.addDigest(entry);
      }
    },
  },
  zset: {
    number: 3,
    mix: (digest, sortedSet) => {
      for (const [member, score] of sortedSet) {
        const entry = digest.another();
        entry.mix(member);
        entry.mix(formatDouble(score));
        digest.addDigest(entry);
      }
    },
  },
  stream: {
    number: 6,
    mix: (digest, stream) => {
      for (const { fields, ms, seq } of stream) {
        digest.mix(`${ms}.${seq}`);
        for (const each of fields) digest.mix(each);
      }
    },
  },
};

/** Returns DEBUG DIGEST: 40 hexadecimal digits that tell datasets apart; zeros for an empty one. */
export function digestOf(store: Store): string {
  const sha1 = new Sha1();
  const whole = new Digest(sha1), entry = new Digest(sha1);
  for (const db of store.databases) {
    if (db.size === 0) continue;
    whole.mix(bigEndian(db.index));
    for (const key of db.keys()) {
      entry.clear();
      entry.mix(key);
      mixValue(entry, db, key);
      whole.addDigest(entry);
    }
  }
  return String(whole);
}

/** Returns DEBUG DIGEST-VALUE of a key: zeros when it is not there. */
export function digestOfValue(db: Database, key: string): string {
  const digest = new Digest(new Sha1());
  mixValue(digest, db, key);
  return String(digest);
}

/** A key that has expired counts, and stays, as long as it is there: a digest changes nothing. */
function mixValue(
  digest: Digest,
  { keyspace }: Database,
  key: string,
): void {
  const slot = keyspace.find(key);
  if (slot < 0) return;
  const value = keyspace.value(slot);
  const { number, mix } = VALUES[typeOf(value)] as {
    readonly number: number;
    readonly mix: (digest: Digest, value: ReadonlyValue) => void;
  };
  digest.mix(bigEndian(number));
  mix(digest, value);
  if (keyspace.expiries.at(slot) !== Infinity) digest.add("!!expire!!");
}

function bigEndian(n: number): Uint8Array {
  return new Uint8Array([n >>> 24, n >>> 16, n >>> 8, n]);
}
