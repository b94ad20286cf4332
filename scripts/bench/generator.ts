/**
 * The load generator, a program of its own: reads what to do from its standard input, and writes its report.
 *
 * It calls the C library's sockets, and waits in them: nothing else is done on its thread, and no promise is
 * made, so that what it measures is the server rather than itself. Linux only.
 */
import type {
  Answered,
  Generated,
  Line,
  Phase,
  Report,
  Talk,
} from "./generate.ts";

const AF_INET = 2, SOCK_STREAM = 1, IPPROTO_TCP = 6, TCP_NODELAY = 1;
const MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, POLLIN = 1;
const MINUS = 45, ZERO = 48;
const LONGEST_SAVE_MS = 60_000;
const ASK_FOR_SAVE_EVERY_MS = 20;
const PATIENCE_MS = 30_000;
/** Latencies are counted by the microsecond up to this; above, they count as this. */
const HIGHEST_MICROSECOND = 2_000_000;

const { symbols: c } = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
});

const received = new Uint8Array(256 * 1024);
const RECEIVED_LENGTH = BigInt(received.length);
const decoder = new TextDecoder();
const encoder = new TextEncoder();

function connect(port: number): number {
  const fd = c.socket(AF_INET, SOCK_STREAM, 0);
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  address.set([127, 0, 0, 1], 4);
  if (fd < 0 || c.connect(fd, address, address.length) !== 0) {
    throw new Error(`Cannot connect to port ${port}`);
  }
  const on = new Uint8Array(new Int32Array([1]).buffer);
  c.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, on, on.length);
  return fd;
}

function send(fd: number, bytes: Uint8Array<ArrayBuffer>): void {
  if (c.send(fd, bytes, BigInt(bytes.length), MSG_NOSIGNAL) !== bytes.length) {
    throw new Error("A request could not be sent whole");
  }
}

/** Number of bytes that were received, zero when there are none yet. */
function receive(fd: number): number {
  const length = c.recv(fd, received, RECEIVED_LENGTH, MSG_DONTWAIT);
  if (length === 0) throw new Error("The server has closed a connection");
  return Math.max(0, length);
}

/** A request as bytes, with the places of random numbers in it. */
class Template {
  readonly replyLength: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #places: readonly number[];

  constructor({ request, replyLength }: Talk) {
    this.replyLength = replyLength;
    this.#bytes = encoder.encode(request);
    this.#places = [...request.matchAll(/0{12}/g)].map(({ index }) => index);
  }

  /** The request, with other random numbers below `keys`. */
  bytes(keys: number): Uint8Array<ArrayBuffer> {
    for (const place of this.#places) {
      let number = Math.floor(Math.random() * keys);
      for (let at = place + 11; at >= place; at--) {
        this.#bytes[at] = ZERO + number % 10;
        number = Math.floor(number / 10);
      }
    }
    return this.#bytes;
  }
}

/** Counts latencies. */
class Latencies {
  operations = 0;
  #longest = 0;
  readonly #counts = new Uint32Array(HIGHEST_MICROSECOND + 1);

  add(milliseconds: number): void {
    this.operations++;
    if (milliseconds > this.#longest) this.#longest = milliseconds;
    const bucket = Math.min(
      HIGHEST_MICROSECOND,
      Math.ceil(milliseconds * 1000),
    );
    this.#counts[bucket]! += 1;
  }

  report(): Answered {
    return {
      operations: this.operations,
      p50: this.#percentile(0.5),
      p99: this.#percentile(0.99),
      p999: this.#percentile(0.999),
      longest: this.#longest,
    };
  }

  #percentile(part: number): number {
    let left = this.operations * part;
    for (let bucket = 0; bucket <= HIGHEST_MICROSECOND; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) return bucket / 1000;
    }
    return HIGHEST_MICROSECOND / 1000;
  }
}

/** A connection at work. */
class Worker {
  readonly fd: number;
  readonly group: string;
  readonly #templates: readonly Template[];
  readonly #messageLength: number | undefined;
  readonly #keys: number;
  #next = 0;
  #sentAt = 0;
  #awaited = 0;
  #heard = 0;

  constructor(
    fd: number,
    { group, talks, messageLength }: Line,
    keys: number,
  ) {
    this.fd = fd;
    this.group = group;
    this.#templates = talks.map((talk) => new Template(talk));
    this.#messageLength = messageLength;
    this.#keys = keys;
  }

