import { residentMebibytes } from "./contestant.ts";
import { type Figure, figuresSection, throughputSection } from "./report.ts";
import { measureAll, progress, type Setting, withServers } from "./setting.ts";
import { type Case, inTurns } from "./throughput.ts";

const COUNTS = [1, 50, 500, 5000];
const IDLE = 5000;
/** Redis gives a connection's buffers back once it has been idle for about two seconds. */
const SETTLED_AFTER_MS = 4000;
const FLAGS = ["--maxclients", "10000"];

/** PING over so many connections. The more there are, the longer it goes on, as all must connect first. */
function curve(scale: number): Case[] {
  return COUNTS.map((full) => {
    const count = Math.max(1, Math.round(full * scale));
    return {
      name: `PING, connections: ${count.toLocaleString("en-US")}`,
      args: ["-c", String(count), "-t", "ping_mbulk"],
      prepare: () => Promise.resolve(),
      weight: full === 1 ? 2 : full > 500 ? 0.2 : 1,
      pipelines: [1],
    };
  });
}

async function open(port: number, count: number): Promise<Deno.TcpConn[]> {
  const ping = new TextEncoder().encode("*1\r\n$4\r\nPING\r\n");
  const pong = new Uint8Array(64);
  const connections: Deno.TcpConn[] = [];
  for (let i = 0; i < count; i++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(ping);
    await connection.read(pong);
    connections.push(connection);
  }
  return connections;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
}

/** KiB of resident memory that a connection takes once it has said PING and nothing since. */
async function idleConnection(setting: Setting): Promise<Figure> {
  const count = Math.round(IDLE * setting.scale);
  const turns = await withServers(
    setting,
    (servers) =>
      inTurns(servers, 1, async ({ port, pid }) => {
        for (const each of await open(port, Math.ceil(count / 10))) {
          each.close();
        }
        await settle();
        const before = await residentMebibytes(pid);
        const connections = await open(port, count);
        await settle();
        const kibibytes = (await residentMebibytes(pid) - before) * 1024 /
          count;
        for (const each of connections) each.close();
        progress(`an idle connection: ${kibibytes.toFixed(1)} KiB`);
        return kibibytes;
      }),
    FLAGS,
  );
  const name = `one of ${count.toLocaleString("en-US")} idle connections`;
  return { name, unit: "KiB", values: turns.map(([turn = NaN]) => turn) };
}

/** What many connections cost. */
export async function connections(setting: Setting): Promise<string> {
  const cases = curve(setting.scale);
  const results = await withServers(
    setting,
    (servers) => measureAll(setting, servers, cases),
    FLAGS,
  );
  const idle = await idleConnection(setting);
  return throughputSection("Connections", setting.contestants, results) +
    figuresSection("Memory of a connection", setting.contestants, [idle]);
}
