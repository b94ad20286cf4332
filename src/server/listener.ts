import type { Config } from "../config/config.ts";

/** A door that could not be opened: says which, why and what to do. */
export class ListenError extends Error {
  override name = "ListenError";
}

/**
 * Opens the sockets that the configuration names. Port 0 lets the system pick
 * one, unless there is a unix socket: then, as in Redis, it means no TCP.
 * Throws ListenError, with nothing left open.
 */
export function openListeners(config: Config): Deno.Listener[] {
  const { values } = config;
  const listeners: Deno.Listener[] = [];
  const path = config.path("unixsocket");
  try {
    let port = values["port"];
    // Differs from Redis: port 0 without a unix socket picks a free port.
    if (port !== 0 || path === undefined) {
      for (const address of wideFirst(values["bind"])) {
        const covered = listeners.some((listener) => coversIpv4(listener.addr));
        if (covered && hostnameOf(bare(address)) === "0.0.0.0") continue;
        const listener = listenTcp(address, port);
        if (listener === undefined) continue;
        listeners.push(listener);
        port = (listener.addr as Deno.NetAddr).port;
      }
    }
    if (path !== undefined) {
      listeners.push(listenUnix(path, values["unixsocketperm"]));
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  if (listeners.length === 0) {
    throw new ListenError(
      "Nothing to listen on: give bind an address, or set unixsocket",
    );
  }
  return listeners;
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
    const reason = error instanceof Error ? error.message : String(error);
    throw new ListenError(
      `Could not listen on ${hostname}:${port} (${reason}): check bind and port`,
    );
  }
}

/** Opens a unix socket in place of one that nobody listens on any more. */
function listenUnix(path: string, permissions: number): Deno.Listener {
  try {
    removeStaleSocket(path);
    const listener = Deno.listen({ transport: "unix", path });
    if (permissions !== 0) Deno.chmodSync(path, permissions);
    return listener;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ListenError(
      `Could not listen on the unix socket ${path} (${reason}): check unixsocket`,
    );
  }
}

function removeStaleSocket(path: string): void {
  try {
    // Anything but a socket that was left behind stays: listening then fails and says so.
    if (Deno.lstatSync(path).isSocket) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function hostnameOf(address: string): string {
  if (address === "*") return "0.0.0.0";
  if (address === "::*") return "::";
  return address;
}
