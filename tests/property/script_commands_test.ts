import { comparison } from "../fuzz/comparison.ts";
import { randomScript } from "../helpers/random_script.ts";

comparison(
  "random scripts get the replies of redis-server",
  (random) => ({
    lines: random.list(300, () => [
      "EVAL",
      randomScript(random, { anything: false }),
      1,
      "k",
      "a1",
      "2",
    ]),
  }),
);
