import { Args } from "../protocol/args.ts";
import { ByteBlock, copyBytes } from "../protocol/byte_block.ts";
import type { Command } from "./command_table.ts";

/** Bytes of the first block of a queue; each that follows is twice as large as the one before, up to the largest. */
const SMALLEST_BLOCK = 512;
const LARGEST_BLOCK = 64 * 1024;
/** Of a queue that was emptied, no more bytes, words and commands than these stay allocated. */
const KEPT_BYTES = 16 * 1024;
const KEPT_WORDS = 1024;
const KEPT_COMMANDS = 256;
/** Bytes that a command takes beside its words, and a word beside its own. */
const COMMAND = 24;
const WORD = 8;

/**
 * Commands that wait to be run one after the other. Their words lie behind each
 * other in a block, which is used again, and one instance of arguments is pointed
 * at each command in turn: arguments of its own would cost a short command more
 * than it takes to run. A command lies in one block whole; what a block has no
 * room for begins another, so that nothing moves, and offsets stay small.
 */
export class CommandQueue {
  /** Number of commands. */
  length = 0;
  /** The arguments of the command that was pointed at last. */
  readonly args = new Args();
  /** The block that commands are added to. */
  #block = ByteBlock.ofSize(SMALLEST_BLOCK);
  /** Bytes of it that are in use. */
  #used = 0;
  /** Bytes of all blocks. */
  #bytes = SMALLEST_BLOCK;
  /** Where in its block each word of each command begins and ends; the bytes are not of interest. */
  readonly #words = new Args();
  /** The commands, up to `length`: what lies behind is left over. */
  #commands: Command[] = [];
  /** In which block each command lies. */
  #blocks: ByteBlock[] = [];
  /** Number of words up to, and with, each command. */
  #wordsUpTo: number[] = [];

  /** Bytes that the queue takes. */
  get capacity(): number {
    const words = this.#words.starts.length + this.args.starts.length;
    return this.#bytes + words * WORD + this.#commands.length * COMMAND;
  }

  /** Appends a command with its arguments, which are copied. */
  add(command: Command, args: Args): void {
    const { starts, ends, length } = args;
    const from = starts[0]!;
    // With what lies between the words: one copy takes less time than one of each.
    const size = ends[length - 1]! - from;
    if (this.#used + size > this.#block.length) this.#beginBlock(size);
    copyBytes(args.range(0).block, from, this.#block, this.#used, size);
    const distance = this.#used - from;
    for (let i = 0; i < length; i++) {
      this.#words.push(starts[i]! + distance, ends[i]! + distance);
    }
    this.#used += size;
    this.#commands[this.length] = command;
    this.#blocks[this.length] = this.#block;
    this.#wordsUpTo[this.length++] = this.#words.length;
  }

  /** Points `args` at the arguments of command `i`, and returns the command. */
  point(i: number): Command {
    const { args } = this;
    const { starts, ends } = this.#words;
    const end = this.#wordsUpTo[i]!;
    args.use(this.#blocks[i]!.bytes);
    args.length = 0;
    for (let word = i === 0 ? 0 : this.#wordsUpTo[i - 1]!; word < end; word++) {
      args.push(starts[word]!, ends[word]!);
    }
    return this.#commands[i]!;
  }

  /** Removes all commands, and gives back memory that few need. */
  clear(): void {
    if (this.#block.length > KEPT_BYTES) {
      this.#block = ByteBlock.ofSize(SMALLEST_BLOCK);
    }
    if (this.#commands.length > KEPT_COMMANDS) {
      this.#commands = [];
      this.#wordsUpTo = [];
      this.#blocks = [];
    }
    // What is left over must not hold other blocks.
    if (this.#bytes > this.#block.length) this.#blocks.length = 0;
    this.#bytes = this.#block.length;
    this.args.use(this.#block.bytes);
    this.args.trim(KEPT_WORDS);
    this.#words.trim(KEPT_WORDS);
    this.args.length =
      this.#words.length =
      this.length =
      this.#used =
        0;
  }

  #beginBlock(size: number): void {
    const usual = Math.min(this.#block.length * 2, LARGEST_BLOCK);
    this.#block = ByteBlock.ofSize(Math.max(usual, size));
    this.#bytes += this.#block.length;
    this.#used = 0;
  }
}
