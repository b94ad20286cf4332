import { assertEquals } from "@std/assert";
import { property, type TestRandom } from "../helpers/seeded.ts";
import { decodeInPieces } from "../protocol/decoded.ts";
import { requestStreams } from "../protocol/request_streams.ts";

/** Streams short enough to be cut everywhere. */
const short = requestStreams.filter(({ bytes }) => bytes.length < 2000);

Deno.test("Every stream cut at any one byte, or at all, decodes as in one piece", () => {
  for (const { name, bytes, unauthenticated } of short) {
    const options = { unauthenticated: unauthenticated ?? false };
    const whole = decodeInPieces(bytes, [], options);
    for (let cut = 0; cut <= bytes.length; cut++) {
      assertEquals(decodeInPieces(bytes, [cut], options), whole, name);
    }
    const everywhere = [...bytes].map((_, at) => at);
    assertEquals(decodeInPieces(bytes, everywhere, options), whole, name);
  }
});

property("A random stream decodes alike in any pieces", (random) => {
  const stream = randomStream(random);
  const whole = decodeInPieces(stream, []);
  for (let i = 0; i < 10; i++) {
    const cuts = random.list(
      random.between(1, 20),
      () => random.between(0, stream.length),
    ).toSorted((a, b) => a - b);
    assertEquals(decodeInPieces(stream, cuts), whole);
  }
});

property("What was encoded is what is decoded", (random) => {
  const requests = random.list(
    random.between(1, 30),
    () => random.list(random.between(1, 12), () => argument(random)),
  );
  const stream = requests.map(encoded).join("");
  const decoded = decodeInPieces(stream, [random.below(stream.length)]);
  assertEquals(decoded, { requests, error: undefined, rest: 0 });
});

function argument(random: TestRandom): string {
  const longest = random.pick([3, 20, 120, 120, 9000]);
  return random.bytes(random.between(0, longest));
}

function encoded(request: readonly string[]): string {
  const bulks = request.map((each) => `$${each.length}\r\n${each}\r\n`);
  return `*${request.length}\r\n${bulks.join("")}`;
}

/** Requests of both forms, some of them spoilt. */
function randomStream(random: TestRandom): string {
  const parts = random.list(random.between(1, 40), () => {
    if (random.chance(0.3)) {
      return random.text(random.below(30), `ab "'\\x41\t`) +
        random.pick(["\n", "\r\n"]);
    }
    const request = random.list(random.between(1, 5), () => argument(random));
    return encoded(request);
  });
  let stream = parts.join("");
  if (random.chance(0.5)) {
    const at = random.below(stream.length);
    const damage = random.pick(["", random.bytes(1), "\r\n", "$", "*", "\0"]);
    stream = stream.slice(0, at) + damage + stream.slice(at + 1);
  }
  return stream;
}
