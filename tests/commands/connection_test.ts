import {
  between,
  disconnected,
  error,
  type Expectation,
  map,
  nil,
  noReply,
  OK,
  on,
  QUEUED,
  sent,
  status,
  transcript,
} from "../helpers/transcript.ts";
import type { Protocol } from "../helpers/reply.ts";

const WRONG_PASS = error(
  "WRONGPASS invalid username-password pair or user is disabled.",
);
const NO_AUTH = error("NOAUTH Authentication required.");

/** The reply to HELLO in a protocol version. */
function greeting(proto: Protocol): Expectation {
  return inProtocol(
    proto,
    map({
      server: "redis",
      version: "7.0.15",
      proto,
      id: between(1, 1e9),
      mode: "standalone",
      role: "master",
      modules: [],
    }),
  );
}

/** Null as a protocol version has it, whatever the connection began with. */
function nilOf(protocol: Protocol): Expectation {
  return inProtocol(protocol, nil);
}

function inProtocol(protocol: Protocol, expected: Expectation): Expectation {
  return {
    matches: (reply, comparison) =>
      expected.matches(reply, { ...comparison, protocol }),
    describe: () => expected.describe(protocol),
  };
}

transcript("PING and ECHO answer what they are given", [
  ["PING", status("PONG")],
  [["PING", "a\r\nb\0\xff"], "a\r\nb\0\xff"],
  ["PING ''", ""],
  ["PING a b", error("ERR wrong number of arguments for 'ping' command")],
  [["ECHO", "a\0\xff\r\n"], "a\0\xff\r\n"],
  ["ECHO", error("ERR wrong number of arguments for 'echo' command")],
  ["ECHO a b", error("ERR wrong number of arguments for 'echo' command")],
]);

transcript("SELECT takes a database that there is", [
  ["SET k zero", OK],
  ["SELECT 15", OK],
  ["GET k", nil],
  ["SELECT 0", OK],
  ["GET k", "zero"],
  ["SELECT 16", error("ERR DB index is out of range")],
  ["SELECT -1", error("ERR DB index is out of range")],
  ["SELECT x", error("ERR value is not an integer or out of range")],
  ["SELECT 1.0", error("ERR value is not an integer or out of range")],
  [
    "SELECT 2147483648",
    error(
      "ERR value is out of range, value must between -2147483648 and 2147483647",
    ),
  ],
  [
    "SELECT 9223372036854775808",
    error("ERR value is not an integer or out of range"),
  ],
  ["SELECT", error("ERR wrong number of arguments for 'select' command")],
  ["GET k", "zero"],
]);

transcript("SELECT inside MULTI counts for the commands after it, and stays", [
  ["MULTI", OK],
  ["SET k zero", QUEUED],
  ["SELECT 1", QUEUED],
  ["SET k one", QUEUED],
  ["SELECT 99", QUEUED],
  ["EXEC", [OK, OK, OK, error("ERR DB index is out of range")]],
  ["GET k", "one"],
  ["SELECT 0", OK],
  ["GET k", "zero"],
]);

transcript("QUIT answers OK and closes, whatever comes after it", [
  [on("b", "MULTI"), OK],
  [on("b", "QUIT"), OK],
  [disconnected("b")],
  [on("c", "QUIT with words"), OK],
  [disconnected("c")],
]);

transcript("HELLO chooses the protocol and tells of the server", [
  ["HELLO 2", greeting(2)],
  ["HELLO 3", greeting(3)],
  ["GET nothing", nilOf(3)],
  ["HELLO", greeting(3)],
  ["HELLO 2", greeting(2)],
], { protocols: [2] });

transcript("HELLO refuses what it cannot do", [
  ["HELLO 1", error("NOPROTO unsupported protocol version")],
  ["HELLO 4", error("NOPROTO unsupported protocol version")],
  [
    "HELLO x",
    error("ERR Protocol version is not an integer or out of range"),
  ],
  ["HELLO 2 FOO", error("ERR Syntax error in HELLO option 'FOO'")],
  ["HELLO 2 SETNAME", error("ERR Syntax error in HELLO option 'SETNAME'")],
  ["HELLO 2 AUTH a", error("ERR Syntax error in HELLO option 'AUTH'")],
  ["HELLO 2 AUTH nobody x", WRONG_PASS],
  [
    "HELLO 2 SETNAME 'a b'",
    error(
      "ERR Client names cannot contain spaces, newlines or special characters.",
    ),
  ],
  ["CLIENT GETNAME", nil],
  [
    "HELLO 2 SETNAME first FOO",
    error("ERR Syntax error in HELLO option 'FOO'"),
  ],
  ["CLIENT GETNAME", "first"],
]);

