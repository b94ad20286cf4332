import type { Transport } from "./client.ts";

/**
 * Replies that wait until what they tell of has been logged or, with `appendfsync
 * always`, is on the disk.
 *
 * While `pending`, nothing leaves but what was released. A commit takes the
 * marks of all who wait before it begins, and releases up to those when it has
 * succeeded: one flush of the disk serves all clients that came in time for it,
 * and none of them, readers included, is shown what could still be lost.
 */
export class Commits {
  /** Whether there is anything that is not where it has to be yet. */
  pending = false;
  #waiting = new Set<Transport>();

  /** Notes that a transport has output that may not leave yet. */
  hold(transport: Transport): void {
    this.#waiting.add(transport);
  }

  /** Returns who waits, and up to where of each one's output the commit that begins now will cover. */
  marks(): ReadonlyMap<Transport, number> {
    const marks = new Map<Transport, number>();
    for (const transport of this.#waiting) {
      marks.set(transport, transport.outputMark);
    }
    this.#waiting = new Set();
    return marks;
  }

  /** Lets the output up to these marks leave. */
  release(marks: ReadonlyMap<Transport, number>): void {
    for (const [transport, mark] of marks) transport.release(mark);
  }

  /** Lets everything leave: all is where it has to be. */
  end(): void {
    this.pending = false;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const transport of waiting) transport.flush();
  }

  /** Closes the connections of those who wait: whether what they sent will last nobody can tell them. */
  fail(marks: ReadonlyMap<Transport, number>): void {
    const waiting = [...marks.keys(), ...this.#waiting];
    this.#waiting = new Set();
    for (const transport of waiting) transport.close();
  }
}
