import { commandGroup, keyAt, type KeySpec } from "../server/command.ts";
import { UNITS } from "./geo_arguments.ts";
import { search } from "./geo_query.ts";

const RADIUS_COMPLEXITY =
  "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.";
const SEARCH_COMPLEXITY =
  "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape";
const UPPERCASE_UNITS = [
  "7.0.0",
  "Added support for uppercase unit names.",
] as const;
const ANY_ADDED = ["6.2.0", "Added the `ANY` option for `COUNT`."] as const;

const FROM_BY =
  `<FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius ${UNITS} | BYBOX width height ${UNITS}>`;
const ORDER_COUNT = "[ASC | DESC] [COUNT count [ANY]]";
const SEARCH_DOCS = {
  groups: [
    ...["from", "longitude_latitude", "by", "circle", "unit", "box", "unit"],
    ...["order", "count"],
  ],
} as const;
const WITH = "[WITHCOORD] [WITHDIST] [WITHHASH]";
const COUNT_ORDER = "[COUNT count [ANY]] [ASC | DESC]";
const STORING = "[STORE key] [STOREDIST key]";
const RADIUS_DOCS = {
  groups: ["unit", "count", "order"],
} as const;

/** The commands that find the members inside an area. */
export const geoSearchCommands = commandGroup("geo", [
  {
    name: "geosearch",
    arity: -7,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "6.2.0",
    complexity: SEARCH_COMPLEXITY,
    summary: "Answers the members inside a circle or a box.",
    syntax: `key ${FROM_BY} ${ORDER_COUNT} ${WITH}`,
    docs: SEARCH_DOCS,
    history: [UPPERCASE_UNITS],
    handler: (call) => search(call, { keyAt: 1, form: "search" }),
  },
  {
    name: "geosearchstore",
    arity: -8,
    flags: ["write", "denyoom"],
    keys: [keyAt(1, "OW", "update"), keyAt(2, "RO", "access")],
    since: "6.2.0",
    complexity: SEARCH_COMPLEXITY,
    summary: "Stores the members inside a circle or a box at another key.",
    syntax: `destination source ${FROM_BY} ${ORDER_COUNT} [STOREDIST]`,
    docs: SEARCH_DOCS,
    history: [UPPERCASE_UNITS],
    handler: (call) => search(call, { keyAt: 2, form: "search and store" }),
  },
  {
    name: "georadius",
    arity: -6,
    flags: ["write", "denyoom"],
    keys: [
      keyAt(1, "RO", "access"),
      keyBehind("STORE", 6),
      keyBehind("STOREDIST", 6),
    ],
    since: "3.2.0",
    complexity: RADIUS_COMPLEXITY,
    summary: "Answers, or stores, the members around a position.",
    syntax:
      `key longitude latitude radius ${UNITS} ${WITH} ${COUNT_ORDER} ${STORING}`,
    docs: { ...RADIUS_DOCS, since: { ANY: "6.2.0" } },
    history: [ANY_ADDED, UPPERCASE_UNITS],
    deprecated: {
      since: "6.2.0",
      replacedBy:
        "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
    },
    handler: (call) =>
      search(call, { keyAt: 1, form: "around position", mayStore: true }),
  },
  {
    name: "georadius_ro",
    arity: -6,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "3.2.10",
    complexity: RADIUS_COMPLEXITY,
    summary: "Answers the members around a position, and changes nothing.",
    syntax: `key longitude latitude radius ${UNITS} ${WITH} ${COUNT_ORDER}`,
    docs: { ...RADIUS_DOCS, since: { ANY: "6.2.0" } },
    history: [ANY_ADDED],
    deprecated: {
      since: "6.2.0",
      replacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
    },
    handler: (call) => search(call, { keyAt: 1, form: "around position" }),
  },
  {
    name: "georadiusbymember",
    arity: -5,
    flags: ["write", "denyoom"],
    keys: [
      keyAt(1, "RO", "access"),
      keyBehind("STORE", 5),
      keyBehind("STOREDIST", 5),
    ],
    since: "3.2.0",
    complexity: RADIUS_COMPLEXITY,
    summary: "Answers, or stores, the members around one of them.",
    syntax: `key member radius ${UNITS} ${WITH} ${COUNT_ORDER} ${STORING}`,
    docs: RADIUS_DOCS,
    history: [UPPERCASE_UNITS],
    deprecated: {
      since: "6.2.0",
      replacedBy:
        "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    },
    handler: (call) =>
      search(call, { keyAt: 1, form: "around member", mayStore: true }),
  },
  {
    name: "georadiusbymember_ro",
    arity: -5,
    flags: ["readonly"],
    keys: [keyAt(1, "RO", "access")],
    since: "3.2.10",
    complexity: RADIUS_COMPLEXITY,
    summary: "Answers the members around one of them, and changes nothing.",
    syntax: `key member radius ${UNITS} ${WITH} ${COUNT_ORDER}`,
    docs: RADIUS_DOCS,
    deprecated: {
      since: "6.2.0",
      replacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
    },
    handler: (call) => search(call, { keyAt: 1, form: "around member" }),
  },
]);

/** The key that follows a word, looked for from argument `startFrom` on. */
function keyBehind(keyword: string, startFrom: number): KeySpec {
  return {
    flags: ["OW", "update"],
    begin: { keyword, startFrom },
    find: { lastKey: 0, step: 1, limit: 0 },
  };
}
