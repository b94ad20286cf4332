import { parseInt64 } from "../../protocol/integer.ts";
import type { StringValue } from "./value.ts";

const LONGEST_INT = 20;
/** What fits with its headers into 64 bytes, which Redis allocates at once. */
const LONGEST_EMBEDDED = 44;

/** Returns what OBJECT ENCODING calls a string: by what it holds, or `raw` once it was edited in place. */
export function stringEncoding(value: StringValue): "int" | "embstr" | "raw" {
  if (typeof value !== "string") return value.encoding;
  if (value.length <= LONGEST_INT && parseInt64(value) !== undefined) {
    return "int";
  }
  return value.length <= LONGEST_EMBEDDED ? "embstr" : "raw";
}
