import { List } from "../../store/values/list.ts";
import type { ReadonlyList } from "../../store/values/value.ts";
import {
  elementCount,
  endsSlice,
  type RdbDecoder,
  type RdbEncoder,
} from "./codec.ts";
import { Containers, ValueTypes } from "./format.ts";
import { ListpackReader } from "./listpack_reader.ts";
import { ListpackWriter } from "./listpack_writer.ts";
import { RdbError } from "./rdb_error.ts";
import type { RdbReader } from "./reader.ts";
import { ziplistElements } from "./ziplist.ts";

/** Sizes of a node by `list-max-listpack-size` -1 to -5. */
const NODE_BYTES = [4096, 8192, 16384, 32768, 65536];
/** A node of as many elements as are wanted grows no larger than this. */
const SAFE_BYTES = 8192;
/** What an element takes in a node besides its bytes, at most. */
const ELEMENT_OVERHEAD = 8;

/** Lists: nodes of several elements, divided as Redis divides them when elements are pushed to the tail. */
export const listEncoder: RdbEncoder<ReadonlyList> = {
  layout: () => ValueTypes.listQuicklist2,

  *write(writer, list) {
    const { listNodeSize } = writer.settings;
    // How many nodes there are stands before them, so that they are packed twice.
    let nodes = 0;
    for (const node of listpacks(list, listNodeSize)) {
      if (node !== undefined) nodes++;
      else yield;
    }
    writer.size(nodes);
    for (const node of listpacks(list, listNodeSize)) {
      if (node === undefined) {
        yield;
        continue;
      }
      writer.size(Containers.packed);
      writer.blob(node.finish());
    }
  },
};

/** Packs a list into one listpack after the other; `undefined` where a slice ends. */
function* listpacks(
  list: ReadonlyList,
  nodeSize: number,
): Generator<ListpackWriter | undefined> {
  const node = new ListpackWriter();
  for (let i = 0; i < list.length; i++) {
    const element = list.at(i)!;
    if (node.count > 0 && !hasRoom(node, element.length, nodeSize)) {
      yield node;
      node.clear();
    }
    node.append(element);
    if (endsSlice(i)) yield undefined;
  }
  yield node;
}

function hasRoom(node: ListpackWriter, bytes: number, nodeSize: number) {
  const size = node.size + bytes + ELEMENT_OVERHEAD;
  if (nodeSize < 0) return size <= NODE_BYTES[Math.min(5, -nodeSize) - 1]!;
  return size <= SAFE_BYTES && node.count < nodeSize;
}

/** Reads a list written element by element. */
export const readList: RdbDecoder<List> = (reader) => {
  const list = new List();
  for (let left = elementCount(reader); left > 0; left--) {
    list.pushTail(reader.string());
  }
  return unlessEmpty(list);
};

/** Reads a list that is one ziplist. */
export const readListZiplist: RdbDecoder<List> = (reader) => {
  const list = new List();
  addZiplist(list, reader);
  return unlessEmpty(list);
};

/** Reads a list of ziplists. */
export const readQuicklist: RdbDecoder<List> = (reader) => {
  const list = new List();
  for (let left = elementCount(reader); left > 0; left--) {
    addZiplist(list, reader);
  }
  return unlessEmpty(list);
};

/** Reads a list of listpacks and of elements on their own. */
export const readQuicklist2: RdbDecoder<List> = (reader) => {
  const list = new List();
  for (let left = elementCount(reader); left > 0; left--) {
    const container = reader.size();
    const bytes = reader.blob();
    if (bytes.length === 0) throw new RdbError("an empty node of a list");
    if (container === Containers.plain) list.pushTail(bytes.latin1Slice());
    else if (container === Containers.packed) {
      const elements = new ListpackReader(bytes);
      while (!elements.done) list.pushTail(elements.text());
    } else throw new RdbError(`a node ${container} of a list`);
  }
  return unlessEmpty(list);
};

function addZiplist(list: List, reader: RdbReader): void {
  for (const element of ziplistElements(reader.blob())) {
    list.pushTail(String(element));
  }
}

function unlessEmpty(list: List): List | undefined {
  return list.length === 0 ? undefined : list;
}
