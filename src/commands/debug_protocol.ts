import { commandError } from "../protocol/command_error.ts";
import type { ReplyWriter } from "../protocol/reply.ts";
import type { Call } from "../server/command.ts";

const NO_PUSH = commandError("RESP2 is not supported by this command");
const UNKNOWN_TYPE = commandError(
  "Wrong protocol type name. Please use one of the following: " +
    "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
);

/** DEBUG PROTOCOL: a reply of each type, for the tests of clients. */
export function protocolSample({ args, reply }: Call): void {
  const name = args.string(2).toLowerCase();
  const sample = SAMPLES.get(name);
  if (sample === undefined) throw UNKNOWN_TYPE;
  sample(reply);
}

const SAMPLES: ReadonlyMap<string, (reply: ReplyWriter) => void> = new Map(
  [
    ["string", (reply) => reply.bulk("Hello World")],
    ["integer", (reply) => reply.integer(12345)],
    ["double", (reply) => reply.double(3.141)],
    [
      "bignum",
      (reply) => reply.bigNumber("1234567999999999999999999999999999999"),
    ],
    ["null", (reply) => reply.null()],
    ["array", (reply) => {
      reply.array(3);
      for (let i = 0; i < 3; i++) reply.integer(i);
    }],
    ["set", (reply) => {
      reply.set(3);
      for (let i = 0; i < 3; i++) reply.integer(i);
    }],
    ["map", (reply) => {
      reply.map(3);
      for (let i = 0; i < 3; i++) {
        reply.integer(i);
        reply.boolean(i === 1);
      }
    }],
    ["attrib", (reply) => {
      if (reply.attribute(1)) {
        reply.bulk("key-popularity");
        reply.array(2);
        reply.bulk("key:123");
        reply.integer(90);
      }
      reply.bulk("Some real reply following the attribute");
    }],
    ["push", (reply) => {
      if (!reply.hasPushes) throw NO_PUSH;
      reply.push(2);
      reply.bulk("server-cpu-usage");
      reply.integer(42);
      reply.bulk("Some real reply following the push reply");
    }],
    [
      "verbatim",
      (reply) => reply.verbatim("txt", "This is a verbatim\nstring"),
    ],
    ["true", (reply) => reply.boolean(true)],
    ["false", (reply) => reply.boolean(false)],
  ] satisfies [string, (reply: ReplyWriter) => void][],
);
