import {
  advance,
  blocked,
  capture,
  disconnect,
  error,
  frames,
  matching,
  nil,
  nilArray,
  noReply,
  OK,
  on,
  QUEUED,
  received,
  sent,
  type Step,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_A_TIMEOUT = error("ERR timeout is not a float or out of range");
const NEGATIVE = error("ERR timeout is negative");

/** Sends what blocks a client, and waits until it does. */
function blocks(client: string, command: string): Step[] {
  return [[sent(client, command)], [blocked(client)]];
}

function wrongArity(name: string) {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

transcript("blocking commands do not block where there is an element", [
  ["RPUSH k a b c d e f", 6],
  ["BLPOP k 0", ["k", "a"]],
  ["BRPOP missing k 1", ["k", "f"]],
  ["BLMPOP 1 2 missing k LEFT COUNT 2", ["k", ["b", "c"]]],
  ["BLMOVE k l LEFT RIGHT 0", "d"],
  ["BRPOPLPUSH k l 0", "e"],
  ["EXISTS k", 0],
  ["LRANGE l 0 -1", ["e", "d"]],
  ["BRPOPLPUSH l l 0", "d"],
  ["BLMPOP 0 1 l RIGHT", ["l", ["e"]]],
]);

transcript("blocking commands refuse what they do not understand", [
  ["BLPOP k", wrongArity("blpop")],
  ["BRPOP k", wrongArity("brpop")],
  ["BLMOVE k l LEFT LEFT", wrongArity("blmove")],
  ["BRPOPLPUSH k l", wrongArity("brpoplpush")],
  ["BLMPOP 0 1 k", wrongArity("blmpop")],
  ["BLPOP k one", NOT_A_TIMEOUT],
  ["BLPOP k nan", NOT_A_TIMEOUT],
  ['BLPOP k ""', NOT_A_TIMEOUT],
  ['BLPOP k " 1"', NOT_A_TIMEOUT],
  ["BRPOP k -1", NEGATIVE],
  ["BRPOP k -0.002", NEGATIVE],
  ["BRPOP k inf", NEGATIVE],
  ["BRPOP k -inf", NEGATIVE],
  ["BRPOP k 1e300", NEGATIVE],
  ["BRPOP k 1e400", NEGATIVE],
  ["BRPOP k -1e400", NEGATIVE],
  ["BRPOP k 1e5000", NOT_A_TIMEOUT],
  ["BLMOVE k l UP LEFT one", SYNTAX_ERROR],
  ["BLMOVE k l LEFT UP one", SYNTAX_ERROR],
  ["BLMOVE k l LEFT LEFT one", NOT_A_TIMEOUT],
  ["BRPOPLPUSH k l -1", NEGATIVE],
  ["BLMPOP one 0 k LEFT", error("ERR numkeys should be greater than 0")],
  ["BLMPOP one 2 k LEFT", SYNTAX_ERROR],
  [
    "BLMPOP one 1 k LEFT COUNT 0",
    error("ERR count should be greater than 0"),
  ],
  ["BLMPOP one 1 k LEFT", NOT_A_TIMEOUT],
  ["BLMPOP -1 1 k LEFT", NEGATIVE],
]);

transcript("blocking commands refuse a key of another type before they block", [
  ["SET s text", OK],
  ["RPUSH k a", 1],
  ["BLPOP s 0", WRONG_TYPE],
  ["BRPOP missing s k 0", WRONG_TYPE],
  ["BLPOP s one", NOT_A_TIMEOUT],
  ["BLMPOP 0 2 missing s LEFT", WRONG_TYPE],
  ["BLMOVE s k LEFT LEFT 0", WRONG_TYPE],
  ["BLMOVE k s LEFT LEFT 0", WRONG_TYPE],
  ["BRPOPLPUSH s k 0", WRONG_TYPE],
  ["BRPOPLPUSH k s 0", WRONG_TYPE],
  ["LRANGE k 0 -1", ["a"]],
]);

transcript("blocked clients are served first come first served", [
  ...blocks("b", "BLPOP k 0"),
  ...blocks("c", "BRPOP k 0"),
  ...blocks("d", "BLMPOP 0 1 k LEFT COUNT 2"),
  ...blocks("e", "BLPOP k 0"),
  ["RPUSH k 1 2 3 4 5", 5],
  [received("b", ["k", "1"])],
  [received("c", ["k", "5"])],
  [received("d", ["k", ["2", "3"]])],
  [received("e", ["k", "4"])],
  ["EXISTS k", 0],
]);

transcript("each push serves as many blocked clients as it has elements", [
  ...blocks("b", "BLPOP k 0"),
  ...blocks("c", "BLPOP k 0"),
  ["LPUSH k x", 1],
  [received("b", ["k", "x"])],
  ["LPUSH k y", 1],
  [received("c", ["k", "y"])],
  ["LPUSH k z", 1],
  ["LLEN k", 1],
]);

transcript(
  "a client blocked on several keys is served by the first to be ready",
  [
    ...blocks("b", "BLPOP x y z 0"),
    ["MULTI", OK],
    ["RPUSH z 3", QUEUED],
    ["RPUSH y 2", QUEUED],
    ["RPUSH x 1", QUEUED],
    ["EXEC", [1, 1, 1]],
    [received("b", ["z", "3"])],
    ["LLEN x", 1],
    ["LLEN y", 1],
    // The same key twice is one key.
    ...blocks("b", "BRPOP k k k 0"),
    ["RPUSH k a b", 2],
    [received("b", ["k", "b"])],
    [on("b", "BLPOP none k 0"), ["k", "a"]],
  ],
);

transcript("a key that is a list only in passing is ready from then on", [
  ...blocks("b", "BLPOP x y 0"),
  ["MULTI", OK],
  ["RPUSH y gone", QUEUED],
  ["DEL y", QUEUED],
  ["RPUSH x 1", QUEUED],
  ["RPUSH y 2", QUEUED],
  ["EXEC", [1, 1, 1, 1]],
  [received("b", ["y", "2"])],
]);

transcript("a key that is another type in passing is ready when it is a list", [
  ...blocks("b", "BLPOP x y 0"),
  ["MULTI", OK],
  ["SET y text", QUEUED],
  ["DEL y", QUEUED],
  ["RPUSH x 1", QUEUED],
  ["RPUSH y 2", QUEUED],
  ["EXEC", [OK, 1, 1, 1]],
  [received("b", ["x", "1"])],
]);

transcript("elements that come and go within a transaction serve nobody", [
  ...blocks("b", "BLPOP k 0"),
  ["MULTI", OK],
  ["RPUSH k a", QUEUED],
  ["DEL k", QUEUED],
  ["EXEC", [1, 1]],
  ["MULTI", OK],
  ["RPUSH k a", QUEUED],
  ["DEL k", QUEUED],
  ["SET k text", QUEUED],
  ["EXEC", [1, 1, OK]],
  ["DEL k", 1],
  ["MULTI", OK],
  ["RPUSH k a", QUEUED],
  ["FLUSHALL", QUEUED],
  ["EXEC", [1, OK]],
  ["MULTI", OK],
  ["RPUSH k a", QUEUED],
  ["DEL k", QUEUED],
  ["RPUSH k b c", QUEUED],
  ["LRANGE k 0 -1", QUEUED],
  ["EXEC", [1, 1, 2, ["b", "c"]]],
  [received("b", ["k", "b"])],
  ["LRANGE k 0 -1", ["c"]],
]);

transcript("blocking commands within a transaction do not block", [
  ["MULTI", OK],
  ["BLPOP k 0", QUEUED],
  ["BRPOP k l 0", QUEUED],
  ["BLMPOP 0 1 k LEFT", QUEUED],
  ["BLMOVE k l LEFT LEFT 0", QUEUED],
  ["BRPOPLPUSH k l 0", QUEUED],
  ["RPUSH k a b", QUEUED],
  ["BLPOP k 0", QUEUED],
  ["BRPOPLPUSH k l 0", QUEUED],
  [
    "EXEC",
    [nilArray, nilArray, nilArray, nil, nil, 2, ["k", "a"], "b"],
  ],
  ["LRANGE l 0 -1", ["b"]],
]);

transcript("a wait ends when its time is up", [
  ...blocks("b", "BLPOP k 0.01"),
  ...blocks("c", "BRPOP k l 0.01"),
  ...blocks("d", "BLMPOP 0.01 1 k LEFT"),
  ...blocks("e", "BLMOVE k l LEFT LEFT 0.01"),
  ...blocks("f", "BRPOPLPUSH k l 1e-2"),
  [advance(12)],
  [received("b", nilArray)],
  [received("c", nilArray)],
  [received("d", nilArray)],
  [received("e", nilArray)],
  [received("f", nilArray)],
  ["RPUSH k a", 1],
  ["LLEN k", 1],
]);

transcript("a wait lasts until its time is up, in milliseconds rounded up", [
  ...blocks("b", "BLPOP k 1.2345"),
  [advance(1234)],
  ["PING", matching(/PONG/)],
  [blocked("b")],
  [advance(1)],
  [received("b", nilArray)],
  ...blocks("b", "BLPOP k 0x1p-10"),
  [advance(1)],
  [received("b", nilArray)],
], { oursOnly: "its clock cannot be moved" });

transcript("a timeout that rounds to zero is none", [
  ...blocks("b", "BLPOP k -0.0004"),
  ...blocks("c", "BLPOP k -0.001"),
  ...blocks("d", "BLPOP k 0"),
  [advance(20)],
  ["RPUSH k 1 2 3", 3],
  [received("b", ["k", "1"])],
  [received("c", ["k", "2"])],
  [received("d", ["k", "3"])],
]);

transcript(
  "a client that was served in time hears nothing when its time is up",
  [
    ...blocks("b", "BLPOP k 0.02"),
    ["RPUSH k a", 1],
    [received("b", ["k", "a"])],
    [advance(25)],
    [on("b", "ECHO x"), "x"],
  ],
);

transcript(
  "BLMOVE passes an element on to a client blocked on its destination",
  [
    ...blocks("b", "BLMOVE x y LEFT RIGHT 0"),
    ...blocks("c", "BRPOPLPUSH y z 0"),
    ...blocks("d", "BLPOP z 0"),
    ["RPUSH x a", 1],
    [received("b", "a")],
    [received("c", "a")],
    [received("d", ["z", "a"])],
    ["DBSIZE", 0],
  ],
);

transcript("BLMOVE passes elements on in the order in which they came", [
  ...blocks("b", "BLMOVE x y LEFT RIGHT 0"),
  ...blocks("c", "BLMOVE x y LEFT RIGHT 0"),
  ...blocks("d", "BLMPOP 0 1 y LEFT COUNT 9"),
  ["RPUSH x 1 2 3", 3],
  [received("b", "1")],
  [received("c", "2")],
  [received("d", ["y", ["1", "2"]])],
  ["LRANGE x 0 -1", ["3"]],
]);

transcript("BLMOVE into its own source serves every client blocked on it", [
  ...blocks("b", "BLMOVE k k LEFT RIGHT 0"),
  ...blocks("c", "BRPOPLPUSH k k 0"),
  ...blocks("d", "BLPOP k 0"),
  ["RPUSH k 1 2", 2],
  [received("b", "1")],
  [received("c", "1")],
  [received("d", ["k", "1"])],
  ["LRANGE k 0 -1", ["2"]],
]);

transcript("a circle of BLMOVEs turns once", [
  ...blocks("b", "BRPOPLPUSH x y 0"),
  ...blocks("c", "BRPOPLPUSH y x 0"),
  ["RPUSH x a", 1],
  [received("b", "a")],
  [received("c", "a")],
  ["LRANGE x 0 -1", ["a"]],
  ["EXISTS y", 0],
]);

transcript(
  "BLMOVE gets the error when its destination has become another type",
  [
    ["SET s text", OK],
    ...blocks("b", "BLMOVE k s LEFT LEFT 0"),
    ...blocks("c", "BRPOPLPUSH k s 0"),
    ...blocks("d", "BLPOP k 0"),
    ["RPUSH k a b", 2],
    [received("b", WRONG_TYPE)],
    [received("c", WRONG_TYPE)],
    [received("d", ["k", "a"])],
    ["LRANGE k 0 -1", ["b"]],
    ["GET s", "text"],
    [on("b", "ECHO x"), "x"],
  ],
);

transcript(
  "a list that comes by RENAME, COPY, MOVE or SWAPDB serves",
  [
    ["RPUSH x 1 2", 2],
    ...blocks("b", "BLPOP k 0"),
    ["RENAME x k", OK],
    [received("b", ["k", "1"])],
    ["DEL k", 1],
    ["RPUSH x 1 2", 2],
    ...blocks("b", "BLPOP k 0"),
    ["RENAMENX x k", 1],
    [received("b", ["k", "1"])],
    ["RENAME k x", OK],
    ...blocks("b", "BLPOP k 0"),
    ["COPY x k", 1],
    [received("b", ["k", "2"])],
    ["LRANGE x 0 -1", ["2"]],
    ["SELECT 1", OK],
    ["RPUSH k moved", 1],
    ...blocks("b", "BLPOP k 0"),
    ["MOVE k 0", 1],
    [received("b", ["k", "moved"])],
    ["RPUSH k swapped", 1],
    ...blocks("b", "BLPOP k 0"),
    ["SWAPDB 0 1", OK],
    [received("b", ["k", "swapped"])],
    ["DBSIZE", 1],
  ],
);

transcript("a client blocked in one database is not served by another", [
  [on("b", "SELECT 3"), OK],
  ...blocks("b", "BLPOP k 0"),
  ["RPUSH k zero", 1],
  ["LLEN k", 1],
  ["SELECT 3", OK],
  ["RPUSH k three", 1],
  [received("b", ["k", "three"])],
]);

transcript("requests that were sent behind a blocking one wait for it", [
  [sent("b", "BLPOP k 0")],
  [sent("b", "RPUSH l x")],
  [sent("b", "LRANGE l 0 -1")],
  [sent("b", "BLPOP k 0")],
  [sent("b", "ECHO done")],
  [blocked("b")],
  ["EXISTS l", 0],
  ["RPUSH k a", 1],
  [received("b", frames(["k", "a"], 1, ["x"]))],
  [blocked("b")],
  ["RPUSH k b", 1],
  [received("b", frames(["k", "b"], "done"))],
]);

transcript(
  "requests behind a blocking one run after the request that served it",
  [
    [sent("b", "BLPOP k 0")],
    [sent("b", "RPUSH k back")],
    [blocked("b")],
    ["MULTI", OK],
    ["RPUSH k a", QUEUED],
    ["LRANGE k 0 -1", QUEUED],
    ["EXEC", [1, ["a"]]],
    [received("b", frames(["k", "a"], 1))],
    ["LRANGE k 0 -1", ["back"]],
  ],
);

transcript(
  "a client that goes away while it is blocked leaves nothing behind",
  [
    ...blocks("b", "BLPOP k l 0"),
    ...blocks("c", "BLPOP k 0"),
    [disconnect("b")],
    ["RPUSH k a", 1],
    [received("c", ["k", "a"])],
    ["RPUSH l a", 1],
    ["LLEN l", 1],
  ],
);

transcript("CLIENT KILL of a blocked client leaves its element to the next", [
  [on("b", "CLIENT ID"), capture("b")],
  ...blocks("b", "BLPOP k 0"),
  ...blocks("c", "BLPOP k 0"),
  [({ b }) => `CLIENT KILL ID ${b}`, 1],
  ["RPUSH k a", 1],
  [received("c", ["k", "a"])],
]);

transcript(
  "CLIENT UNBLOCK ends a wait as if its time were up, or with an error",
  [
    [on("b", "CLIENT ID"), capture("b")],
    ...blocks("b", "BLPOP k 0"),
    [({ b }) => `CLIENT UNBLOCK ${b}`, 1],
    [received("b", nilArray)],
    ...blocks("b", "BLMOVE k l LEFT LEFT 0"),
    [({ b }) => `CLIENT UNBLOCK ${b} TIMEOUT`, 1],
    [received("b", nilArray)],
    ...blocks("b", "BLMPOP 0 1 k LEFT"),
    [({ b }) => `CLIENT UNBLOCK ${b} ERROR`, 1],
    [
      received(
        "b",
        error("UNBLOCKED client unblocked via CLIENT UNBLOCK"),
      ),
    ],
    [({ b }) => `CLIENT UNBLOCK ${b}`, 0],
    ["RPUSH k a", 1],
    [on("b", "LLEN k"), 1],
  ],
);

transcript("a blocked client gets no reply where it asked for none", [
  [on("b", "CLIENT REPLY SKIP"), noReply],
  ...blocks("b", "BLPOP k 0"),
  ["RPUSH k a", 1],
  [received("b", noReply)],
  [on("b", "ECHO x"), "x"],
  [on("b", "CLIENT REPLY OFF"), noReply],
  ...blocks("b", "BLPOP k 0"),
  ["RPUSH k a", 1],
  [received("b", noReply)],
  [on("b", "CLIENT REPLY ON"), OK],
]);

transcript("a key that expired before the client is served does not serve it", [
  ...blocks("b", "BLPOP k 0"),
  ["MULTI", OK],
  ["RPUSH k a", QUEUED],
  ["PEXPIRE k -1", QUEUED],
  ["EXEC", [1, 1]],
  ["RPUSH k b", 1],
  [received("b", ["k", "b"])],
]);

transcript("a served client's element breaks a watch on its key", [
  ...blocks("b", "BLPOP k 0"),
  [on("c", "WATCH k"), OK],
  ["RPUSH k a", 1],
  [received("b", ["k", "a"])],
  [on("c", "MULTI"), OK],
  [on("c", "EXEC"), nilArray],
  ...blocks("b", "BLMOVE k l LEFT LEFT 0"),
  [on("c", "WATCH l"), OK],
  ["RPUSH k a", 1],
  [received("b", "a")],
  [on("c", "MULTI"), OK],
  [on("c", "EXEC"), nilArray],
]);

transcript("a list that expires before its transaction ends serves nobody", [
  ...blocks("b", "BLPOP k 0"),
  ["MULTI", OK],
  ["RPUSH k a", QUEUED],
  ["PEXPIRE k 10", QUEUED],
  ["DEBUG SLEEP 0.02", QUEUED],
  ["EXEC", [1, 1, OK]],
  ["EXISTS k", 0],
  ["RPUSH k b", 1],
  [received("b", ["k", "b"])],
]);

transcript("a list that has expired when SWAPDB brings it serves nobody", [
  ["DEBUG SET-ACTIVE-EXPIRE 0", OK],
  ...blocks("b", "BLPOP k 0"),
  ["SELECT 1", OK],
  ["RPUSH k a", 1],
  ["PEXPIRE k 10", 1],
  [advance(15)],
  ["SWAPDB 0 1", OK],
  ["SELECT 0", OK],
  ["DBSIZE", 0],
  ["DEBUG SET-ACTIVE-EXPIRE 1", OK],
  ["RPUSH k b", 1],
  [received("b", ["k", "b"])],
]);
