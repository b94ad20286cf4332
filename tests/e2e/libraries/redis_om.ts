/** Redis OM with hashes, which needs no module of Redis as long as nothing is searched; it brings node-redis 4. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { connectNodeRedis, load } from "../../helpers/library.ts";

/** What the tests use of Redis OM. */
interface Module {
  Schema: new (name: string, fields: object, options: object) => object;
  Repository: new (schema: object, client: object) => Repository;
  EntityId: symbol;
}

interface Repository {
  save(entity: Entity): Promise<Entity>;
  save(id: string, entity: Entity): Promise<Entity>;
  fetch(id: string): Promise<Entity>;
  remove(id: string): Promise<void>;
  expire(id: string, seconds: number): Promise<void>;
  createIndex(): Promise<void>;
}

interface Entity {
  [name: string | symbol]: unknown;
}

testOnBoth(
  "Redis OM saves, fetches, changes and removes entities",
  async (port, stack) => {
    const client = await connectNodeRedis<
      { ttl(key: string): Promise<number> }
    >("4.7.1", port, stack);
    const { Schema, Repository, EntityId } = await load<Module>(
      "npm:redis-om@0.4.7",
    );
    const schema = new Schema("album", {
      title: { type: "text" },
      year: { type: "number" },
      live: { type: "boolean" },
      recorded: { type: "date" },
      place: { type: "point" },
      genres: { type: "string[]" },
    }, { dataStructure: "HASH" });
    const albums = new Repository(schema, client);
    const album = {
      title: "Mütter",
      year: 2001,
      live: false,
      recorded: new Date(1_000_000_000_000),
      place: { longitude: 12.34, latitude: 56.78 },
      genres: ["rock", "metal"],
    };
    const saved = await albums.save(album);
    const id = saved[EntityId] as string;
    const fetched = await albums.fetch(id);
    // Without the symbols that tell where it came from.
    assertEquals(Object.fromEntries(Object.entries(fetched)), album);
    fetched.year = 2002;
    delete fetched.live;
    await albums.save(fetched);
    const changed = await albums.fetch(id);
    assertEquals([changed.year, changed.live], [2002, undefined]);
    await albums.save("named", { title: "x" });
    await albums.expire("named", 60);
    assert(await client.ttl("album:named") > 50);
    await albums.remove(id);
    assertEquals((await albums.fetch(id)).title, undefined);
    await assertRejects(() => albums.createIndex(), Error, "unknown command");
  },
);
