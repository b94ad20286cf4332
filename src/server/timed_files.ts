import type { FileReplacing } from "../persistence/files.ts";
import type { LatencyEventName, LatencyMonitor } from "./latency_monitor.ts";

/** Returns files of which the latency monitor hears how long one kind of step takes, under the name of an event. */
export function timed(
  files: FileReplacing,
  monitor: LatencyMonitor,
  step: "rename" | "remove",
  event: LatencyEventName,
): FileReplacing {
  const others: FileReplacing = {
    create: (path) => files.create(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncFolder: (path) => files.syncFolder(path),
    syncFolderSync: (path) => files.syncFolderSync(path),
  };
  return step === "rename"
    ? {
      ...others,
      rename: (from, to) => monitor.time(event, () => files.rename(from, to)),
    }
    : {
      ...others,
      remove: (path) => monitor.time(event, () => files.remove(path)),
    };
}
