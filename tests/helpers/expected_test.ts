import { assert, assertEquals } from "@std/assert";
import {
  any,
  between,
  bigNumber,
  bool,
  capture,
  describe,
  double,
  each,
  error,
  type Expected,
  formatDouble,
  map,
  matches,
  matching,
  nil,
  nilArray,
  OK,
  oneOf,
  push,
  resp,
  set,
  status,
  unordered,
  verbatim,
} from "./expected.ts";
import type { Protocol, Reply } from "./reply.ts";
import { ReplyParser } from "./reply_parser.ts";

function parse(raw: string): Reply {
  const [frame] = new ReplyParser().feed(raw);
  if (frame === undefined) throw new Error(`Not a whole reply: ${raw}`);
  return frame.reply;
}

function accepts(expected: Expected, protocol: Protocol, raw: string): boolean {
  return matches(expected, parse(raw), { protocol, captured: new Map() });
}

Deno.test("an expected value accepts its reply in each protocol and refuses its neighbours", () => {
  const cases: [
    expected: Expected,
    two: string,
    three: string,
    wrong: string[],
  ][] = [
    [OK, "+OK\r\n", "+OK\r\n", ["$2\r\nOK\r\n", "+OKAY\r\n", "-OK\r\n"]],
    ["v", "$1\r\nv\r\n", "$1\r\nv\r\n", [
      "+v\r\n",
      "$1\r\nw\r\n",
      "$-1\r\n",
      "_\r\n",
    ]],
    [1, ":1\r\n", ":1\r\n", ["$1\r\n1\r\n", ":2\r\n", ",1\r\n"]],
    [2n ** 63n - 1n, ":9223372036854775807\r\n", ":9223372036854775807\r\n", [
      ":9223372036854775806\r\n",
    ]],
    [nil, "$-1\r\n", "_\r\n", ["*-1\r\n", "$0\r\n\r\n"]],
    [nilArray, "*-1\r\n", "_\r\n", ["$-1\r\n", "*0\r\n"]],
    [
      ["a", [1]],
      "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
      "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
      ["*1\r\n$1\r\na\r\n"],
    ],
    [[], "*0\r\n", "*0\r\n", ["*-1\r\n", "~0\r\n"]],
    [error("ERR x"), "-ERR x\r\n", "-ERR x\r\n", ["-ERR xy\r\n", "+ERR x\r\n"]],
    [error(/^ERR/), "-ERR x\r\n", "-ERR x\r\n", [
      "-WRONGTYPE x\r\n",
      "+ERR x\r\n",
    ]],
    [bool(true), ":1\r\n", "#t\r\n", [":0\r\n", "#f\r\n"]],
    [
      double(0.1),
      "$19\r\n0.10000000000000001\r\n",
      ",0.10000000000000001\r\n",
      ["$3\r\n0.1\r\n", ",0.1\r\n"],
    ],
    [double("inf"), "$3\r\ninf\r\n", ",inf\r\n", [",-inf\r\n"]],
    [verbatim("t"), "$1\r\nt\r\n", "=5\r\ntxt:t\r\n", [
      "=5\r\nmkd:t\r\n",
      "+t\r\n",
    ]],
    [bigNumber(12n), "$2\r\n12\r\n", "(12\r\n", [":12\r\n", "(13\r\n"]],
    [map({ k: 1 }), "*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n", [
      "*1\r\n$1\r\nk\r\n",
      "%0\r\n",
    ]],
    [
      map([[1, 2], [3, 4]]),
      "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
      "%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
      [
        "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n",
        "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n",
      ],
    ],
    [
      unordered(map([[1, 2], [3, 4]])),
      "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n",
      "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n",
      [
        "*4\r\n:1\r\n:3\r\n:2\r\n:4\r\n",
      ],
    ],
    [set([1, 2]), "*2\r\n:2\r\n:1\r\n", "~2\r\n:2\r\n:1\r\n", [
      "~1\r\n:1\r\n",
      "~2\r\n:1\r\n:1\r\n",
    ]],
    [push(["m", 1]), "*2\r\n$1\r\nm\r\n:1\r\n", ">2\r\n$1\r\nm\r\n:1\r\n", [
      ">0\r\n",
    ]],
    [unordered([any, 1]), "*2\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n:2\r\n", [
      "*2\r\n:2\r\n:2\r\n",
      "~2\r\n:1\r\n:2\r\n",
    ]],
    [each(between(1, 3), 2), "*2\r\n:1\r\n:3\r\n", "*2\r\n:1\r\n:3\r\n", [
      "*1\r\n:1\r\n",
      "*2\r\n:0\r\n:1\r\n",
    ]],
    [any, "$-1\r\n", "%0\r\n", ["-ERR\r\n"]],
    [matching(/^a/), "$2\r\nab\r\n", "+ab\r\n", ["$1\r\nb\r\n", "-ab\r\n"]],
    [oneOf(nil, 1), "$-1\r\n", ":1\r\n", [":2\r\n"]],
    [resp(1, "1"), ":1\r\n", "$1\r\n1\r\n", ["+1\r\n"]],
    [status("x"), "+x\r\n", "+x\r\n", ["+y\r\n"]],
  ];
  for (const [expected, two, three, wrong] of cases) {
    const shown = describe(expected, 2);
    assert(
      accepts(expected, 2, two),
      `${shown} should accept ${JSON.stringify(two)}`,
    );
    assert(
      accepts(expected, 3, three),
      `${shown} should accept ${JSON.stringify(three)}`,
    );
    for (const raw of wrong) {
      assert(
        !accepts(expected, 2, raw) && !accepts(expected, 3, raw),
        `${shown} should refuse ${JSON.stringify(raw)}`,
      );
    }
    if (
      two !== three && expected !== any && !shown.includes("text like") &&
      !shown.includes(" or ")
    ) {
      assert(
        !accepts(expected, 3, two),
        `${shown} should refuse RESP2's form in RESP3`,
      );
      assert(
        !accepts(expected, 2, three),
        `${shown} should refuse RESP3's form in RESP2`,
      );
    }
  }
});

