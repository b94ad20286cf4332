import { ConfigError } from "./error.ts";
import { type Kind, oneLine, quoted } from "./kinds.ts";

/** What the letter A stands for: all classes but n, of new keys, and m, of keys that were not found. */
const ALL = "g$lshzxetd";
const TYPES = `${ALL}n`;
const OTHERS = "KEm";

/**
 * Letters of `notify-keyspace-events`: classes of events, and K and E for where
 * they are published. A value holds every letter that is on, in one order.
 */
export const eventClassesKind: Kind<string> = {
  label: "event classes",
  expects: "<letters of Ag$lshzxeKEtmdn>",
  several: false,
  parse([word = ""]) {
    if (!/^[Ag$lshzxeKEtmdn]*$/.test(word)) {
      throw new ConfigError(
        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
      );
    }
    const letters = word.replaceAll("A", ALL);
    const value = [...TYPES + OTHERS].filter((each) => letters.includes(each))
      .join("");
    return { value, text: shown(value) };
  },
  format: shown,
  lines: (text, defaultText) =>
    oneLine(text, defaultText).map((line) => ({ ...line, args: quoted(text) })),
};

/** Redis shows all classes as A, and n not at all beside it, though it is on. */
function shown(letters: string): string {
  const has = (letter: string) => letters.includes(letter);
  const types = [...ALL].every(has) ? "A" : [...TYPES].filter(has).join("");
  return types + [...OTHERS].filter(has).join("");
}
