import type { Config } from "../config/config.ts";
import { systemReason } from "../config/error.ts";
import type { Clock } from "../store/clock.ts";
import type { Log } from "./log.ts";

/** How long to wait before accepting again when the system has nothing left to accept with. */
const ACCEPT_AGAIN_MS = 100;

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/** A door that could not be opened: says which, why and what to do. */
export class ListenError extends Error {
  override name = "ListenError";
}

/** What the listeners of a server work with. */
export interface ListenersOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes a connection that has come in. */
  readonly accepted: (conn: Deno.Conn) => void;
}

/** The sockets that a server listens on, and how `bind` and `port` change while it runs. */
export class Listeners {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #accepted: (conn: Deno.Conn) => void;
  /** By the address that `bind` gives, in its order; the unix socket under its path. */
  #open = new Map<string, Deno.Listener>();
  #port = 0;
  /** The accept loops that are under way; those of sockets that were closed end a little later, and the sockets with them. */
  readonly #loops = new Map<Deno.Listener, Promise<void>>();
  /** Number of changes of `bind` and `port`. */
  #changes = 0;
  #accepting = false;
  #closed = false;

  constructor({ config, clock, log, accepted }: ListenersOptions) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    this.#accepted = accepted;
    config.onChange("port", (port) => this.#changePort(port));
    config.onChange("bind", (addresses) => this.#changeAddresses(addresses));
  }

  /** The TCP port, also while `bind` names no address; 0 when there is none. */
  get port(): number {
    return this.#port;
  }

  /** Where clients may come in, for people. */
  get places(): string[] {
    return [...this.#open.values()].map(({ addr }) => {
      if (addr.transport !== "tcp") return (addr as Deno.UnixAddr).path;
      const { hostname, port } = addr;
      return hostname.includes(":")
        ? `[${hostname}]:${port}`
        : `${hostname}:${port}`;
    });
  }

  /**
   * Opens the sockets that the configuration names. Port 0 lets the system pick
   * one, unless there is a unix socket: then, as in Redis, it means no TCP.
   * Throws ListenError, with nothing left open.
   */
  async open(): Promise<void> {
    const { values } = this.#config;
    const path = this.#config.path("unixsocket");
    try {
      // Differs from Redis: `port` 0 without a unix socket picks a free port; there the server does not start.
      if (values["port"] !== 0 || path === undefined) {
        this.#open = listenOnAll(values["bind"], values["port"]);
        this.#port = portOf(this.#open) ?? values["port"];
      }
      if (path !== undefined) {
        this.#open.set(path, await listenUnix(path, values["unixsocketperm"]));
      }
    } catch (error) {
      this.close();
      throw error;
    }
    if (this.#open.size === 0) {
      throw new ListenError(
        "Nothing to listen on: give bind an address, or set unixsocket",
      );
    }
  }