Deno.test("an expected value is shown as the reply would be", () => {
  const cases: [Expected, string, string][] = [
    [OK, "+OK", "+OK"],
    [nil, "$-1", "_"],
    ["a\nb", '"a\\nb"', '"a\\nb"'],
    [["a", 1], '["a", :1]', '["a", :1]'],
    [map({ k: nil }), '["k", $-1]', '%{"k" => _}'],
    [set([1, 2]), "[:1, :2] (in any order)", "~[:1, :2] (in any order)"],
    [push([1]), "[:1]", ">[:1]"],
    [double(1), '"1"', ",1"],
    [error("ERR x"), "-ERR x", "-ERR x"],
  ];
  for (const [expected, two, three] of cases) {
    assertEquals([describe(expected, 2), describe(expected, 3)], [two, three]);
  }
});

Deno.test("a captured reply is kept under its name, and only if it is the expected one", () => {
  const captured = new Map<string, string>();
  assert(
    matches(
      [capture("id"), capture("n", 5)],
      parse("*2\r\n$1\r\nx\r\n:5\r\n"),
      { protocol: 2, captured },
    ),
  );
  assertEquals([...captured], [["id", "x"], ["n", "5"]]);
  assert(!matches(capture("m", 5), parse(":6\r\n"), { protocol: 2, captured }));
  assert(!captured.has("m"));
});

Deno.test("a double is printed as C's %.17g prints it", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [100, "100"],
    [-1.5, "-1.5"],
    [0.1, "0.10000000000000001"],
    [3.14, "3.1400000000000001"],
    [1e16, "10000000000000000"],
    [1e17, "1e+17"],
    [1.5e300, "1.5000000000000001e+300"],
    [0.0001, "0.0001"],
    [0.00001, "1.0000000000000001e-05"],
    [5e-324, "4.9406564584124654e-324"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of cases) assertEquals(formatDouble(value), text);
});
