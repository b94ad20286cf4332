import { findRealRedis, sharedRealRedis } from "../helpers/real_redis.ts";
import { Arena } from "./arena.ts";
import { fuzz } from "./fuzz.ts";

/** Commands with every one of ours checked against the rules of the store, and without. */
const STRICT = 3_000;
const PLAIN = 30_000;

for (const [commands, strict] of [[STRICT, true], [PLAIN, false]] as const) {
  Deno.test({
    name: `${commands} random commands of the whole table${
      strict ? ", each looked at closely," : ""
    } leave redis-server and this one alike`,
    ignore: findRealRedis() === undefined,
    // The real server is started by whichever test needs it first and stays.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const { port } = (await sharedRealRedis())!;
      const chosen = Deno.env.get("REDIS_LITE_SEED");
      const seed = chosen === undefined
        ? crypto.getRandomValues(new Uint32Array(1))[0]!
        : Number(chosen);
      const reports: string[] = [];
      const { findings } = await fuzz(new Arena(port, strict), {
        seed,
        commands,
        mostFindings: 1,
        report: (text) => reports.push(text),
      });
      if (findings > 0) throw new Error(reports.join("\n"));
    },
  });
}
