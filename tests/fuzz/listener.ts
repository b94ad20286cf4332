/** What the two servers tell a client of theirs that only listens. */
import type { Server } from "../../src/server/server.ts";
import { formatReply, type Reply } from "../helpers/reply.ts";
import { ReplyParser } from "../helpers/reply_parser.ts";
import { textsOf } from "./equivalence.ts";
import { InsideClient } from "./inside_client.ts";
import type { Said } from "./run.ts";
import { type Line, request, WireClient } from "./wire.ts";

/** What is listened to. */
export type Subject = "notifications" | "invalidations" | "broadcasts";

/** A client of each server that has subscribed to something. */
export class Listener implements Disposable {
  /** Ids by which the two can be named as whom CLIENT TRACKING redirects to. */
  readonly ids: Said;
  readonly #ours: InsideClient;
  readonly #theirs: WireClient;
  readonly #subject: Subject;
  #times = 0;

  private constructor(
    subject: Subject,
    ours: InsideClient,
    theirs: WireClient,
    ids: Said,
  ) {
    this.#subject = subject;
    this.#ours = ours;
    this.#theirs = theirs;
    this.ids = ids;
  }

  static async start(
    subject: Subject,
    server: Server,
    port: number,
  ): Promise<Listener> {
    const theirs = await WireClient.connect(port);
    const ours = new InsideClient(server);
    const lines: Line[] = [
      ["CLIENT", "ID"],
      subject === "notifications"
        ? ["PSUBSCRIBE", "__key*__:*"]
        : ["SUBSCRIBE", "__redis__:invalidate"],
    ];
    const [id] = await theirs.exchange(lines);
    const [ourId] = lines.map((line) => ours.ask(request(line)));
    return new Listener(subject, ours, theirs, {
      ours: ourId!.slice(1).trim(),
      theirs: id!.slice(1).trim(),
    });
  }

  /** Compares what the two have been told since the last time. */
  async compare(): Promise<Said | undefined> {
    const theirs = await this.#theirs.readUpTo(`heard ${this.#times++}`);
    const ours = this.#ours.take();
    if (ours === theirs) return undefined;
    return differentMessage(
      messagesOf(this.#subject, ours),
      messagesOf(this.#subject, theirs),
    );
  }

  [Symbol.dispose](): void {
    this.#theirs[Symbol.dispose]();
    this.#ours.close();
  }
}

/** The first message that differs, with its neighbours. */
function differentMessage(
  ours: readonly string[],
  theirs: readonly string[],
): Said | undefined {
  const at = ours.findIndex((each, i) => each !== theirs[i]);
  if (at < 0 && ours.length === theirs.length) return undefined;
  const first = Math.max(0, at < 0 ? ours.length - 1 : at - 1);
  const near = (messages: readonly string[]) =>
    messages.slice(first, first + 4).join("; ");
  return { ours: near(ours), theirs: near(theirs) };
}

function messagesOf(subject: Subject, raw: string): readonly string[] {
  const messages = [...new ReplyParser().feed(raw)].map(({ reply }) => reply);
  switch (subject) {
    case "notifications":
      return inOrder(messages);
    case "invalidations":
      return messages.map(formatReply);
    case "broadcasts":
      // How many go in one message depends on how much one read had.
      return [...new Set(messages.flatMap((each) => textsOf(each).slice(2)))]
        .sort();
  }
}

/** What is said of keys, in order; keys that are one after the other found missing or over may be so in any order: SORT and SCAN go through tables. */
function inOrder(messages: readonly Reply[]): string[] {
  const said: string[] = [];
  let gone: string[] = [];
  for (const message of messages) {
    const [, , channel = "", text = ""] = textsOf(message);
    const event = `${channel} ${text}`;
    if (/keymiss|expired/.test(event)) gone.push(event);
    else {
      said.push(...gone.sort(), event);
      gone = [];
    }
  }
  return [...said, ...gone.sort()];
}
