import {
  boolean,
  choice,
  entry,
  FIXED,
  integer,
  memory,
  noneHere,
  notYet,
  optional,
} from "./entry.ts";
import { INT64_MAX } from "../protocol/integer.ts";
import { INT_MAX, stringKind, UINT64_MAX } from "./kinds.ts";
import { masterKind } from "./list_kinds.ts";

const MB = 1024 * 1024;
/** What V8 lets one array hold for certain. */
const MOST_BACKLOG = 8192 * MB;
const PORT = [0, 65535] as const;

/** Masters and replicas. */
export const replicationParameters = {
  replicaof: entry(masterKind, "", "Master to replicate", {
    alias: "slaveof",
    mutable: false,
  }),
  "replica-ignore-maxmemory": boolean(
    true,
    "Leave eviction to the master",
    { alias: "slave-ignore-maxmemory" },
  ),
  "replica-announced": boolean(true, "Let Sentinel report the replica"),
  ...noneHere("a replica always goes on", {
    "replica-ignore-disk-write-errors": boolean(
      false,
      "Let a replica go on when it cannot write to disk",
    ),
  }),
  ...notYet("Deno does not let a connection choose it", {
    "bind-source-addr": optional("Address from which to reach others"),
  }),
  ...noneHere("the garbage collector frees memory in the background anyway", {
    "replica-lazy-flush": boolean(
      false,
      "Let a replica free its data later before a full copy",
      { alias: "slave-lazy-flush" },
    ),
  }),
  ...noneHere(
    "a full copy is loaded as it comes, beside the data, which it replaces once it is complete",
    {
      "repl-diskless-load": choice(
        "disabled",
        ["disabled", "on-empty-db", "swapdb"],
        "When a replica loads a full copy without a file",
      ),
    },
  ),
  "replica-serve-stale-data": boolean(
    true,
    "Let a replica answer while it has no master",
    { alias: "slave-serve-stale-data" },
  ),
  masterauth: optional("Password for the master", { sensitive: true }),
  masteruser: optional("User for the master", { sensitive: true }),
  "replica-read-only": boolean(true, "Refuse writes to a replica", {
    alias: "slave-read-only",
  }),
  "replica-priority": integer(
    100,
    [0, INT_MAX],
    "Rank of a replica when a new master is chosen; 0 never",
    { alias: "slave-priority" },
  ),
  "replica-announce-ip": optional("Address that a replica gives", {
    alias: "slave-announce-ip",
  }),
  "replica-announce-port": integer(0, PORT, "Port that a replica gives", {
    alias: "slave-announce-port",
  }),
  "repl-diskless-sync": boolean(true, "Send a full copy without a file"),
  "repl-diskless-sync-delay": integer(
    5,
    [0, INT_MAX],
    "Seconds to wait for more replicas before a full copy",
  ),
  "repl-diskless-sync-max-replicas": integer(
    0,
    [0, INT_MAX],
    "Replicas at which a full copy starts at once; 0 none",
  ),
  "repl-timeout": integer(
    60,
    [1, INT_MAX],
    "Seconds of silence after which the other side is given up",
  ),
  "repl-ping-replica-period": integer(
    10,
    [1, INT_MAX],
    "Seconds between pings to replicas",
    { alias: "repl-ping-slave-period" },
  ),
  "repl-backlog-size": memory(
    MB,
    [1, MOST_BACKLOG],
    "Bytes kept for replicas that come back",
    { difference: "8gb at most, which is what one array can hold" },
  ),
  "repl-backlog-ttl": integer(
    3600,
    [0, INT64_MAX],
    "Seconds that they are kept without replicas; 0 always",
  ),
  "min-replicas-to-write": integer(
    0,
    [0, INT_MAX],
    "Replicas below which writes are refused; 0 any",
    { alias: "min-slaves-to-write" },
  ),
  "min-replicas-max-lag": integer(
    10,
    [0, INT_MAX],
    "Seconds that these may lag behind",
    { alias: "min-slaves-max-lag" },
  ),
  ...noneHere("nothing holds back what replicas are sent", {
    "repl-disable-tcp-nodelay": boolean(
      false,
      "Send to replicas in fewer, later packets",
    ),
  }),
  ...noneHere("no files are written for full copies", {
    "rdb-del-sync-files": boolean(
      false,
      "Remove files that were written for full copies",
    ),
  }),
  ...noneHere("nothing is propagated", {
    "propagation-error-behavior": choice(
      "ignore",
      ["ignore", "panic", "panic-on-replicas"],
      "What to do when a propagated command fails",
    ),
  }),
} as const;

