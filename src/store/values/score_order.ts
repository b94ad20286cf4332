/** Most entries of a leaf, and most children of a branch. */
const WIDTH = 64;
/** A node narrower than this is joined with its neighbour, where both together leave room to grow. */
const SPARSE = WIDTH / 4;
const JOINED = WIDTH * 3 / 4;

/** Hears of an entry. */
export type VisitEntry = (member: string, score: number) => void;

/** Returns whether an entry lies before the place that is searched for. */
export type IsBefore = (score: number, member: string) => boolean;

/**
 * Members in the order of their scores, and of their bytes where the scores are
 * equal; each knows its rank. A B+ tree whose branches count what is below them.
 *
 * A branch remembers, for each child but the first, a key that no entry of it
 * lies before. Whatever becomes of the child, that stays true.
 *
 * | operation | cost |
 * |---|---|
 * | `insert`, `remove`, `rescore` | O(log n) |
 * | `rank`, `partition`, `memberAt` | O(log n) |
 * | `visit`, of m entries | O(log n + m) |
 * | `copy` | O(1): nodes are shared, and copied when they first change |
 */
export class ScoreOrder {
  #root: Node = new Leaf();

  get length(): number {
    return this.#root.size;
  }

  /** Adds an entry that is not there. */
  insert(score: number, member: string): void {
    const root = this.#ownRoot();
    const added = root.insert(score, member);
    if (added !== undefined) this.#root = new Branch([root, added]);
  }

  /** Removes an entry, which must be there. */
  remove(score: number, member: string): void {
    this.#ownRoot().remove(score, member);
    while (this.#root instanceof Branch && this.#root.width <= 1) {
      this.#root = this.#root.children[0] ?? new Leaf();
    }
  }

  /** Gives an entry, which must be there, another score. */
  rescore(from: number, to: number, member: string): void {
    let node = this.#ownRoot();
    while (node instanceof Branch) {
      node = node.ownChild(node.childOf(from, member));
    }
    if (node.rescore(from, to, member)) return;
    this.remove(from, member);
    this.insert(to, member);
  }

  /** Returns how many entries lie before this one, which need not be there. */
  rank(score: number, member: string): number {
    let rank = 0;
    let node = this.#root;
    while (node instanceof Branch) {
      const child = node.childOf(score, member);
      rank += node.sizeBefore(child);
      node = node.children[child]!;
    }
    return rank + lowerBound(node, score, member);
  }

  /** Returns how many entries lie before a place; `isBefore` must hold for all of them and for none after. */
  partition(isBefore: IsBefore): number {
    let rank = 0;
    let node = this.#root;
    while (node instanceof Branch) {
      const child = partitionPoint(node, 1, isBefore) - 1;
      rank += node.sizeBefore(child);
      node = node.children[child]!;
    }
    return rank + partitionPoint(node, 0, isBefore);
  }

  /** Returns the member with this rank, from 0 up to the length. */
  memberAt(rank: number): string {
    let node = this.#root;
    while (node instanceof Branch) {
      let child = 0;
      while (rank >= node.children[child]!.size) {
        rank -= node.children[child++]!.size;
      }
      node = node.children[child]!;
    }
    return node.members[rank]!;
  }

  /** Visits `count` entries from `rank` upwards; they must be there. */
  visit(rank: number, count: number, visit: VisitEntry): void {
    if (count > 0) this.#root.visit(rank, count, visit);
  }

  /** Visits `count` entries from `rank` downwards; they must be there. */
  visitBack(rank: number, count: number, visit: VisitEntry): void {
    if (count > 0) this.#root.visitBack(rank, count, visit);
  }

  /** Members and scores in their order; they may not change meanwhile. */
  *[Symbol.iterator](): Generator<readonly [member: string, score: number]> {
    for (const { members, scores } of this.#root.leaves()) {
      for (let i = 0; i < members.length; i++) yield [members[i]!, scores[i]!];
    }
  }

  copy(): ScoreOrder {
    const copy = new ScoreOrder();
    copy.#root = this.#root;
    this.#root.isShared = true;
    return copy;
  }

  /** Estimate of the memory held beyond the members, in bytes. */
  get memory(): number {
    return 100 + 25 * this.#root.size;
  }

  #ownRoot(): Node {
    return this.#root = this.#root.own();
  }
}

type Node = Leaf | Branch;

