/** A snapshot that cannot be taken as data: says where and why. It is left as it is. */
export class SnapshotError extends Error {
  override name = "SnapshotError";
  /** Line at fault, counted from 1; 0 when it is the file as a whole. */
  readonly line: number;

  constructor(line: number, reason: string) {
    super(line === 0 ? reason : `line ${line}: ${reason}`);
    this.line = line;
  }
}
