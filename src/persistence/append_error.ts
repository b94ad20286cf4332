/** An append log that cannot be taken as data: says where and why. It is left as it is. */
export class AppendLogError extends Error {
  override name = "AppendLogError";
  /** Where in the file it is, in bytes; -1 when it is the file as a whole. */
  readonly offset: number;
  /** Where the file must be cut to do without it, when only those who run its commands can tell. */
  readonly cutAt: number | undefined;

  constructor(offset: number, reason: string, cutAt?: number) {
    super(reason);
    this.offset = offset;
    this.cutAt = cutAt;
  }
}
