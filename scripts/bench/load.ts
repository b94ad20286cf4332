import { run } from "../server_process.ts";

/** What a load stores: keys of 16 bytes, `key:000000000000` and on, the same that redis-benchmark asks for. */
export interface Load {
  readonly keys: number;
  readonly valueLength: number;
  /** Unix time in seconds at which all of them expire. */
  readonly expiresAt?: number;
}

const KEYS_PER_CHUNK = 5000;
const CHUNK_LENGTH = 256 * 1024;

function* commands(
  { keys, valueLength, expiresAt }: Load,
): Generator<Uint8Array> {
  const value = `$${valueLength}\r\n${"x".repeat(valueLength)}\r\n`;
  const head = `*${
    expiresAt === undefined ? 3 : 5
  }\r\n$3\r\nSET\r\n$16\r\nkey:`;
  const tail = expiresAt === undefined
    ? value
    : `${value}$4\r\nEXAT\r\n$${String(expiresAt).length}\r\n${expiresAt}\r\n`;
  const encoder = new TextEncoder();
  for (let from = 0; from < keys; from += KEYS_PER_CHUNK) {
    let chunk = "";
    const to = Math.min(keys, from + KEYS_PER_CHUNK);
    for (let key = from; key < to; key++) {
      chunk += `${head}${String(key).padStart(12, "0")}\r\n${tail}`;
    }
    yield encoder.encode(chunk);
  }
}

/** Stores the keys. */
export async function load(port: number, what: Load): Promise<void> {
  await pipe(port, commands(what));
}

/** Runs commands, of which there may be very many, each its words. */
export async function loadCommands(
  port: number,
  commands: Iterable<readonly string[]>,
): Promise<void> {
  await pipe(port, encoded(commands));
}

/** `count` commands, one for each number from 0. */
export function* numbered(
  count: number,
  make: (number: number) => readonly string[],
): Generator<readonly string[]> {
  for (let i = 0; i < count; i++) yield make(i);
}

function* encoded(
  commands: Iterable<readonly string[]>,
): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let chunk = "";
  for (const words of commands) {
    chunk += `*${words.length}\r\n`;
    for (const word of words) chunk += `$${word.length}\r\n${word}\r\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield encoder.encode(chunk);
    chunk = "";
  }
  yield encoder.encode(chunk);
}

/** Sends requests, encoded in any portions, through `redis-cli --pipe`; an error reply is an error. */
export async function pipe(
  port: number,
  requests: Iterable<Uint8Array>,
): Promise<void> {
  const child = new Deno.Command("redis-cli", {
    args: ["-p", String(port), "--pipe"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const [{ success, stdout }] = await Promise.all([
    child.output(),
    ReadableStream.from(requests).pipeTo(child.stdin),
  ]);
  if (!success) {
    throw new Error(`Loading failed: ${new TextDecoder().decode(stdout)}`);
  }
}

/** Sends one command through redis-cli. */
export async function command(port: number, ...words: string[]): Promise<void> {
  const { code, stderr } = await run(
    ["redis-cli", "-e", "-p", String(port), ...words],
  );
  if (code !== 0) {
    throw new Error(`${words.join(" ")} failed: ${stderr.trim()}`);
  }
}
