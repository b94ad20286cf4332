/** Bytes that are no RDB data, or none that can be taken here: says why. */
export class RdbError extends Error {
  override name = "RdbError";
}

/** The bytes end before the data does. */
export class RdbTruncated extends RdbError {
  override name = "RdbTruncated";

  constructor() {
    super("it ends in the middle");
  }
}
