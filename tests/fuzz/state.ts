/** What the two servers hold after a scenario. */
import type { Server } from "../../src/server/server.ts";
import { formatReply, type Reply } from "../helpers/reply.ts";
import { equivalent, parseReply } from "./equivalence.ts";
import type { InsideClient } from "./inside_client.ts";
import type { Said } from "./run.ts";
import { type Line, request, type WireClient } from "./wire.ts";

/** Compares the data: all values through DEBUG DIGEST, then each key's type, encoding, expiry and stream groups. */
export async function look(
  server: Server,
  ours: InsideClient,
  theirs: WireClient,
  form: "as made" | "restored" = "as made",
): Promise<Said | undefined> {
  const lines: Line[] = [];
  for (const db of server.store.databases) {
    // SCAN removes what is over, which the digest would still count in one of them.
    lines.push(["SELECT", String(db.index)], ["SCAN", "0", "COUNT", "10000"]);
    lines.push(["DBSIZE"]);
    if (db.size === 0) continue;
    for (const key of db.keys()) {
      lines.push(
        ["DEBUG", "DIGEST-VALUE", key],
        ["TYPE", key],
        ["OBJECT", "ENCODING", key],
        ["PEXPIRETIME", key],
        ["XINFO", "STREAM", key, "FULL"],
      );
    }
  }
  lines.push(["SELECT", "0"], ["DEBUG", "DIGEST"]);
  const expected = await theirs.exchange(lines);
  for (const [i, line] of lines.entries()) {
    const reply = ours.ask(request(line));
    if (reply === expected[i]) continue;
    const [known, wanted] = [reply, expected[i]!].map((raw) =>
      parseReply(form === "restored" ? withoutNodes(raw) : raw)
    ) as [Reply, Reply];
    const rule = line[0] === "SCAN" ? "scan" : "timed";
    if (equivalent(rule, known, wanted)) continue;
    const shown = line.join(" ");
    return {
      ours: `${shown}: ${formatReply(known)}`,
      theirs: `${shown}: ${formatReply(wanted)}`,
    };
  }
  return undefined;
}

/** What XINFO says of a stream but for its nodes: one that was restored has nodes of its own. */
function withoutNodes(raw: string): string {
  return raw.replaceAll(/(radix-tree-(?:keys|nodes)\r\n):\d+/g, "$1:0");
}

/** Gives each server what DUMP of the other makes of every value, and compares the data again. */
export async function exchanged(
  server: Server,
  ours: InsideClient,
  theirs: WireClient,
): Promise<Said | undefined> {
  const keys = server.store.databases.flatMap((db) =>
    [...db.keys()].map((key) => [String(db.index), key] as const)
  );
  const dumps = keys.flatMap(([db, key]) => [["SELECT", db], ["DUMP", key]]);
  const fromTheirs = (await theirs.exchange(dumps)).map(textOf);
  const fromOurs = dumps.map((line) => textOf(ours.ask(request(line))));
  const restores = (payloads: readonly string[]): Line[] =>
    dumps.map((line, i) =>
      line[0] === "SELECT"
        ? line
        : ["RESTORE", line[1]!, "0", payloads[i]!, "REPLACE"]
    );
  const expected = await theirs.exchange(restores(fromOurs));
  for (const [i, line] of restores(fromTheirs).entries()) {
    const reply = ours.ask(request(line));
    if (reply === expected[i]) continue;
    const shown = line.join(" ");
    return { ours: `${shown}: ${reply}`, theirs: `${shown}: ${expected[i]}` };
  }
  return await look(server, ours, theirs, "restored");
}

/** The text of a bulk string or a status. */
function textOf(raw: string): string {
  const reply = parseReply(raw);
  return "text" in reply ? reply.text : "";
}

/** Compares what the commands are counted as. */
export async function statistics(
  ours: InsideClient,
  theirs: WireClient,
): Promise<Said | undefined> {
  for (const section of ["commandstats", "errorstats", "stats"]) {
    const line = ["INFO", section];
    const [expected] = await theirs.exchange([line]);
    const reply = ours.ask(request(line));
    const difference = firstDifference(countsOf(reply), countsOf(expected!));
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** The lines of INFO that count what commands did, in order, without the times that they took. */
function countsOf(info: string): string[] {
  return info.split("\r\n")
    .filter((line) => /^(cmdstat_|errorstat_|keyspace_)/.test(line))
    .filter((line) => !/^cmdstat_(info|hello|psubscribe|ping)/.test(line))
    .map((line) => line.replace(/,usec=.*usec_per_call=[\d.]+/, ""))
    .sort();
}

function firstDifference(
  ours: readonly string[],
  theirs: readonly string[],
): Said | undefined {
  const only = (these: readonly string[], those: readonly string[]) =>
    these.filter((each) => !those.includes(each)).slice(0, 3).join(" ");
  const difference = { ours: only(ours, theirs), theirs: only(theirs, ours) };
  return difference.ours + difference.theirs === "" ? undefined : difference;
}
