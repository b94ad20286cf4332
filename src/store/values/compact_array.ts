/**
 * Returns an array with one more element: the same one, or, of up to four, one
 * without room to spare. Pushing onto an empty array makes room for 17, which
 * doubles the memory of a hash of two fields; a literal costs no more than that.
 */
export function withElement<T>(elements: T[], element: T): T[] {
  switch (elements.length) {
    case 0:
      return [element];
    case 1:
      return [elements[0]!, element];
    case 2:
      return [elements[0]!, elements[1]!, element];
    case 3:
      return [elements[0]!, elements[1]!, elements[2]!, element];
  }
  elements.push(element);
  return elements;
}
