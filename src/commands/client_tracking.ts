import { commandError, SYNTAX_ERROR } from "../protocol/command_error.ts";
import type {
  Call,
  CommandDefinition,
  CommandFlag,
} from "../server/command.ts";
import type { ClientTracking } from "../server/tracking.ts";

const FLAGS: readonly CommandFlag[] = ["noscript", "loading", "stale"];

const TWO_REDIRECTS = commandError(
  "A client can only redirect to a single other client",
);
const NO_SUCH_REDIRECT = commandError(
  "The client ID you want redirect to does not exist",
);
const PREFIX_WITHOUT_BROADCAST = commandError(
  "PREFIX option requires BCAST mode to be enabled",
);
const BROADCAST_SWITCHED = commandError(
  "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const BROADCAST_WITH_OPTION = commandError(
  "OPTIN and OPTOUT are not compatible with BCAST",
);
const TWO_OPTIONS = commandError(
  "You can't specify both OPTIN mode and OPTOUT mode",
);
const OPTION_SWITCHED = commandError(
  "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const NOT_TRACKING = commandError(
  "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
);
const NOT_OPT_IN = commandError(
  "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
);
const NOT_OPT_OUT = commandError(
  "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
);

/** The subcommands of CLIENT about client side caching. */
export const trackingCommands: readonly CommandDefinition[] = [
  {
    name: "caching",
    arity: 3,
    flags: FLAGS,
    since: "6.0.0",
    complexity: "O(1)",
    summary: "Says whether the keys of the next command are tracked.",
    syntax: "<YES | NO>",
    docs: { groups: ["mode"] },
    handler: setCaching,
  },
  {
    name: "getredir",
    arity: 2,
    flags: FLAGS,
    since: "6.0.0",
    complexity: "O(1)",
    summary: "Answers which connection hears of changes to tracked keys.",
    syntax: "",
    handler: ({ client, reply }) =>
      reply.integer(client.tracking?.redirect ?? -1),
  },
  {
    name: "tracking",
    arity: -3,
    flags: FLAGS,
    since: "6.0.0",
    complexity: "O(1). Some options may introduce additional complexity.",
    summary: "Has changes to keys that this connection reads told to it.",
    syntax:
      "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
    docs: { groups: ["status"] },
    handler: setTracking,
  },
  {
    name: "trackinginfo",
    arity: 2,
    flags: FLAGS,
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Tells which keys this connection tracks.",
    syntax: "",
    handler: showTracking,
  },
];

/** What CLIENT TRACKING was called with. */
interface Options {
  redirect: number;
  broadcast: boolean;
  optIn: boolean;
  optOut: boolean;
  noLoop: boolean;
  readonly prefixes: string[];
}

function setTracking(call: Call): void {
  const { args, client, reply, server: { tracking } } = call;
  const options = readOptions(call);
  if (args.is(2, "ON")) {
    checkOptions(options, client.tracking);
    const { broadcast, noLoop, optIn, optOut, prefixes, redirect } = options;
    if (broadcast && prefixes.length === 0) prefixes.push("");
    tracking.enable(client, {
      redirect,
      mode: broadcast
        ? "broadcast"
        : optIn
        ? "opt in"
        : optOut
        ? "opt out"
        : "all",
      noLoop,
      prefixes: new Set(prefixes),
    });
  } else if (args.is(2, "OFF")) {
    tracking.disable(client);
  } else throw SYNTAX_ERROR;
  reply.ok();
}

