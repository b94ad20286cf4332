import { Buffer } from "node:buffer";
import { ErrorReply, type ServerReply } from "../protocol/reply_reader.ts";
import type { RemoteServer } from "./remote_server.ts";
import type { Server } from "./server.ts";

/** What a server before 7.0 replies to FUNCTION, and one whose user may not run it. */
const UNAVAILABLE = /^(?:NOPERM|ERR unknown)/i;

/** Brings the libraries of functions of another server, or warns that it does not give them; returns their code. */
export async function librariesFrom(
  remote: RemoteServer,
  server: Server,
): Promise<readonly string[]> {
  const reply = await remote.call("FUNCTION", "DUMP");
  if (isUnavailable(reply)) {
    server.log.warning(
      `Libraries of functions are not imported: ${reply.text}`,
    );
    return [];
  }
  return codesOf(reply, server);
}

/**
 * Sends the libraries of functions to another server, all or none; returns how
 * many there are to have there. One that is there already, and the same, stays;
 * throws where one of the same name is another. Where the server takes none,
 * that is a warning, or an error when `isAll`: there is nothing else to send.
 */
export async function sendLibraries(
  remote: RemoteServer,
  server: Server,
  isAll: boolean,
): Promise<number> {
  const { codes } = server.scripts.libraries;
  if (codes.length === 0) return 0;
  let reply = await remote.call("FUNCTION", "DUMP");
  if (!(reply instanceof ErrorReply)) {
    const there = codesOf(reply, server);
    const missing = codes.filter((code) => !there.includes(code));
    if (missing.length === 0) return codes.length;
    const payload = server.dumps.dumpFunctions(missing).latin1Slice();
    reply = await remote.call("FUNCTION", "RESTORE", payload);
    if (!(reply instanceof ErrorReply)) return codes.length;
  }
  if (isAll || !isUnavailable(reply)) {
    throw new Error(`libraries of functions: ${reply.text}`);
  }
  server.log.warning(`Libraries of functions are not exported: ${reply.text}`);
  return 0;
}

function isUnavailable(reply: ServerReply): reply is ErrorReply {
  return reply instanceof ErrorReply && UNAVAILABLE.test(reply.text);
}

function codesOf(reply: ServerReply, { dumps }: Server): readonly string[] {
  if (reply instanceof ErrorReply) throw new Error(reply.text);
  return dumps.restoreFunctions(Buffer.from(String(reply), "latin1"));
}