/** Keys in their order: of the entries of a leaf, or before the children of a branch. */
interface Keys {
  readonly scores: readonly number[];
  readonly members: readonly string[];
}

class Leaf {
  readonly scores: number[];
  readonly members: string[];
  /** Whether another tree may have it, too: then it does not change. */
  isShared = false;

  constructor(scores: number[] = [], members: string[] = []) {
    this.scores = scores;
    this.members = members;
  }

  get size(): number {
    return this.members.length;
  }

  get width(): number {
    return this.members.length;
  }

  /** Adds an entry; returns the leaf that then follows this one, if it had to be divided. */
  insert(score: number, member: string): Leaf | undefined {
    const at = lowerBound(this, score, member);
    if (this.size < WIDTH) {
      insertAt(this.scores, at, score);
      insertAt(this.members, at, member);
      return undefined;
    }
    const right = new Leaf();
    // Entries that come in their order would leave half-empty leaves behind.
    const half = at === WIDTH ? WIDTH : WIDTH / 2;
    moveEnd(this.scores, half, right.scores);
    moveEnd(this.members, half, right.members);
    const half2 = at <= half && half < WIDTH ? this : right;
    half2.insert(score, member);
    return right;
  }

  remove(score: number, member: string): void {
    const at = lowerBound(this, score, member);
    removeAt(this.scores, at);
    removeAt(this.members, at);
  }

  /** Changes a score where the entry can stay in its place; returns whether it can. */
  rescore(from: number, to: number, member: string): boolean {
    const { members, scores } = this;
    const at = lowerBound(this, from, member);
    // At the ends of the leaf, what the neighbours hold is not known.
    const stays = at > 0 && at < members.length - 1 &&
      isBefore(scores[at - 1]!, members[at - 1]!, to, member) &&
      isBefore(to, member, scores[at + 1]!, members[at + 1]!);
    if (stays) scores[at] = to;
    return stays;
  }

  visit(from: number, count: number, visit: VisitEntry): void {
    const { members, scores } = this;
    for (let i = from; i < from + count; i++) visit(members[i]!, scores[i]!);
  }

  visitBack(from: number, count: number, visit: VisitEntry): void {
    const { members, scores } = this;
    for (let i = from; i > from - count; i--) visit(members[i]!, scores[i]!);
  }

  /** Takes all entries of the leaf that follows. */
  absorb(right: Leaf): void {
    moveEnd(right.scores, 0, this.scores);
    moveEnd(right.members, 0, this.members);
  }

  *leaves(): Generator<Leaf> {
    yield this;
  }

  /** Returns a leaf of one tree alone: this one, or a copy. */
  own(): Leaf {
    return this.isShared
      ? new Leaf(this.scores.slice(), this.members.slice())
      : this;
  }
}

class Branch {
  readonly children: Node[];
  /** By child: a key that none of its entries lies before. The first child's is not used. */
  readonly scores: number[];
  readonly members: string[];
  /** Number of entries below. */
  size = 0;
  /** Whether another tree may have it, too, with all that is below: then it does not change. */
  isShared = false;

  constructor(
    children: Node[],
    scores = children.map(({ scores }) => scores[0]!),
    members = children.map(({ members }) => members[0]!),
  ) {
    this.children = children;
    this.scores = scores;
    this.members = members;
    for (const { size } of children) this.size += size;
  }

  get width(): number {
    return this.children.length;
  }