function readOptions({ args, server }: Call): Options {
  const options: Options = {
    redirect: 0,
    broadcast: false,
    optIn: false,
    optOut: false,
    noLoop: false,
    prefixes: [],
  };
  for (let i = 3; i < args.length; i++) {
    const hasNext = i + 1 < args.length;
    if (args.is(i, "REDIRECT") && hasNext) {
      if (options.redirect !== 0) throw TWO_REDIRECTS;
      options.redirect = args.integer(++i);
      if (server.clients.get(options.redirect) === undefined) {
        throw NO_SUCH_REDIRECT;
      }
    } else if (args.is(i, "BCAST")) options.broadcast = true;
    else if (args.is(i, "OPTIN")) options.optIn = true;
    else if (args.is(i, "OPTOUT")) options.optOut = true;
    else if (args.is(i, "NOLOOP")) options.noLoop = true;
    else if (args.is(i, "PREFIX") && hasNext) {
      options.prefixes.push(args.string(++i));
    } else throw SYNTAX_ERROR;
  }
  return options;
}

/** Throws when the options do not go together, or not with those that are on. */
function checkOptions(
  { broadcast, optIn, optOut, prefixes }: Options,
  current: ClientTracking | undefined,
): void {
  if (!broadcast && prefixes.length > 0) throw PREFIX_WITHOUT_BROADCAST;
  const mode = current?.mode;
  if (mode !== undefined && (mode === "broadcast") !== broadcast) {
    throw BROADCAST_SWITCHED;
  }
  if (broadcast && (optIn || optOut)) throw BROADCAST_WITH_OPTION;
  if (optIn && optOut) throw TWO_OPTIONS;
  if ((optIn && mode === "opt out") || (optOut && mode === "opt in")) {
    throw OPTION_SWITCHED;
  }
  checkPrefixes(prefixes, current?.prefixes ?? new Set());
}

/**
 * Throws when two prefixes would make the client hear of a key twice.
 *
 * Differs from Redis: when prefixes of CLIENT TRACKING overlap and the first of
 * them is not among those that do, Redis replies with the error, turns tracking
 * on all the same, and replies OK as well. Here there is the error alone.
 */
function checkPrefixes(
  prefixes: readonly string[],
  existing: ReadonlySet<string>,
): void {
  for (const [i, prefix] of prefixes.entries()) {
    for (const other of [...existing].sort()) {
      if (overlap(prefix, other)) {
        throw overlapping(prefix, "an existing", other);
      }
    }
    for (const other of prefixes.slice(i + 1)) {
      if (overlap(prefix, other)) {
        throw overlapping(prefix, "another provided", other);
      }
    }
  }
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function overlapping(prefix: string, which: string, other: string) {
  const [shown, otherShown] = [prefix, other].map((each) =>
    each.replace(/\0.*/s, "")
  );
  return commandError(
    `Prefix '${shown}' overlaps with ${which} prefix '${otherShown}'. ` +
      "Prefixes for a single client must not overlap.",
  );
}

function setCaching({ args, client: { tracking }, reply }: Call): void {
  if (tracking === undefined) throw NOT_TRACKING;
  if (args.is(2, "YES")) {
    if (tracking.mode !== "opt in") throw NOT_OPT_IN;
  } else if (args.is(2, "NO")) {
    if (tracking.mode !== "opt out") throw NOT_OPT_OUT;
  } else throw SYNTAX_ERROR;
  tracking.caching = true;
  reply.ok();
}

function showTracking({ client: { tracking }, reply }: Call): void {
  reply.map(3);
  reply.bulk("flags");
  const flags = flagsOf(tracking);
  reply.set(flags.length);
  for (const flag of flags) reply.bulk(flag);
  reply.bulk("redirect");
  reply.integer(tracking?.redirect ?? -1);
  reply.bulk("prefixes");
  reply.bulks([...tracking?.prefixes ?? []].sort());
}

function flagsOf(tracking: ClientTracking | undefined): string[] {
  if (tracking === undefined) return ["off"];
  const { brokenRedirect, caching, mode, noLoop } = tracking;
  const flags = ["on"];
  if (mode === "broadcast") flags.push("bcast");
  if (mode === "opt in") flags.push("optin", ...caching ? ["caching-yes"] : []);
  if (mode === "opt out") {
    flags.push("optout", ...caching ? ["caching-no"] : []);
  }
  if (noLoop) flags.push("noloop");
  if (brokenRedirect) flags.push("broken_redirect");
  return flags;
}
