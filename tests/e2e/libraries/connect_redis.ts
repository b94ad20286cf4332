/** Connect-redis, which keeps the sessions of express-session. */
import { assert, assertEquals } from "@std/assert";
import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { testOnBoth } from "../../helpers/both_servers.ts";
import { connectNodeRedis, load } from "../../helpers/library.ts";

/** What the tests use of connect-redis. */
interface Store {
  get(id: string): Promise<Session | null>;
  set(id: string, session: Session): Promise<unknown>;
  touch(id: string, session: Session): Promise<unknown>;
  destroy(id: string): Promise<unknown>;
  all(): Promise<Session[]>;
  ids(): Promise<string[]>;
  length(): Promise<number>;
  clear(): Promise<unknown>;
}

interface Session {
  readonly visits: number;
  readonly cookie?: { readonly expires: Date };
}

interface Client {
  ttl(key: string): Promise<number>;
}

type Middleware = (
  request: unknown,
  response: ServerResponse,
  next: () => void,
) => void;

async function openStore(client: Client): Promise<Store> {
  const { RedisStore } = await load<
    { RedisStore: new (options: object) => Store }
  >("npm:connect-redis@10.0.0");
  return new RedisStore({ client });
}

testOnBoth(
  "connect-redis keeps, lists, prolongs and forgets sessions",
  async (port, stack) => {
    const client = await connectNodeRedis<Client>("6.3.1", port, stack);
    const store = await openStore(client);
    assertEquals(await store.get("a"), null);
    await store.set("a", { visits: 1 });
    assertEquals(await client.ttl("sess:a"), 86_400);
    const cookie = { expires: new Date(Date.now() + 60_000) };
    await store.touch("a", { visits: 1, cookie });
    assert(await client.ttl("sess:a") <= 60);
    for (let n = 0; n < 300; n++) await store.set(`many ${n}`, { visits: n });
    assertEquals(await store.length(), 301);
    assertEquals(new Set(await store.ids()).size, 301);
    const visits = (await store.all()).map((session) => session.visits);
    assertEquals(visits.reduce((a, b) => a + b), 1 + 299 * 150);
    await store.destroy("a");
    assertEquals(await store.get("a"), null);
    await store.clear();
    assertEquals(await store.ids(), []);
  },
);

testOnBoth(
  "connect-redis knows a browser again by its cookie",
  async (port, stack) => {
    const client = await connectNodeRedis<Client>("6.3.1", port, stack);
    const { default: session } = await load<
      { default: (options: object) => Middleware }
    >("npm:express-session@1.19.0");
    const middleware = session({
      store: await openStore(client),
      resave: false,
      saveUninitialized: false,
      secret: "keyboard cat",
    });
    const server = createServer((request, response) =>
      middleware(request, response, () => {
        const { session } = request as unknown as { session: { n?: number } };
        session.n = (session.n ?? 0) + 1;
        response.end(String(session.n));
      })
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.defer(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const first = await fetch(url);
    assertEquals(await first.text(), "1");
    const cookie = first.headers.get("set-cookie")?.split(";")[0] ?? "";
    for (const expected of ["2", "3"]) {
      assertEquals(
        await (await fetch(url, { headers: { cookie } })).text(),
        expected,
      );
    }
    assertEquals(await (await fetch(url)).text(), "1");
  },
);
