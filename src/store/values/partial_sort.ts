type Compare<T> = (a: T, b: T) => number;

/** Up to this many items are sorted by insertion. */
const FEW = 6;
/** Beyond this many items the pivot is the median of nine instead of three. */
const MANY = 40;

/**
 * Sorts as much of `items` as it takes for those numbered `first` to `last` to
 * be the right ones in the right order; the others are somewhere on their side
 * of them. O(n + m log m) for m items in demand.
 *
 * It is the quicksort of Bentley and McIlroy ("Engineering a Sort Function"),
 * which is not stable: Redis uses it, and what it does with items that are
 * equal can be seen in replies.
 */
export function partialSort<T>(
  items: T[],
  compare: Compare<T>,
  first: number,
  last: number,
): void {
  sortPart(items, compare, first, last, 0, items.length);
}

/** Sorts `items` from `begin` up to, and without, `end`. */
function sortPart<T>(
  items: T[],
  compare: Compare<T>,
  first: number,
  last: number,
  begin: number,
  end: number,
): void {
  for (;;) {
    if (end - begin <= FEW) return insertionSort(items, compare, begin, end);
    swap(items, begin, pivotOf(items, compare, begin, end));
    // What equals the pivot gathers at both ends, and then moves to the middle.
    let equalLow = begin + 1, low = begin + 1;
    let high = end - 1, equalHigh = end - 1;
    for (;;) {
      for (; low <= high; low++) {
        const order = compare(items[low]!, items[begin]!);
        if (order > 0) break;
        if (order === 0) swap(items, equalLow++, low);
      }
      for (; low <= high; high--) {
        const order = compare(items[high]!, items[begin]!);
        if (order < 0) break;
        if (order === 0) swap(items, high, equalHigh--);
      }
      if (low > high) break;
      swap(items, low++, high--);
    }
    const less = low - equalLow, greater = equalHigh - high;
    const before = Math.min(equalLow - begin, less);
    swapRanges(items, begin, low - before, before);
    const behind = Math.min(greater, end - equalHigh - 1);
    swapRanges(items, low, end - behind, behind);
    if (less > 1 && isWanted(first, last, begin, begin + less)) {
      sortPart(items, compare, first, last, begin, begin + less);
    }
    begin = end - greater;
    if (greater <= 1 || !isWanted(first, last, begin, end)) return;
  }
}

/** Returns whether the items in demand could be among those from `begin` up to `end`. */
function isWanted(
  first: number,
  last: number,
  begin: number,
  end: number,
): boolean {
  return !(first < begin && last < begin) && !(first >= end && last >= end);
}

function insertionSort<T>(
  items: T[],
  compare: Compare<T>,
  begin: number,
  end: number,
): void {
  for (let i = begin + 1; i < end; i++) {
    for (let j = i; j > begin; j--) {
      if (compare(items[j - 1]!, items[j]!) <= 0) break;
      swap(items, j, j - 1);
    }
  }
}

/** Returns the number of an item that is likely to be in the middle of the order. */
function pivotOf<T>(
  items: T[],
  compare: Compare<T>,
  begin: number,
  end: number,
): number {
  const count = end - begin;
  const median = (a: number, b: number, c: number) =>
    medianOf(items, compare, a, b, c);
  let low = begin, middle = begin + (count >> 1), high = end - 1;
  if (count === FEW + 1) return middle;
  if (count > MANY) {
    const step = count >> 3;
    low = median(low, low + step, low + 2 * step);
    middle = median(middle - step, middle, middle + step);
    high = median(high - 2 * step, high - step, high);
  }
  return median(low, middle, high);
}

function medianOf<T>(
  items: T[],
  compare: Compare<T>,
  a: number,
  b: number,
  c: number,
): number {
  const order = (i: number, j: number) => compare(items[i]!, items[j]!);
  if (order(a, b) < 0) return order(b, c) < 0 ? b : order(a, c) < 0 ? c : a;
  return order(b, c) > 0 ? b : order(a, c) < 0 ? a : c;
}

function swapRanges<T>(items: T[], a: number, b: number, count: number): void {
  for (let i = 0; i < count; i++) swap(items, a + i, b + i);
}

function swap<T>(items: T[], a: number, b: number): void {
  const item = items[a]!;
  items[a] = items[b]!;
  items[b] = item;
}
