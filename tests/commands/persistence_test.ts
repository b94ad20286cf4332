import {
  error,
  OK,
  QUEUED,
  status,
  transcript,
} from "../helpers/transcript.ts";

const SYNTAX = error("ERR syntax error");
const NOT_IN_MULTI = error(
  "ERR Command not allowed inside a transaction",
);
const ABORTED = error(
  "EXECABORT Transaction discarded because of previous errors.",
);

function arity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript("SAVE, BGSAVE and LASTSAVE refuse arguments that they do not know", [
  ["SAVE x", arity("save")],
  ["LASTSAVE x", arity("lastsave")],
  ["BGSAVE x", SYNTAX],
  ["BGSAVE SCHEDULE x", SYNTAX],
  ["BGSAVE SCHEDULE SCHEDULE", SYNTAX],
]);

transcript("SAVE replies OK", [
  ["SET k v", OK],
  ["SAVE", OK],
  ["save", OK],
]);

transcript("SHUTDOWN refuses what contradicts itself, and changes nothing", [
  ["SHUTDOWN now please", SYNTAX],
  ["SHUTDOWN SAVE NOSAVE", SYNTAX],
  ["SHUTDOWN nosave save", SYNTAX],
  ["SHUTDOWN ABORT NOW", SYNTAX],
  ["SHUTDOWN FORCE ABORT", SYNTAX],
  ["SHUTDOWN SAVE ABORT", SYNTAX],
  ["SHUTDOWN ABORT", error("ERR No shutdown in progress.")],
  ["SHUTDOWN ABORT abort", error("ERR No shutdown in progress.")],
  ["PING", status("PONG")],
]);

transcript("SAVE and SHUTDOWN are not for transactions", [
  ["MULTI", OK],
  ["SAVE", NOT_IN_MULTI],
  ["EXEC", ABORTED],
  ["MULTI", OK],
  ["SHUTDOWN", NOT_IN_MULTI],
  ["EXEC", ABORTED],
]);

transcript("BGSAVE inside a transaction is scheduled for after it", [
  ["MULTI", OK],
  ["BGSAVE", QUEUED],
  ["BGSAVE SCHEDULE", QUEUED],
  ["BGSAVE x", QUEUED],
  ["EXEC", [
    status("Background saving scheduled"),
    status("Background saving scheduled"),
    SYNTAX,
  ]],
], { config: {} });

transcript("BGSAVE replies that it has started, and only one runs", [
  ["BGSAVE SCHEDULE", status("Background saving started")],
  ["BGSAVE", error("ERR Background save already in progress")],
  ["BGSAVE SCHEDULE", error("ERR Background save already in progress")],
  ["SAVE", error("ERR Background save already in progress")],
], { config: {}, protocols: [2] });
