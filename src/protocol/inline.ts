/** What separates words, and must follow a closing quote. */
const SPACE = /[ \t\n\r\v\f]/;
/** What ends a word: a vertical tab or a form feed inside is part of it, as in Redis. */
const END = /[ \t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  a: "\x07",
};

/**
 * Splits a line into words as Redis splits inline requests, config lines and
 * redis-cli input: blanks separate; "double quotes" take the escapes \n \r \t
 * \b \a \" \\ and \xHH; 'single quotes' take only \'; a closing quote must be
 * followed by a blank. Returns `undefined` when the quotes are unbalanced.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && SPACE.test(line[at]!)) at++;
    if (at === line.length) return words;
    let word = "";
    while (at < line.length && !END.test(line[at]!)) {
      const quote = line[at]!;
      if (quote !== '"' && quote !== "'") {
        word += quote;
        at++;
        continue;
      }
      const quoted = readQuoted(line, at + 1, quote);
      if (quoted === undefined) return undefined;
      word += quoted.text;
      at = quoted.end;
      if (at < line.length && !SPACE.test(line[at]!)) return undefined;
      break;
    }
    words.push(word);
  }
}

function readQuoted(
  line: string,
  at: number,
  quote: string,
): { text: string; end: number } | undefined {
  let text = "";
  for (; at < line.length; at++) {
    const char = line[at]!;
    if (char === quote) return { text, end: at + 1 };
    const next = line[at + 1];
    if (char !== "\\" || next === undefined) {
      text += char;
    } else if (quote === "'") {
      if (next === "'") at++;
      text += next === "'" ? "'" : "\\";
    } else if (/^x[0-9a-fA-F]{2}/.test(line.slice(at + 1, at + 4))) {
      text += String.fromCharCode(parseInt(line.slice(at + 2, at + 4), 16));
      at += 3;
    } else {
      text += ESCAPES[next] ?? next;
      at++;
    }
  }
  return undefined;
}
