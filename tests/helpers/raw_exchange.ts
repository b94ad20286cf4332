import { Buffer } from "node:buffer";
import { patiently } from "./event_loop.ts";

/** Sends bytes, ends its direction, and returns all that comes before the server closes, as a byte string. */
export async function rawExchange(
  port: number,
  request: string,
): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const sent = send(conn, Buffer.from(request, "latin1"));
  const received = await patiently("the server to close", readAll(conn));
  await sent;
  return received;
}

async function send(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) {
      at += await conn.write(bytes.subarray(at));
    }
    await conn.closeWrite();
  } catch {
    // The server may close before it has read everything.
  }
}

async function readAll(conn: Deno.Conn): Promise<string> {
  const portion = Buffer.alloc(64 * 1024);
  let received = "";
  try {
    for (;;) {
      const n = await conn.read(portion);
      if (n === null) return received;
      received += portion.toString("latin1", 0, n);
    }
  } catch {
    return received;
  }
}
