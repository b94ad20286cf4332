import { commandFamilies } from "../../src/commands/mod.ts";
import {
  error,
  OK,
  QUEUED,
  type Step,
  transcript,
} from "../helpers/transcript.ts";

const DISABLED = error("ERR This instance has cluster support disabled");
const NO_REPLICAS = error("ERR FAILOVER requires connected replicas.");

/** Every subcommand of CLUSTER, with as many arguments as it asks for. */
const ofCluster = commandFamilies.flatMap(({ commands }) => commands)
  .filter(({ name }) => name === "cluster")
  .flatMap(({ subcommands = [] }) => subcommands)
  .map(({ name, arity }): Step => {
    const words = Array<string>(Math.abs(arity) - 2).fill("1");
    return [["CLUSTER", name, ...words], DISABLED];
  });

transcript("commands about a cluster say that the server is in none", [
  ...ofCluster,
  ["ASKING", DISABLED],
  ["READONLY", DISABLED],
  ["READWRITE", DISABLED],
  ["READONLY x", error("ERR wrong number of arguments for 'readonly' command")],
  ["CLUSTER", error("ERR wrong number of arguments for 'cluster' command")],
  ["CLUSTER nope", error("ERR unknown subcommand 'nope'. Try CLUSTER HELP.")],
  [
    "CLUSTER KEYSLOT",
    error("ERR wrong number of arguments for 'cluster|keyslot' command"),
  ],
  ["MULTI", OK],
  ["CLUSTER INFO", QUEUED],
  ["EXEC", [DISABLED]],
]);

transcript("FAILOVER reads its options, and finds no replica", [
  ["FAILOVER", NO_REPLICAS],
  ["FAILOVER ABORT", error("ERR No failover in progress.")],
  ["FAILOVER to a 1 force TIMEOUT 10", NO_REPLICAS],
  ["FAILOVER FORCE", NO_REPLICAS],
  ["FAILOVER TIMEOUT 0", error("ERR FAILOVER timeout must be greater than 0")],
  ["FAILOVER TIMEOUT x", error("ERR value is not an integer or out of range")],
  ["FAILOVER TO a x", error("ERR value is not an integer or out of range")],
  ["FAILOVER TO a", error("ERR syntax error")],
  ["FAILOVER TO a 1 TO b 2", error("ERR syntax error")],
  ["FAILOVER TIMEOUT 5 TIMEOUT 5", error("ERR syntax error")],
  ["FAILOVER TIMEOUT 5 ABORT", error("ERR syntax error")],
  ["FAILOVER NOPE", error("ERR syntax error")],
]);
