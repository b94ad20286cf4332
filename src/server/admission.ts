import type { User } from "./acl/user.ts";
import type { Config } from "../config/config.ts";
import type { Clients } from "./clients.ts";
import type { Clock } from "../store/clock.ts";

const TOO_MANY_CLIENTS = "-ERR max number of clients reached\r\n";
const TOO_FAST =
  "-ERR too many new connections, see connection-rate-limit: try again in a second\r\n";
const PROTECTED =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password " +
  "is set for the default user. In this mode connections are only accepted from the loopback " +
  "interface. If you want to connect from external computers to Redis you may adopt one of the " +
  "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET " +
  "protected-mode no' from the loopback interface by connecting to Redis from the same host the " +
  "server is running, however MAKE SURE Redis is not publicly accessible from internet if you do " +
  "so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable " +
  "the protected mode by editing the Redis configuration file, and setting the protected mode " +
  "option to 'no', and then restarting the server. 3) If you started the server manually just for " +
  "testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication " +
  "password for the default user. NOTE: You only need to do one of the above things in order for " +
  "the server to start accepting connections from the outside.\r\n";

/** Decides who is let in. */
export class Admission {
  readonly #config: Config;
  readonly #defaultUser: Pick<User, "needsNoPassword">;
  readonly #clients: Clients;
  readonly #clock: Clock;
  /** Connections that have come since `#second` began, on the monotonic clock. */
  #recent = 0;
  #second = 0;

  constructor(
    config: Config,
    defaultUser: Pick<User, "needsNoPassword">,
    clients: Clients,
    clock: Clock,
  ) {
    this.#config = config;
    this.#defaultUser = defaultUser;
    this.#clients = clients;
    this.#clock = clock;
  }

  /** Returns the last words for a connection that is not let in, or `undefined`. */
  refusal(peer: Deno.Addr): string | undefined {
    const { values } = this.#config;
    if (this.#tooFast(values["connection-rate-limit"])) return TOO_FAST;
    if (this.#clients.size >= values["maxclients"]) return TOO_MANY_CLIENTS;
    const open = this.#defaultUser.needsNoPassword &&
      values["protected-mode"];
    return open && !isLoopback(peer) ? PROTECTED : undefined;
  }

  #tooFast(limit: number): boolean {
    if (limit === 0) return false;
    const now = this.#clock.monotonic();
    if (now - this.#second >= 1000) {
      this.#second = now;
      this.#recent = 0;
    }
    return ++this.#recent > limit;
  }
}

/** Returns whether a peer is on this machine, by the addresses that Redis takes for that. */
function isLoopback(peer: Deno.Addr): boolean {
  if (peer.transport !== "tcp") return true;
  return ["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(peer.hostname);
}