  /** Sends what comes first. */
  start(first: Talk | undefined): void {
    if (first !== undefined) this.#send(new Template(first));
    else if (this.#templates.length > 0) this.#sendNext();
  }

  /** Whether all that was asked for has been answered. */
  get idle(): boolean {
    return this.#awaited === 0;
  }

  /** Takes what has come; counts it, and sends the next request after a whole reply. */
  serve(latencies: Latencies): void {
    const length = receive(this.fd);
    if (length === 0) return;
    if (this.#messageLength !== undefined && this.idle) {
      this.#heard += length;
      while (this.#heard >= this.#messageLength) {
        this.#heard -= this.#messageLength;
        latencies.operations++;
      }
      return;
    }
    if (received[0] === MINUS) this.#complain(length);
    this.#awaited -= length;
    if (this.#awaited < 0) this.#complain(length);
    if (this.#awaited > 0) return;
    latencies.add(performance.now() - this.#sentAt);
    if (this.#templates.length > 0) this.#sendNext();
  }

  #sendNext(): void {
    this.#send(this.#templates[this.#next]!);
    this.#next = (this.#next + 1) % this.#templates.length;
  }

  #send(template: Template): void {
    this.#awaited = template.replyLength;
    this.#sentAt = performance.now();
    send(this.fd, template.bytes(this.#keys));
  }

  #complain(length: number): never {
    const text = decoder.decode(received.subarray(0, Math.min(length, 200)));
    throw new Error(`Not the reply that was expected: ${text}`);
  }
}

/** All connections at work. */
class Crew {
  readonly #workers: Worker[] = [];
  /** As poll(2) takes them: a descriptor, then what to wait for and, above, what has come. */
  readonly #polled: Int32Array<ArrayBuffer>;

  constructor({ port, lines, keys = 1 }: Generated) {
    this.#polled = new Int32Array(lines.length * 2);
    for (const [index, line] of lines.entries()) {
      const worker = new Worker(connect(port), line, keys);
      this.#workers.push(worker);
      this.#polled[index * 2] = worker.fd;
      this.#polled[index * 2 + 1] = POLLIN;
      worker.start(line.first);
      const listens = line.talks.length === 0;
      while (listens && !worker.idle) worker.serve(new Latencies());
    }
  }

  /** Works until `done`, which is asked after each turn. */
  work(done: (now: number) => boolean): Phase {
    const groups = new Map<string, Latencies>();
    const own = this.#workers.map(({ group }) => {
      const latencies = groups.get(group) ?? new Latencies();
      groups.set(group, latencies);
      return latencies;
    });
    const count = BigInt(own.length);
    const began = performance.now();
    let heardAt = began;
    let now = began;
    while (!done(now)) {
      const ready = c.poll(this.#polled, count, ASK_FOR_SAVE_EVERY_MS);
      now = performance.now();
      if (ready > 0) heardAt = now;
      else if (now - heardAt > PATIENCE_MS) throw new Error("No reply comes");
      for (let i = 0; i < own.length; i++) {
        if (this.#polled[i * 2 + 1]! >>> 16 === 0) continue;
        this.#polled[i * 2 + 1] = POLLIN;
        this.#workers[i]!.serve(own[i]!);
      }
    }
    return {
      seconds: (now - began) / 1000,
      groups: Object.fromEntries(
        [...groups].map(([group, latencies]) => [group, latencies.report()]),
      ),
    };
  }

  workFor(seconds: number): Phase {
    const end = performance.now() + seconds * 1000;
    return this.work((now) => now >= end);
  }
}

/** A save that was begun: tells when it is done, by LASTSAVE. */
class Save {
  readonly beganAt: number = Date.now();
  readonly #fd: number;
  readonly #startedAt = performance.now();
  #before: string | undefined;
  #askAt = 0;

  constructor(port: number) {
    this.#fd = connect(port);
    send(this.#fd, encoder.encode("LASTSAVE\r\nBGSAVE\r\n"));
  }

  /** Whether it is done, or has taken too long. */
  done(now: number): boolean {
    if (now - this.#startedAt > LONGEST_SAVE_MS) return true;
    if (now < this.#askAt) return false;
    this.#askAt = now + ASK_FOR_SAVE_EVERY_MS;
    const reply = decoder.decode(received.subarray(0, receive(this.#fd)));
    if (reply.includes("-")) throw new Error(`No save: ${reply}`);
    const lastSave = /:\d+\r\n/.exec(reply)?.[0];
    if (lastSave === undefined) return false;
    if (this.#before !== undefined && lastSave !== this.#before) return true;
    this.#before ??= lastSave;
    send(this.#fd, encoder.encode("LASTSAVE\r\n"));
    return false;
  }
}

function generate(what: Generated): Report {
  const crew = new Crew(what);
  crew.workFor(what.warmUpSeconds ?? 0);
  const steady = crew.workFor(what.seconds);
  if (what.save !== true) return { steady };
  const save = new Save(what.port);
  const saving = crew.work((now) => save.done(now));
  return { steady, saving, saveBeganAt: save.beganAt };
}

const what = await new Response(Deno.stdin.readable).json() as Generated;
console.log(JSON.stringify(generate(what)));
