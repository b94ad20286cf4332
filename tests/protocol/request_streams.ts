/** What clients may send, well formed and not, with what a decoder makes of it. */
export interface RequestStream {
  readonly name: string;
  readonly bytes: string;
  readonly requests: readonly (readonly string[])[];
  /** Error that ends the stream, after `Protocol error: `. */
  readonly error?: string;
  /** Whether the sender has not given a password yet. */
  readonly unauthenticated?: true;
}

const KB = 1024;
const ECHO = "*2\r\n$4\r\nECHO\r\n";
const letters = "a".repeat(200);

function bulk(value: string): string {
  return `$${value.length}\r\n${value}\r\n`;
}

const numbers = Array.from({ length: 3000 }, (_, i) => String(i));

const wellFormed: readonly RequestStream[] = [
  {
    name: "one request",
    bytes: `${ECHO}$2\r\nhi\r\n`,
    requests: [["ECHO", "hi"]],
  },
  {
    name: "a pipeline of both forms",
    bytes: `${ECHO}$1\r\na\r\nECHO b\r\n${ECHO}$1\r\nc\r\nECHO d\n`,
    requests: [["ECHO", "a"], ["ECHO", "b"], ["ECHO", "c"], ["ECHO", "d"]],
  },
  {
    name: "an empty argument",
    bytes: `${ECHO}$0\r\n\r\n`,
    requests: [["ECHO", ""]],
  },
  {
    name: "arguments of line breaks, zeros and high bytes",
    bytes: `${ECHO}$2\r\n\r\n\r\n${ECHO}$1\r\n\0\r\n${ECHO}$3\r\n\xff\x80*\r\n`,
    requests: [["ECHO", "\r\n"], ["ECHO", "\0"], ["ECHO", "\xff\x80*"]],
  },
  ...[9, 10, 99, 100, 200].map((length) => ({
    name: `an argument of ${length} bytes`,
    bytes: ECHO + bulk(letters.slice(0, length)),
    requests: [["ECHO", letters.slice(0, length)]],
  })),
  {
    name: "more arguments than one digit counts",
    bytes: `*${numbers.length + 1}\r\n${bulk("PING")}${
      numbers.map(bulk).join("")
    }PING\r\n`,
    requests: [["PING", ...numbers], ["PING"]],
  },
  {
    name: "an argument larger than any read buffer to begin with",
    bytes: `${ECHO}${bulk("x".repeat(300 * KB))}PING\r\n`,
    requests: [["ECHO", "x".repeat(300 * KB)], ["PING"]],
  },
  {
    name: "arrays of no arguments",
    bytes: "*0\r\n*-1\r\n*-10\r\n*-9223372036854775808\r\nPING\r\n",
    requests: [["PING"]],
  },
  {
    name: "empty lines",
    bytes: "\r\n\n \r\n\t \n\r\r\nPING\r\n",
    requests: [["PING"]],
  },
  {
    name: "blanks around words",
    bytes: "  ECHO\t \v\fa  \r\nECHO\ra\rb\r\n",
    requests: [["ECHO", "a"], ["ECHO", "a", "b"]],
  },
  {
    name: "quoted words",
    bytes:
      `ECHO "a b"\r\nECHO 'a\\'b\\n'\r\nECHO "\\x41\\xfF\\n\\"\\\\\\q"\r\n` +
      `ECHO a"b c"\r\n"ECHO" ""\r\n`,
    requests: [
      ["ECHO", "a b"],
      ["ECHO", "a'b\\n"],
      ["ECHO", 'A\xff\n"\\q'],
      ["ECHO", "ab c"],
      ["ECHO", ""],
    ],
  },
  {
    name: "high bytes and tabulators that are no blanks inside a word",
    bytes: "ECHO \xa0\xff\r\nECHO a\vb\r\n",
    requests: [["ECHO", "\xa0\xff"], ["ECHO", "a\vb"]],
  },
  {
    name: "any byte in place of a line feed after a length",
    bytes: "*2\rx$4\ryECHO__$1\r\na__PING\r\n",
    requests: [["ECHO", "a"], ["PING"]],
  },
  {
    name: "an inline request of 64 KiB",
    bytes: `ECHO ${"x".repeat(64 * KB - 5)}\n`,
    requests: [["ECHO", "x".repeat(64 * KB - 5)]],
  },
  {
    name: "as much as a stranger may send",
    bytes: `*10\r\n${bulk("PING").repeat(9)}${bulk("x".repeat(16384))}`,
    requests: [[...Array<string>(9).fill("PING"), "x".repeat(16384)]],
    unauthenticated: true,
  },
];

