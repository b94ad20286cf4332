import { humanBytes, type MemoryFigures } from "./memory_figures.ts";

const MB = 1024 * 1024;
/** With less in use than this, ratios say nothing. */
const TOO_LITTLE = 5 * MB;
const LARGE_PEAK_PERCENT = 66;
const LARGE_RATIO = 1.4;
const WORTH_A_WORD = 10 * MB;
const LARGE_CLIENT = 200 * 1024;

/**
 * Returns MEMORY DOCTOR's report: what is unusual about the memory in use.
 *
 * Differs from Redis: MEMORY DOCTOR speaks in words of its own.
 */
export function memoryDoctor(
  figures: MemoryFigures,
  clients: number,
): string {
  if (figures.used - figures.startup < TOO_LITTLE) {
    return "Hello. This server holds next to no data yet, and small figures tell nothing: " +
      "come back with a few megabytes in it.\n";
  }
  const findings: string[] = [];
  const { heapExcess, peakPercent, totalExcess } = figures;
  if (peakPercent < LARGE_PEAK_PERCENT) {
    findings.push(
      `Past peak: ${humanBytes(figures.peak)} were in use at some time, ${
        humanBytes(figures.used)
      } are now. The process stays larger than the data until V8 gives the pages back; new data uses them first.`,
    );
  }
  if (totalExcess.ratio > LARGE_RATIO && totalExcess.bytes > WORTH_A_WORD) {
    findings.push(
      `Large process: it takes ${humanBytes(figures.rss)} for ${
        humanBytes(figures.used)
      } in use. The runtime itself takes some 50 MB; what exceeds that awaits the garbage collector.`,
    );
  }
  if (heapExcess.ratio > LARGE_RATIO && heapExcess.bytes > WORTH_A_WORD) {
    findings.push(
      `Free heap: V8 has reserved ${humanBytes(figures.active)} and uses ${
        humanBytes(figures.allocated)
      }. It shrinks when the garbage collector finds the time.`,
    );
  }
  if (clients > 0 && figures.clients / clients > LARGE_CLIENT) {
    findings.push(
      `Large clients: ${clients} of them take ${
        humanBytes(figures.clients)
      } for requests and replies that wait. CLIENT LIST shows which, in qbuf and omem.`,
    );
  }
  if (findings.length === 0) {
    return "Hello. Nothing is unusual about the memory of this server.\n";
  }
  return `Hello. This is worth a look:\n\n${
    findings.map((finding) => ` * ${finding}\n\n`).join("")
  }`;
}