transcript("HELLO gives password and name at once", [
  ["HELLO 3 AUTH default anything SETNAME me", greeting(3)],
  ["CLIENT GETNAME", "me"],
  ["hello 3 setname other auth default x", greeting(3)],
  ["CLIENT GETNAME", "other"],
], { protocols: [3] });

transcript("HELLO inside MULTI changes the protocol of the replies after it", [
  ["MULTI", OK],
  ["GET nothing", QUEUED],
  ["HELLO 3", QUEUED],
  ["GET nothing", QUEUED],
  ["EXEC", [nilOf(2), greeting(3), nilOf(3)]],
], { protocols: [2] });

transcript("AUTH without a password set takes any for the default user", [
  [
    "AUTH x",
    error(
      "ERR AUTH <password> called without any password configured for the default user. " +
        "Are you sure your configuration is correct?",
    ),
  ],
  ["AUTH default x", OK],
  ["AUTH nobody x", WRONG_PASS],
  ["AUTH a b c", error("ERR syntax error")],
  ["AUTH", error("ERR wrong number of arguments for 'auth' command")],
]);

transcript("A client without the password may do nothing but give it", [
  ["PING", NO_AUTH],
  ["GET k", NO_AUTH],
  ["CLIENT ID", NO_AUTH],
  ["MULTI", NO_AUTH],
  [
    "EXEC",
    error(
      "EXECABORT Transaction discarded because of: NOAUTH Authentication required.",
    ),
  ],
  [
    "NOSUCH",
    error("ERR unknown command 'NOSUCH', with args beginning with: "),
  ],
  ["GET", error("ERR wrong number of arguments for 'get' command")],
  [
    "HELLO 3",
    error(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH " +
        "<user> <pass> option can be used to authenticate the client and select the RESP protocol " +
        "version at the same time",
    ),
  ],
  ["HELLO 2 AUTH default wrong", WRONG_PASS],
  ["AUTH wrong", WRONG_PASS],
  ["AUTH secre", WRONG_PASS],
  ["AUTH secretsecret", WRONG_PASS],
  ["AUTH ''", WRONG_PASS],
  ["AUTH nobody secret", WRONG_PASS],
  ["PING", NO_AUTH],
  ["AUTH secret", OK],
  ["PING", status("PONG")],
  ["AUTH wrong", WRONG_PASS],
  ["PING", status("PONG")],
  ["RESET", status("RESET")],
  ["PING", NO_AUTH],
  ["HELLO 2 AUTH default secret", greeting(2)],
  ["PING", status("PONG")],
  [on("b", "QUIT"), OK],
  [disconnected("b")],
  [on("c", "AUTH default secret"), OK],
  [on("c", "QUIT"), OK],
  [disconnected("c")],
], { config: { requirepass: "secret" }, protocols: [2] });

transcript("CONFIG SET requirepass leaves those in who are in", [
  ["PING", status("PONG")],
  [on("b", "CONFIG SET requirepass new"), OK],
  ["PING", status("PONG")],
  [on("c", "PING"), NO_AUTH],
  [on("b", ["CONFIG", "SET", "requirepass", ""]), OK],
  [on("c", "PING"), status("PONG")],
  [on("c", "HELLO"), error(/^NOAUTH HELLO must be called/)],
  [on("b", "CONFIG SET requirepass newer"), OK],
  [on("c", "PING"), NO_AUTH],
  [on("c", "AUTH newer"), OK],
  [on("c", "PING"), status("PONG")],
  ["RESET", status("RESET")],
  ["PING", NO_AUTH],
  ["AUTH newer", OK],
  ["CONFIG SET requirepass ''", OK],
], { config: { requirepass: "" }, protocols: [2] });

transcript("RESET makes the connection as it was", [
  ["SELECT 3", OK],
  ["CLIENT SETNAME me", OK],
  ["CLIENT REPLY OFF", noReply],
  ["CLIENT REPLY ON", OK],
  ["MULTI", OK],
  ["SET k v", QUEUED],
  ["RESET", status("RESET")],
  ["CLIENT GETNAME", nilOf(2)],
  ["EXEC", error("ERR EXEC without MULTI")],
  ["SET k zero", OK],
  ["SELECT 3", OK],
  ["EXISTS k", 0],
  ["HELLO 3", greeting(3)],
  ["CLIENT REPLY OFF", noReply],
  ["RESET", status("RESET")],
  ["GET nothing", nilOf(2)],
  ["WATCH k", OK],
  ["SET k changed", OK],
  ["RESET", status("RESET")],
  ["MULTI", OK],
  ["EXEC", []],
  ["RESET x", error("ERR wrong number of arguments for 'reset' command")],
]);

transcript("Headers of HTTP end the connection without a reply", [
  [on("b", "PING"), status("PONG")],
  [sent("b", "POST / HTTP/1.1")],
  [disconnected("b")],
  [sent("c", "Host: localhost:6379")],
  [disconnected("c")],
  ["PING", status("PONG")],
]);
