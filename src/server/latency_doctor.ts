import type { Server } from "./server.ts";

const LARGE_VALUES =
  "Removing a large value takes its time: split values of millions of elements into several keys.";
const BUSY_MACHINE =
  "Commands that do little were slow: the garbage collector or another process had the processor. " +
  "Leave the machine more memory and a core of its own; redis-cli --intrinsic-latency 100 measures it.";
const EVICTION_IN_BULK =
  "Many keys were evicted at once: maxmemory was lowered or something large was stored. " +
  "maxmemory-eviction-tenacity says how long eviction may hold up clients.";

const SLOW_DISK =
  "The disk was slow: see whether another process uses it, or whether it is one of the network. " +
  "Clients wait for it less with appendfsync everysec than with always, and while the log is rewritten " +
  "or a snapshot is saved with no-appendfsync-on-rewrite yes.";

/**
 * Returns LATENCY DOCTOR's report: what held up the server, and what can be done
 * about it.
 *
 * Differs from Redis: LATENCY DOCTOR speaks in words of its own.
 */
export function latencyDoctor(server: Server): string {
  const { latencyMonitor } = server;
  const { events } = latencyMonitor;
  if (events.size === 0 && !latencyMonitor.enabled) {
    return "The latency monitor is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it on; " +
      "then come back after a while.\n";
  }
  if (events.size === 0) {
    return "Hello. Nothing has held up this server for longer than latency-monitor-threshold.\n";
  }
  const findings: string[] = [];
  for (const [name, event] of events) {
    const { count, mean, meanDeviation, seconds } = latencyMonitor.spread(
      event,
    );
    findings.push(
      `${
        findings.length + 1
      }. ${name}: ${count} latency spikes (average ${mean}ms, mean deviation ${meanDeviation}ms, ` +
        `period ${
          (seconds / count).toFixed(2)
        } sec). Worst all time event ${event.longest}ms.\n`,
    );
  }
  return `Hello. This held up the server:\n\n${findings.join("")}\n` +
    `What may help:\n\n${advice(server).map((each) => `- ${each}\n`).join("")}`;
}

function advice(server: Server): string[] {
  const { config: { values }, latencyMonitor: { events } } = server;
  const found: string[] = [];
  if (events.has("command")) {
    const threshold = values["latency-monitor-threshold"];
    const slow = values["slowlog-log-slower-than"];
    if (slow < 0 || slow / 1000 > threshold) {
      found.push(
        `The slow log does not see all of these commands: CONFIG SET slowlog-log-slower-than ${
          threshold * 1000
        } makes it.`,
      );
    }
    found.push("SLOWLOG GET shows which commands were slow.");
  }
  if (events.has("fast-command")) found.push(BUSY_MACHINE);
  if (["command", "expire-cycle", "eviction-del"].some((n) => events.has(n))) {
    found.push(LARGE_VALUES);
  }
  if (events.has("eviction-cycle")) found.push(EVICTION_IN_BULK);
  if ([...events.keys()].some((name) => /^(aof|rdb)-/.test(name))) {
    found.push(SLOW_DISK);
  }
  if (found.length === 0) {
    found.push("Clients that wait for keys were served slowly: SLOWLOG GET.");
  }
  return found;
}
