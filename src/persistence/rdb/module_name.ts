import type { UInt64 } from "../../store/values/stream_id.ts";

/** Nine characters of six bits each stand above ten bits of version. */
const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LENGTH = 9;
const VERSION_BITS = 10n;

/** Returns the name of the module type that the number in front of its data stands for. */
export function moduleNameOf(id: UInt64): string {
  let rest = BigInt(id) >> VERSION_BITS;
  let name = "";
  for (let i = 0; i < LENGTH; i++) {
    name = ALPHABET[Number(rest & 63n)]! + name;
    rest >>= 6n;
  }
  return name;
}
