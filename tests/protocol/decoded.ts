import { Buffer } from "node:buffer";
import { ProtocolError } from "../../src/protocol/command_error.ts";
import { RequestDecoder } from "../../src/protocol/decoder.ts";

/** All that came out of a decoder. */
export interface Decoded {
  readonly requests: string[][];
  /** The error that ended it. */
  error: string | undefined;
  /** Bytes of a request that is not complete. */
  rest: number;
}

/** How a stream is decoded. */
export interface DecodeOptions {
  readonly maxBulkLength?: number;
  readonly unauthenticated?: boolean;
}

export function newDecoder(
  { maxBulkLength = 512 * 1024 * 1024, unauthenticated = false }:
    DecodeOptions = {},
): RequestDecoder {
  const decoder = new RequestDecoder({ maxBulkLength });
  decoder.trusted = !unauthenticated;
  return decoder;
}

/** Decodes bytes that arrive in pieces which end at `cuts`; the requests of each piece are taken before the next comes. */
export function decodeInPieces(
  stream: string,
  cuts: readonly number[],
  options: DecodeOptions = {},
): Decoded {
  const decoder = newDecoder(options);
  const bytes = Buffer.from(stream, "latin1");
  const decoded: Decoded = { requests: [], error: undefined, rest: 0 };
  let from = 0;
  try {
    for (const cut of [...cuts, bytes.length]) {
      decoder.push(bytes.subarray(from, cut));
      from = cut;
      while (decoder.next()) decoded.requests.push(decoder.args.strings(0));
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    decoded.error = error.message.replace("Protocol error: ", "");
  }
  decoded.rest = decoded.error === undefined ? decoder.buffered : 0;
  return decoded;
}
