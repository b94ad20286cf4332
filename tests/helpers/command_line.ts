const ESCAPED: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  a: "\x07",
};

/**
 * Splits a command line into arguments as redis-cli does: blanks separate, "double quotes" know
 * `\n \r \t \b \a \xHH` and take any other escaped char as it is, 'single quotes' know only `\'`.
 *
 * @throws {SyntaxError} when a quote is not closed, or closed in front of anything but a blank.
 */
export function splitCommandLine(line: string): string[] {
  const args: string[] = [];
  let position = 0;

  const blank = () => /[ \t\n\v\f\r]/.test(line[position] ?? "");
  const fail = (): never => {
    throw new SyntaxError(`Unbalanced quotes in command line: ${line}`);
  };

  function quoted(mark: string): string {
    let text = "";
    for (position++; line[position] !== mark; position++) {
      if (position >= line.length) fail();
      const next = line[position + 1] ?? fail();
      if (line[position] !== "\\") {
        text += line[position];
      } else if (mark === '"') {
        const code = /^x([0-9a-fA-F]{2})/.exec(
          line.slice(position + 1, position + 4),
        )?.[1];
        text += code === undefined
          ? ESCAPED[next] ?? next
          : String.fromCharCode(parseInt(code, 16));
        position += code === undefined ? 1 : 3;
      } else if (next === mark) {
        text += mark;
        position++;
      } else {
        text += "\\";
      }
    }
    position++;
    if (position < line.length && !blank()) fail();
    return text;
  }

  for (;;) {
    while (blank()) position++;
    if (position >= line.length) return args;
    let arg = "";
    while (position < line.length && !blank()) {
      const char = line[position] as string;
      if (char === '"' || char === "'") arg += quoted(char);
      else {
        arg += char;
        position++;
      }
    }
    args.push(arg);
  }
}