/** Where the request before must have run. */
const after = `${ECHO}$2\r\nhi\r\n`;
const before = [["ECHO", "hi"]];

const broken: readonly RequestStream[] = [
  ...[
    "*3000000000\r\n",
    "*2147483648\r\n",
    "*\r\n",
    "*-\r\n",
    "*x\r\n",
    "*+1\r\n",
    "* 1\r\n",
    "*1 \r\n",
    "*01\r\n",
    "*-0\r\n",
    "*1.5\r\n",
    "*99999999999999999999\r\n",
    "*-9223372036854775809\r\n",
    "*-99999999999999999999\r\n",
  ].map((line) => ({ line, error: "invalid multibulk length" })),
  ...[
    "$-1\r\n",
    "$-10\r\n",
    "$2000000000\r\n",
    "$536870913\r\n",
    "$99999999999999999999\r\n",
    "$\r\n",
    "$blabla\r\n",
    "$00\r\n",
    "$01\r\n",
    "$+1\r\n",
    "$1x\r\n",
    "$1 \r\n",
    "$x1\r\n",
  ].map((line) => ({ line: `*1\r\n${line}`, error: "invalid bulk length" })),
  ...["fooz", "*1", ":1", "\xff", " $1"].map((line) => ({
    line: `*1\r\n${line}\r\n`,
    error: `expected '$', got '${line[0]}'`,
  })),
  { line: "*1\r\n\r\n", error: "expected '$', got ' '" },
  ...[
    'ECHO "a',
    "ECHO 'a",
    'ECHO "a"b',
    "ECHO 'a'b",
    '"',
    'ECHO "a\\',
    'ECHO "a\\"',
    'ECHO a"b"c',
    `set """test-key""" v`,
  ].map((line) => ({
    line: `${line}\r\nPING\r\n`,
    error: "unbalanced quotes in request",
  })),
  {
    line: `ECHO ${"x".repeat(80 * KB)}`,
    error: "too big inline request",
  },
  {
    line: `\0ECHO a\r\n${"x".repeat(80 * KB)}`,
    error: "too big inline request",
  },
  { line: "*" + "1".repeat(80 * KB), error: "too big mbulk count string" },
  {
    line: `*\x001\r\n${"x".repeat(80 * KB)}`,
    error: "too big mbulk count string",
  },
  { line: "*1\r\n$" + "1".repeat(80 * KB), error: "too big bulk count string" },
  {
    line: `*1\r\n\0$1\r\n${"x".repeat(80 * KB)}`,
    error: "too big bulk count string",
  },
].map(({ line, error }) => ({
  name: JSON.stringify(line.slice(0, 40)),
  bytes: after + line,
  requests: before,
  error,
}));

const strangers: readonly RequestStream[] = [
  {
    name: "too many arguments before a password",
    bytes: "*11\r\n",
    requests: [],
    error: "unauthenticated multibulk length",
    unauthenticated: true,
  },
  {
    name: "too long an argument before a password",
    bytes: "*1\r\n$16385\r\n",
    requests: [],
    error: "unauthenticated bulk length",
    unauthenticated: true,
  },
];

export const requestStreams: readonly RequestStream[] = [
  ...wellFormed,
  ...broken,
  ...strangers,
];