  /** Returns the index of the child where an entry is, or would be. */
  childOf(score: number, member: string): number {
    const { scores, members } = this;
    let low = 1, high = scores.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(score, member, scores[middle]!, members[middle]!)) {
        high = middle;
      } else low = middle + 1;
    }
    return low - 1;
  }

  /** Returns the number of entries before a child's. */
  sizeBefore(child: number): number {
    let size = 0;
    for (let i = 0; i < child; i++) size += this.children[i]!.size;
    return size;
  }

  /** Adds an entry; returns the branch that then follows this one, if it had to be divided. */
  insert(score: number, member: string): Branch | undefined {
    const child = this.childOf(score, member);
    this.size++;
    const added = this.ownChild(child).insert(score, member);
    if (added === undefined) return undefined;
    insertAt(this.children, child + 1, added);
    insertAt(this.scores, child + 1, added.scores[0]!);
    insertAt(this.members, child + 1, added.members[0]!);
    return this.width > WIDTH ? this.#divide() : undefined;
  }

  remove(score: number, member: string): void {
    const child = this.childOf(score, member);
    this.size--;
    const node = this.ownChild(child);
    node.remove(score, member);
    if (node.width < SPARSE) this.#join(child);
  }

  visit(from: number, count: number, visit: VisitEntry): void {
    for (let i = 0; count > 0; i++) {
      const child = this.children[i]!;
      const own = Math.min(count, child.size - from);
      if (own > 0) {
        child.visit(from, own, visit);
        count -= own;
        from = 0;
      } else from -= child.size;
    }
  }

  visitBack(from: number, count: number, visit: VisitEntry): void {
    let before = this.size;
    for (let i = this.width - 1; count > 0; i--) {
      const child = this.children[i]!;
      before -= child.size;
      const own = Math.min(count, from - before + 1);
      if (own <= 0) continue;
      child.visitBack(from - before, own, visit);
      count -= own;
      from -= own;
    }
  }

  /** Takes all children of the branch that follows, before whose entries none lies than this key. */
  absorb(right: Branch, score: number, member: string): void {
    right.scores[0] = score;
    right.members[0] = member;
    this.size += right.size;
    moveEnd(right.scores, 0, this.scores);
    moveEnd(right.members, 0, this.members);
    moveEnd(right.children, 0, this.children);
  }

  *leaves(): Generator<Leaf> {
    for (const child of this.children) yield* child.leaves();
  }

  /** Returns a branch of one tree alone: this one, or a copy, which shares its children. */
  own(): Branch {
    if (!this.isShared) return this;
    for (const child of this.children) child.isShared = true;
    return new Branch(
      this.children.slice(),
      this.scores.slice(),
      this.members.slice(),
    );
  }

  /** Returns a child that may be changed. */
  ownChild(index: number): Node {
    const child = this.children[index]!;
    return child.isShared ? this.children[index] = child.own() : child;
  }

  #divide(): Branch {
    const right = new Branch([]);
    // As in a leaf: what grows at its end stays full.
    const half = WIDTH / 2;
    moveEnd(this.scores, half, right.scores);
    moveEnd(this.members, half, right.members);
    moveEnd(this.children, half, right.children);
    for (const { size } of right.children) right.size += size;
    this.size -= right.size;
    return right;
  }

  /** Joins a child that has few entries left with its neighbour, or drops it when it has none. */
  #join(child: number): void {
    const { children, members, scores } = this;
    const at = Math.max(child, 1);
    const left = children[at - 1]!, right = children[at];
    if (right !== undefined && left.width + right.width <= JOINED) {
      const into = this.ownChild(at - 1), from = this.ownChild(at);
      if (into instanceof Leaf) into.absorb(from as Leaf);
      else into.absorb(from as Branch, scores[at]!, members[at]!);
      this.#drop(at);
    } else if (children[child]!.width === 0) this.#drop(child);
  }

  #drop(child: number): void {
    removeAt(this.scores, child);
    removeAt(this.members, child);
    removeAt(this.children, child);
  }
}

function isBefore(
  score: number,
  member: string,
  otherScore: number,
  otherMember: string,
): boolean {
  return score < otherScore || (score === otherScore && member < otherMember);
}

/** Returns the index of the first key that does not lie before this one. */
function lowerBound(
  { scores, members }: Keys,
  score: number,
  member: string,
): number {
  let low = 0, high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(scores[middle]!, members[middle]!, score, member)) {
      low = middle + 1;
    } else high = middle;
  }
  return low;
}

/** Returns the index of the first key, from `low` on, for which `isBefore` does not hold. */
function partitionPoint(
  { scores, members }: Keys,
  low: number,
  isBefore: IsBefore,
): number {
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(scores[middle]!, members[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Like `splice()`, but makes no array for what it does not remove. */
function insertAt<T>(items: T[], at: number, item: T): void {
  items.push(item);
  for (let i = items.length - 1; i > at; i--) items[i] = items[i - 1]!;
  items[at] = item;
}

function removeAt<T>(items: T[], at: number): void {
  for (let i = at + 1; i < items.length; i++) items[i - 1] = items[i]!;
  items.pop();
}

/** Moves the items from index `from` on to the end of `target`. */
function moveEnd<T>(items: T[], from: number, target: T[]): void {
  for (let i = from; i < items.length; i++) target.push(items[i]!);
  items.length = from;
}
