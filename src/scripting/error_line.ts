/** Returns the line of an error, its code first, out of a text that begins with a minus and its code, or with neither. */
export function errorLine(text: string): string {
  const end = text.indexOf("\0");
  if (end >= 0) text = text.slice(0, end);
  if (!text.startsWith("-")) return `ERR ${trimmed(text)}`;
  const blank = text.indexOf(" ");
  return blank < 0
    ? `ERR ${trimmed(text.slice(1))}`
    : `${text.slice(1, blank)} ${trimmed(text.slice(blank + 1))}`;
}

/** Removes line breaks around a text. */
export function trimmed(text: string): string {
  return text.replace(/^[\r\n]+|[\r\n]+$/g, "");
}
