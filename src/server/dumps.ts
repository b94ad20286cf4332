import type { Buffer } from "node:buffer";
import type { Config } from "../config/config.ts";
import {
  dumpFunctions,
  dumpValue,
  isDump,
  restoreFunctions,
  restoreValue,
} from "../persistence/rdb/dump.ts";
import { RdbError } from "../persistence/rdb/rdb_error.ts";
import { type RdbSettings, RdbWriter } from "../persistence/rdb/writer.ts";
import { commandError } from "../protocol/command_error.ts";
import type { Store } from "../store/store.ts";
import type { ReadonlyValue, Value } from "../store/values/value.ts";

const NO_DUMP = commandError("DUMP payload version or checksum are wrong");
const DAMAGED = commandError("Bad data format");

/** Values on their way to other servers and from them: what DUMP, RESTORE and MIGRATE share. */
export class Dumps {
  /** Whether the checksum of a payload is compared: DEBUG SET-SKIP-CHECKSUM-VALIDATION. */
  checksum = true;
  readonly #store: Store;
  readonly #writer: RdbWriter;

  constructor(config: Config, store: Store) {
    this.#store = store;
    this.#writer = new RdbWriter(rdbSettingsOf(config));
  }

  /** Returns a value as DUMP answers it: valid until the next one. */
  dump(value: ReadonlyValue): Buffer {
    return dumpValue(this.#writer, value);
  }

  /** Returns the code of libraries as FUNCTION DUMP answers it: valid until the next one. */
  dumpFunctions(codes: readonly string[]): Buffer {
    return dumpFunctions(this.#writer, codes);
  }

  /** Returns the code of the libraries in a payload. Throws a CommandError. */
  restoreFunctions(payload: Buffer): string[] {
    if (!isDump(payload, this.checksum)) throw NO_DUMP;
    try {
      return restoreFunctions(payload);
    } catch (error) {
      if (error instanceof RdbError) throw commandError(error.message);
      throw error;
    }
  }

  /** Returns the value of a payload. Throws a CommandError. */
  restore(payload: Buffer): Value {
    if (!isDump(payload, this.checksum)) throw NO_DUMP;
    try {
      return restoreValue(payload, this.#store.thresholds);
    } catch (error) {
      if (error instanceof RdbError) throw DAMAGED;
      throw error;
    }
  }
}

/** Returns what the configuration says about RDB data, which follows it. */
export function rdbSettingsOf({ values }: Config): RdbSettings {
  return {
    get compress() {
      return values.rdbcompression;
    },
    get listNodeSize() {
      return values["list-max-listpack-size"];
    },
  };
}