/** Redis Cluster. */
export const clusterParameters = notYet("cluster mode is not available yet", {
  "cluster-enabled": boolean(false, "Be a node of a cluster", FIXED),
  "cluster-config-file": entry(
    stringKind(),
    "nodes.conf",
    "File in which the node keeps what it knows of the cluster",
    FIXED,
  ),
  "cluster-node-timeout": integer(
    15000,
    [0, INT64_MAX],
    "Milliseconds of silence after which a node counts as failed",
  ),
  "cluster-port": integer(0, PORT, "Port of the cluster bus", FIXED),
  "cluster-replica-validity-factor": integer(
    10,
    [0, INT_MAX],
    "How old a replica's data may be for it to take over",
    { alias: "cluster-slave-validity-factor" },
  ),
  "cluster-replica-no-failover": boolean(
    false,
    "Never let the replica take over by itself",
    { alias: "cluster-slave-no-failover" },
  ),
  "cluster-migration-barrier": integer(
    1,
    [0, INT_MAX],
    "Replicas that a master keeps when others need one",
  ),
  "cluster-allow-replica-migration": boolean(
    true,
    "Let replicas move to masters that have none",
  ),
  "cluster-require-full-coverage": boolean(
    true,
    "Refuse queries while any slot has no node",
  ),
  "cluster-allow-reads-when-down": boolean(
    false,
    "Answer reads while the cluster is down",
  ),
  "cluster-allow-pubsubshard-when-down": boolean(
    true,
    "Serve sharded channels while the cluster is down",
  ),
  "cluster-link-sendbuf-limit": memory(
    0,
    [0, UINT64_MAX],
    "Bytes that may wait for another node; 0 no limit",
  ),
  "cluster-announce-ip": optional("Address that the node gives"),
  "cluster-announce-hostname": optional(
    "Host name that the node gives",
    {},
    { check: checkHostname },
  ),
  "cluster-announce-port": integer(0, PORT, "Port that the node gives"),
  "cluster-announce-tls-port": integer(0, PORT, "TLS port that it gives"),
  "cluster-announce-bus-port": integer(0, PORT, "Bus port that it gives"),
  "cluster-preferred-endpoint-type": choice(
    "ip",
    ["ip", "hostname", "unknown-endpoint"],
    "How the node is named in redirections",
  ),
});

/** TLS. */
export const tlsParameters = notYet("TLS is not available", {
  "tls-port": integer(0, PORT, "Port for TLS"),
  "tls-cert-file": optional("Certificate"),
  "tls-key-file": optional("Key of the certificate"),
  "tls-key-file-pass": optional("Password of the key", { sensitive: true }),
  "tls-client-cert-file": optional("Certificate as a client"),
  "tls-client-key-file": optional("Key of that certificate"),
  "tls-client-key-file-pass": optional("Password of that key", {
    sensitive: true,
  }),
  "tls-dh-params-file": optional("Diffie-Hellman parameters"),
  "tls-ca-cert-file": optional("Certificates to trust"),
  "tls-ca-cert-dir": optional("Folder of certificates to trust"),
  "tls-auth-clients": choice(
    "yes",
    ["no", "yes", "optional"],
    "Whether clients need a certificate",
  ),
  "tls-replication": boolean(false, "Use TLS to the master"),
  "tls-cluster": boolean(false, "Use TLS on the cluster bus"),
  "tls-protocols": optional("Versions of TLS"),
  "tls-ciphers": optional("Ciphers up to TLS 1.2"),
  "tls-ciphersuites": optional("Ciphers of TLS 1.3"),
  "tls-prefer-server-ciphers": boolean(false, "Let the server choose"),
  "tls-session-caching": boolean(true, "Resume sessions"),
  "tls-session-cache-size": integer(20480, [0, INT_MAX], "Sessions kept"),
  "tls-session-cache-timeout": integer(
    300,
    [0, INT_MAX],
    "Seconds that sessions are kept",
  ),
});

function checkHostname(name: string): string | undefined {
  if (name.length >= 256) return "Hostnames must be less than 256 characters";
  return /^[A-Za-z0-9.-]*$/.test(name)
    ? undefined
    : "Hostnames may only contain alphanumeric characters, hyphens or dots";
}
