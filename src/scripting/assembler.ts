/** Writes WebAssembly: as much of it as the functions need that are assembled at run time. */
import { unsigned } from "./engine_file.ts";

export const I32 = 0x7f;
/** The type of a block that leaves nothing. */
export const NOTHING = 0x40;
/** What may be imported and exported. */
export const Kind = { function: 0, table: 1, memory: 2, tag: 4 } as const;

/** Makes a module of its sections. */
export function assemble(...sections: number[][]): WebAssembly.Module {
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  return new WebAssembly.Module(
    Uint8Array.from([...header, ...sections.flat()]),
  );
}

/** A section: how many entries it has, and the entries. */
export function section(id: number, entries: readonly number[][]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

/** The section of the types of functions. */
export function types(
  ...signatures: readonly (readonly [
    parameters: readonly number[],
    results: readonly number[],
  ])[]
): number[] {
  return section(
    1,
    signatures.map(([parameters, results]) => [
      0x60,
      ...unsigned(parameters.length),
      ...parameters,
      ...unsigned(results.length),
      ...results,
    ]),
  );
}

/** A function's code, with so many local variables behind its parameters. */
export function body(locals: number, code: readonly number[]): number[] {
  const declared = locals > 0 ? [1, ...unsigned(locals), I32] : [0];
  const content = [...declared, ...code, 0x0b];
  return [...unsigned(content.length), ...content];
}

/** Pushes a local variable. */
export function get(local: number): number[] {
  return [0x20, local];
}

/** Pops a local variable. */
export function set(local: number): number[] {
  return [0x21, local];
}

/** Pops a local variable and pushes it again. */
export function tee(local: number): number[] {
  return [0x22, local];
}

/** A constant of 32 bits. */
export function i32(n: number): number[] {
  const bytes = [0x41];
  for (;; n >>= 7) {
    if (n >= -64 && n < 64) return [...bytes, n & 127];
    bytes.push(n & 127 | 128);
  }
}

/** Pops an address and pushes the word there, so many bytes further on. */
export function load(offset: number): number[] {
  return [0x28, 2, ...unsigned(offset)];
}

/** Pops a word and an address, and stores it there, so many bytes further on. */
export function store(offset: number): number[] {
  return [0x36, 2, ...unsigned(offset)];
}

/** Pops a byte and an address, and stores it. */
export function storeByte(): number[] {
  return [0x3a, 0, 0];
}
