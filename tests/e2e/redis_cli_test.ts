import { testOnBoth } from "../helpers/both_servers.ts";
import { until } from "../helpers/event_loop.ts";
import { RespClient } from "../helpers/resp_client.ts";

/** Redis-cli as a person at a terminal has it. */
class Terminal {
  readonly #process: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #screen = "";

  constructor(port: number) {
    this.#process = new Deno.Command("script", {
      args: [
        "-qec",
        // A terminal that does not know its width is asked for it, and would have to answer.
        `stty cols 200 rows 50; exec redis-cli -p ${port}`,
        "/dev/null",
      ],
      env: { TERM: "xterm", REDISCLI_HISTFILE: "/dev/null" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#keyboard = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Types, and waits for what is to be seen next. Control sequences of the terminal are left out. */
  async type(keys: string, expected: string): Promise<void> {
    if (keys !== "") {
      this.#screen = "";
      await this.#keyboard.write(new TextEncoder().encode(keys));
    }
    try {
      await until("it is seen", () => this.#screen.includes(expected), 20_000);
    } catch {
      throw new Error(`No "${expected}" in: ${this.#screen}`);
    }
  }

  /** Takes the terminal away, which ends what runs in it. */
  async close(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#reading;
    await this.#keyboard.close().catch(() => {});
  }

  async #read(): Promise<void> {
    const parts = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const part of parts) {
      // deno-lint-ignore no-control-regex
      this.#screen += part.replaceAll(/\x1b\[[\d;]*[A-Za-z]|\r/g, "");
    }
  }
}

testOnBoth(
  "redis-cli at a terminal hints, completes, helps, and shows replies",
  async (port, stack) => {
    const terminal = new Terminal(port);
    stack.defer(() => terminal.close());
    const prompt = `127.0.0.1:${port}`;
    await terminal.type("", `${prompt}> `);
    await terminal.type(
      "set k ",
      "set k value [NX|XX] [GET] [EX seconds|PX milliseconds|" +
        "EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]",
    );
    await terminal.type("v\r", `\nOK\n${prompt}> `);
    await terminal.type("hgetall", "hgetall key");
    await terminal.type(" h\r", `\n(empty array)\n${prompt}> `);
    await terminal.type(
      "zrangebys\t",
      "ZRANGEBYSCORE key min max [WITHSCORES]",
    );
    await terminal.type(
      " k 0 1\r",
      "\n(error) WRONGTYPE Operation against a key holding the wrong kind of value\n",
    );
    await terminal.type(
      "help lpos\r",
      "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]\n",
    );
    await terminal.type("multi\r", `\nOK\n${prompt}(TX)> `);
    await terminal.type("get k\r", `\nQUEUED\n${prompt}(TX)> `);
    await terminal.type("exec\r", `\n1) "v"\n${prompt}> `);
    await terminal.type("select 3\r", `\nOK\n${prompt}[3]> `);
    await terminal.type("hello 3\r", '3# "proto" => (integer) 3\n');
    await terminal.type("rpush q a\r", "\n(integer) 1\n");
    await terminal.type("subscribe news\r", "3) (integer) 1\n");
    await using publisher = await RespClient.connect(port);
    await publisher.call("PUBLISH", "news", "hello");
    await terminal.type("", '3) "hello"\n');
    await terminal.type("\x03", `${prompt}[3]> `);
  },
  lackingTerminal(),
);

/** What is missing for a redis-cli at a terminal. */
function lackingTerminal(): string | undefined {
  if (Deno.build.os !== "linux") return "script of util-linux";
  for (const command of ["script", "redis-cli"]) {
    try {
      new Deno.Command(command, { args: ["--version"] }).outputSync();
    } catch {
      return command;
    }
  }
  return undefined;
}
