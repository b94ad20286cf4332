import { assertEquals } from "@std/assert";
import { Backlog } from "../../../src/server/replication/backlog.ts";
import { property } from "../../helpers/seeded.ts";

property(
  "a backlog holds the last bytes of the stream, whatever their pieces",
  (random) => {
    const bytes = random.list(500, () => random.below(256));
    const size = random.between(1, 100);
    let backlog = new Backlog(size, 1);
    let room = size;
    for (let at = 0; at < bytes.length;) {
      const to = Math.min(bytes.length, at + random.between(0, 150));
      backlog.append(new Uint8Array(bytes.slice(at, to)));
      at = to;
      room = Math.max(room, backlog.size);
      const first = backlog.first;
      assertEquals(first + backlog.length, at + 1);
      const offset = random.between(first, at + 1);
      assertEquals([...backlog.from(offset)!], bytes.slice(offset - 1, at));
      assertEquals(backlog.from(first - 1), undefined);
      assertEquals(backlog.from(at + 2), undefined);
      if (random.chance(0.1)) backlog = backlog.resized(random.between(1, 100));
    }
  },
);