  /** Begins to accept connections, which wait until then. */
  accept(): void {
    this.#accepting = true;
    for (const listener of this.#open.values()) this.#begin(listener);
  }

  /** Accepts no more connections. A unix socket's file goes with it. */
  close(): void {
    this.#closed = true;
    for (const [place, listener] of this.#open) {
      listener.close();
      if (listener.addr.transport === "unix") removeSocket(place);
    }
    this.#open.clear();
  }

  #begin(listener: Deno.Listener): void {
    if (this.#loops.has(listener) || !this.#accepting) return;
    const loop = this.#acceptFrom(listener);
    this.#loops.set(listener, loop);
    loop.finally(() => this.#loops.delete(listener));
  }

  async #acceptFrom(listener: Deno.Listener): Promise<void> {
    for (;;) {
      let conn: Deno.Conn | undefined = undefined;
      try {
        conn = await listener.accept();
        this.#accepted(conn);
      } catch (error) {
        // The peer may have gone already.
        if (conn !== undefined) continue;
        if (isClosed(error)) return;
        // Out of descriptors, mostly: those who are connected are served on.
        this.#log.warning(
          `Accepting client connection: ${systemReason(error)}`,
        );
        await new Promise<void>((resolve) =>
          this.#clock.after(ACCEPT_AGAIN_MS, resolve)
        );
        if (this.#closed) return;
      }
    }
  }

  /** CONFIG SET port; returns why not. */
  #changePort(port: number): string | undefined {
    if (!this.#accepting || port === this.port) return undefined;
    const before = new Map(this.#open);
    try {
      const opened = port === 0
        ? new Map<string, Deno.Listener>()
        : listenOnAll(this.#config.values["bind"], port);
      for (const [place, listener] of before) {
        if (listener.addr.transport === "tcp") listener.close();
        else opened.set(place, listener);
      }
      this.#open = opened;
      this.#port = port;
      this.#changes++;
      this.accept();
    } catch (error) {
      this.#log.warning((error as Error).message);
      return "Unable to listen on this port. Check server logs.";
    }
  }

  /** CONFIG SET bind; returns why not. */
  #changeAddresses(addresses: readonly string[]): string | undefined {
    const port = this.#port;
    if (!this.#accepting || port === 0) return undefined;
    const staying = this.#staying(addresses);
    const stays = new Set(staying.values());
    const coming = addresses.filter((address) => !staying.has(address));
    const going = [...this.#loops.keys()].filter((each) => !stays.has(each));
    const late = coming.filter((address) =>
      going.some((listener) => mayCollide(address, listener.addr))
    );
    const early = coming.filter((address) => !late.includes(address));
    let opened: Map<string, Deno.Listener>;
    try {
      // Where what goes may stand in the way, only the addresses can be tried yet.
      if (late.length > 0) closeAll(listenOnAll(coming, 0));
      opened = listenOnAll(early, port, staying);
    } catch (error) {
      this.#log.warning((error as Error).message);
      return "Failed to bind to specified addresses.";
    }
    for (const [place, listener] of this.#open) {
      if (!staying.has(place)) listener.close();
    }
    this.#open = new Map([...staying, ...opened]);
    this.#changes++;
    this.accept();
    if (late.length > 0) this.#openLate(late, going);
  }

  /** What is open and stays so with other addresses; IPv4's wildcard does not beside the one that takes IPv4 as well. */
  #staying(addresses: readonly string[]): Map<string, Deno.Listener> {
    const isCovered = Deno.build.os !== "windows" &&
      addresses.some((each) => hostnameOf(bare(each)) === "::");
    return new Map(
      [...this.#open].filter(([place, { addr }]) =>
        addr.transport !== "tcp" || addresses.includes(place) &&
          !(isCovered && addr.hostname === "0.0.0.0")
      ),
    );
  }

  /** Opens addresses once those that go are free, which takes until their accept loops have ended. */
  async #openLate(
    addresses: readonly string[],
    going: readonly Deno.Listener[],
  ): Promise<void> {
    const change = this.#changes;
    await Promise.all(going.map((each) => this.#loops.get(each)));
    if (this.#closed || this.#changes !== change) return;
    try {
      const opened = listenOnAll(addresses, this.#port, this.#open);
      this.#open = new Map([...this.#open, ...opened]);
      this.accept();
    } catch (error) {
      this.#log.warning((error as Error).message);
    }
  }
}

/** Listens on one port of all addresses, by address: port 0 picks one and keeps to it. What is open already stays `beside`. */
function listenOnAll(
  addresses: readonly string[],
  port: number,
  beside: ReadonlyMap<string, Deno.Listener> = new Map(),
): Map<string, Deno.Listener> {
  const open = new Map<string, Deno.Listener>();
  try {
    for (const address of wideFirst(addresses)) {
      const covered = [...beside.values(), ...open.values()]
        .some(({ addr }) => coversIpv4(addr));
      if (covered && hostnameOf(bare(address)) === "0.0.0.0") continue;
      const listener = listenTcp(address, port);
      if (listener === undefined) continue;
      open.set(address, listener);
      port = (listener.addr as Deno.NetAddr).port;
    }
    return open;
  } catch (error) {
    closeAll(open);
    throw error;
  }
}

function closeAll(listeners: ReadonlyMap<string, Deno.Listener>): void {
  for (const listener of listeners.values()) listener.close();
}

/** Returns the port of the TCP sockets, `undefined` when there are none. */
function portOf(
  listeners: ReadonlyMap<string, Deno.Listener>,
): number | undefined {
  for (const { addr } of listeners.values()) {
    if (addr.transport === "tcp") return addr.port;
  }
}

/** Returns whether an address may not be had while a socket has the port: a wildcard stands for others, and one address has several spellings and names. */
function mayCollide(address: string, socket: Deno.Addr): boolean {
  if (socket.transport !== "tcp") return false;
  const hostname = hostnameOf(bare(address));
  if (isWild(hostname) || isWild(socket.hostname)) return true;
  if (hostname.includes(":")) return socket.hostname.includes(":");
  return !IPV4.test(hostname) || hostname === socket.hostname;
}

function isWild(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

/** Puts the IPv6 wildcard first: its socket takes IPv4 as well, and cannot be opened beside one that does. */
function wideFirst(addresses: readonly string[]): readonly string[] {
  const isWide = (address: string) => hostnameOf(bare(address)) === "::";
  return [
    ...addresses.filter(isWide),
    ...addresses.filter((address) => !isWide(address)),
  ];
}

/** Windows keeps the two families apart. */
function coversIpv4(address: Deno.Addr): boolean {
  return address.transport === "tcp" && address.hostname === "::" &&
    Deno.build.os !== "windows";
}

/** The address without the mark of an optional one. */
function bare(address: string): string {
  return address.startsWith("-") ? address.slice(1) : address;
}

/** Returns a listener, or `undefined` where an address marked as optional (`-::1`) is not there. */
function listenTcp(address: string, port: number): Deno.Listener | undefined {
  const optional = address.startsWith("-");
  const hostname = hostnameOf(bare(address));
  try {
    return Deno.listen({ hostname, port });
  } catch (error) {
    if (optional) return undefined;
    if (error instanceof Deno.errors.AddrInUse) {
      throw new ListenError(
        `Port ${port} of ${hostname} is in use: stop the program that has it, or choose another with --port`,
      );
    }
    throw new ListenError(
      `Could not listen on ${hostname}:${port} (${
        systemReason(error)
      }): check bind and port`,
    );
  }
}

/** Opens a unix socket in place of one that nobody listens on any more. */
async function listenUnix(
  path: string,
  permissions: number,
): Promise<Deno.Listener> {
  if (await answers(path)) {
    throw new ListenError(
      `The unix socket ${path} is in use: stop the program that has it, or choose another with --unixsocket`,
    );
  }
  try {
    removeSocket(path);
    const listener = Deno.listen({ transport: "unix", path });
    if (permissions !== 0) Deno.chmodSync(path, permissions);
    return listener;
  } catch (error) {
    throw new ListenError(
      `Could not listen on the unix socket ${path} (${
        systemReason(error)
      }): check unixsocket`,
    );
  }
}

async function answers(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

/** Removes what a socket has left behind. Anything else stays: listening there then fails and says so. */
function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Returns whether an error of a listener says that it was closed. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted;
}

function hostnameOf(address: string): string {
  if (address === "*") return "0.0.0.0";
  if (address === "::*") return "::";
  return address;
}
