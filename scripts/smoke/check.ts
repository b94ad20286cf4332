/** One thing to try; it throws when the outcome is not the right one. */
export interface Check {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}
