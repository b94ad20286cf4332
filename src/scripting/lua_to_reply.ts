import type { ReplyWriter } from "../protocol/reply.ts";
import { type LuaMemory, LuaType } from "./lua_state.ts";

/** Values that a call of a C function may have on the stack; Redis converts results on it. */
const MAX_STACK = 8000;
/** The place of the result on it, and how many places more writing a value may take. */
const RESULT_HEIGHT = 2, NEEDED = 4;
const FORMAT_LENGTH = 3;
const STACK_LIMIT = "ERR reached lua stack limit";

/** The strings by which tables are told apart, as Lua holds them. */
export type FieldNames = Readonly<
  Record<
    | "err"
    | "ok"
    | "double"
    | "big_number"
    | "verbatim_string"
    | "format"
    | "string"
    | "map"
    | "set"
    | "ignore_error_stats_update"
    | "source"
    | "line",
    number
  >
>;

/** What of a script decides how its results are written. */
export interface ReplyContext {
  readonly memory: LuaMemory;
  readonly fieldNames: FieldNames;
  /** Whether the script has chosen RESP3, where booleans are themselves. */
  readonly booleans: boolean;
  /** Writes an error, and counts it unless it has been. */
  readonly error: (line: string, counted: boolean) => void;
}

/**
 * Writes a Lua value as a reply. Tables in tables are kept on a stack of our own,
 * since scripts may return thousands of them in each other.
 */
export function writeValue(
  context: ReplyContext,
  reply: ReplyWriter,
  value: number,
): void {
  const { memory } = context;
  if (memory.type(value) !== LuaType.table) {
    return writeScalar(context, reply, value);
  }
  const table = memory.object(value);
  const count = memory.hasNoFields(table) ? countScalars(memory, table) : -1;
  if (count < 0) return new ValueWriter(context, reply).write(value);
  reply.array(count);
  for (let i = 1; i <= count; i++) {
    writeScalar(context, reply, memory.item(table, i));
  }
}

/** Returns how many items a table has, or -1 when some of them are tables. */
function countScalars(memory: LuaMemory, table: number): number {
  for (let count = 0;; count++) {
    const value = memory.item(table, count + 1);
    if (isNil(memory, value)) return count;
    if (memory.type(value) === LuaType.table) return -1;
  }
}

/** Writes a value that is no table. */
function writeScalar(
  { booleans, memory }: ReplyContext,
  reply: ReplyWriter,
  value: number,
): void {
  switch (memory.type(value)) {
    case LuaType.string: {
      const string = memory.object(value);
      const begin = memory.stringBegin(string);
      const end = begin + memory.stringLength(string);
      return reply.bulkRange(memory.range(begin, end));
    }
    case LuaType.number:
      return reply.integer(toInt64(memory.number(value)));
    case LuaType.boolean: {
      const yes = memory.boolean(value);
      if (booleans) return reply.boolean(yes);
      return yes ? reply.integer(1) : reply.null();
    }
    default:
      return reply.null();
  }
}

/** A table whose elements are being written. */
interface Container {
  /** Address of a table whose items are written, or the elements: addresses of values, and indexes as negative numbers. */
  readonly elements: number | readonly number[];
  readonly count: number;
  /** The places that its elements have on Redis's Lua stack, which limits how deep tables may lie in each other; they take turns. */
  readonly heights: readonly [number, number];
  written: number;
}

class ValueWriter {
  readonly #context: ReplyContext;
  readonly #reply: ReplyWriter;
  readonly #open: Container[] = [];

  constructor(context: ReplyContext, reply: ReplyWriter) {
    this.#context = context;
    this.#reply = reply;
  }

  write(value: number): void {
    const { memory } = this.#context;
    this.#value(value, RESULT_HEIGHT);
    for (;;) {
      const container = this.#open.at(-1);
      if (container === undefined) return;
      if (container.written === container.count) {
        this.#open.pop();
        continue;
      }
      const i = container.written++;
      const { elements } = container;
      const element = typeof elements === "number"
        ? memory.item(elements, i + 1)
        : elements[i]!;
      if (element < 0) this.#reply.integer(-element);
      else this.#value(element, container.heights[i & 1]!);
    }
  }

