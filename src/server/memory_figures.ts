import { KEY_OVERHEAD } from "../store/key_records.ts";
import { STARTUP_MEMORY } from "./memory.ts";
import type { Server } from "./server.ts";

/** What the bookkeeping of a database takes beside its keys' and values' own bytes. */
export interface DatabaseFigures {
  readonly index: number;
  readonly keys: number;
  /** Bytes of the table of keys. */
  readonly table: number;
  /** Bytes of the queue of expiries. */
  readonly expiries: number;
}

/** A ratio, and the bytes by which the larger exceeds the smaller. */
export interface Excess {
  readonly ratio: number;
  readonly bytes: number;
}

/** What INFO memory and MEMORY STATS tell, in bytes unless it says percent. */
export interface MemoryFigures {
  readonly used: number;
  readonly peak: number;
  readonly peakPercent: number;
  readonly startup: number;
  readonly clients: number;
  /** Databases that hold keys. */
  readonly databases: readonly DatabaseFigures[];
  readonly keys: number;
  readonly bytesPerKey: number;
  readonly overhead: number;
  readonly dataset: number;
  readonly datasetPercent: number;
  /** Size of the process. */
  readonly rss: number;
  /** What V8 has given out, from its heap and outside. */
  readonly allocated: number;
  /** What V8 has reserved for that. */
  readonly active: number;
  /** Of `active` over `allocated`: what awaits the garbage collector, or is free. */
  readonly heapExcess: Excess;
  /** Of the process over `active`: code, stacks, the runtime itself. */
  readonly processExcess: Excess;
  /** Of the process over `used`. */
  readonly totalExcess: Excess;
}

/** Counts the memory of a server. */
export function memoryFigures(server: Server): MemoryFigures {
  const { memory, scripts, store } = server;
  memory.check();
  const { clients, peak, used } = memory;
  const databases = store.databases.filter((db) => db.size > 0).map((db) => ({
    index: db.index,
    keys: db.size,
    table: db.size * KEY_OVERHEAD,
    expiries: db.keyspace.expiries.memory,
  }));
  const keys = databases.reduce((sum, db) => sum + db.keys, 0);
  const bookkeeping = databases.reduce(
    (sum, db) => sum + db.table + db.expiries,
    0,
  );
  const overhead = STARTUP_MEMORY + clients + bookkeeping + scripts.memory;
  const dataset = Math.max(0, used - overhead);
  const net = used - STARTUP_MEMORY;
  const { external, heapTotal, heapUsed, rss } = Deno.memoryUsage();
  const allocated = heapUsed + external, active = heapTotal + external;
  return {
    used,
    peak,
    peakPercent: used * 100 / peak,
    startup: STARTUP_MEMORY,
    clients,
    databases,
    keys,
    bytesPerKey: keys === 0 ? 0 : Math.floor(net / keys),
    overhead,
    dataset,
    datasetPercent: net === 0 ? 0 : dataset * 100 / net,
    rss,
    allocated,
    active,
    heapExcess: excess(active, allocated),
    processExcess: excess(rss, active),
    totalExcess: excess(rss, used),
  };
}

function excess(larger: number, smaller: number): Excess {
  return { ratio: larger / smaller, bytes: larger - smaller };
}

/** Returns bytes for the eye, as INFO's `…_human` fields show them: `1.50M`. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let size = bytes / 1024;
  for (const unit of ["K", "M", "G", "T", "P"]) {
    if (size < 1024) return `${size.toFixed(2)}${unit}`;
    size /= 1024;
  }
  return `${bytes}B`;
}
