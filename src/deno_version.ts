/** The oldest Deno that runs this server; `.dvmrc` says the same to tools. */
export const REQUIRED_DENO_VERSION = "2.9.6";

function numbersOf(version: string): readonly number[] {
  const [release = ""] = version.split("-");
  return release.split(".").map(Number);
}

/** One line to print when `current`, as in `Deno.version.deno`, is too old; undefined when it will do. */
export function denoVersionProblem(current: string): string | undefined {
  const have = numbersOf(current);
  for (const [place, required] of numbersOf(REQUIRED_DENO_VERSION).entries()) {
    const part = have[place] ?? 0;
    if (part > required) return undefined;
    if (part < required) {
      return `Deno ${REQUIRED_DENO_VERSION} or later is needed, this is Deno ${current}`;
    }
  }
  return undefined;
}