  /** Writes a value, or opens it if it is a table. */
  #value(value: number, height: number): void {
    const context = this.#context;
    const { memory } = context;
    if (height + NEEDED > MAX_STACK) return context.error(STACK_LIMIT, false);
    if (memory.type(value) === LuaType.table) {
      this.#table(memory.object(value), height);
    } else writeScalar(context, this.#reply, value);
  }

  #table(table: number, height: number): void {
    const { memory } = this.#context;
    if (!memory.hasNoFields(table) && this.#named(table, height)) return;
    let count = 0;
    while (!isNil(memory, memory.item(table, count + 1))) count++;
    this.#reply.array(count);
    this.#enter(table, count, [height + 1, height + 1]);
  }

  #enter(
    elements: Container["elements"],
    count: number,
    heights: Container["heights"],
  ): void {
    this.#open.push({ elements, count, heights, written: 0 });
  }

  /** Writes a table that stands for something else than an array; returns whether it does. */
  #named(table: number, height: number): boolean {
    const { memory } = this.#context;
    const reply = this.#reply;
    const error = this.#field(table, "err", LuaType.string);
    if (error !== undefined) {
      const ignored = this.#field(
        table,
        "ignore_error_stats_update",
        LuaType.boolean,
      );
      const counted = ignored !== undefined && memory.boolean(ignored);
      this.#context.error(this.#text(error), counted);
      return true;
    }
    const status = this.#field(table, "ok", LuaType.string);
    if (status !== undefined) {
      reply.status(this.#text(status).replace(/[\r\n]/g, " "));
      return true;
    }
    const double = this.#field(table, "double", LuaType.number);
    if (double !== undefined) {
      reply.doubleText(memory.numberText(double));
      return true;
    }
    const big = this.#field(table, "big_number", LuaType.string);
    if (big !== undefined) {
      const digits = memory.string(memory.object(big));
      reply.bigNumber(digits.replace(/[\r\n]/g, " "));
      return true;
    }
    const verbatim = this.#field(table, "verbatim_string", LuaType.table);
    if (verbatim !== undefined && this.#verbatim(memory.object(verbatim))) {
      return true;
    }
    const map = this.#field(table, "map", LuaType.table);
    if (map !== undefined) {
      const entries: number[] = [];
      memory.entries(
        memory.object(map),
        (value, key) => entries.push(key, value),
      );
      reply.map(entries.length / 2);
      this.#enter(entries, entries.length, [height + 4, height + 3]);
      return true;
    }
    const set = this.#field(table, "set", LuaType.table);
    if (set === undefined) return false;
    const keys: number[] = [];
    memory.entries(memory.object(set), (_, key) => keys.push(key));
    reply.set(keys.length);
    this.#enter(keys, keys.length, [height + 3, height + 3]);
    return true;
  }

  #verbatim(table: number): boolean {
    const { memory } = this.#context;
    const format = this.#field(table, "format", LuaType.string);
    const string = this.#field(table, "string", LuaType.string);
    if (format === undefined || string === undefined) return false;
    this.#reply.verbatim(
      this.#text(format).padEnd(FORMAT_LENGTH).slice(0, FORMAT_LENGTH),
      memory.string(memory.object(string)),
    );
    return true;
  }

  #field(
    table: number,
    name: keyof FieldNames,
    type: number,
  ): number | undefined {
    const { fieldNames: names, memory } = this.#context;
    const value = memory.field(table, names[name]);
    return value !== 0 && memory.type(value) === type ? value : undefined;
  }

  #text(value: number): string {
    const { memory } = this.#context;
    return memory.text(memory.object(value));
  }
}

function isNil(memory: LuaMemory, value: number): boolean {
  return value === 0 || memory.type(value) === LuaType.nil;
}

/** Converts as C does on the machines that Redis runs on: towards zero, and what is out of range to the smallest integer. */
function toInt64(n: number): number | bigint {
  const whole = Math.trunc(n);
  if (Number.isSafeInteger(whole)) return whole === 0 ? 0 : whole;
  if (!(Math.abs(whole) < 2 ** 63)) return -(2n ** 63n);
  return BigInt(whole);
}
