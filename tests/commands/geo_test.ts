import { assertEquals } from "@std/assert";
import { announcedHere, announcedThere } from "../helpers/announced.ts";
import { findRealRedis } from "../helpers/real_redis.ts";
import {
  advance,
  double,
  error,
  type Expectation,
  nil,
  nilArray,
  OK,
  QUEUED,
  transcript,
} from "../helpers/transcript.ts";

const WRONG_TYPE = error(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
const SYNTAX_ERROR = error("ERR syntax error");
const NOT_A_FLOAT = error("ERR value is not a valid float");
const NOT_AN_INTEGER = error("ERR value is not an integer or out of range");
const UNKNOWN_UNIT = error(
  "ERR unsupported unit provided. please use M, KM, FT, MI",
);
const NO_MEMBER = error("ERR could not decode requested zset member");
const SICILY =
  "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";
const PALERMO = 3479099956230698;
const CATANIA = 3479447370796909;

function wrongArity(name: string): Expectation {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

function badPair(pair: string): Expectation {
  return error(`ERR invalid longitude,latitude pair ${pair}`);
}

transcript("geo commands refuse too few or too many arguments", [
  ["GEOADD k 1 2", wrongArity("geoadd")],
  ["GEOADD k 1 2 a 3", SYNTAX_ERROR],
  ["GEODIST k a", wrongArity("geodist")],
  ["GEODIST k a b m x", SYNTAX_ERROR],
  ["GEOHASH", wrongArity("geohash")],
  ["GEOPOS", wrongArity("geopos")],
  ["GEOHASH k", []],
  ["GEOPOS k", []],
  ["GEORADIUS k 1 2 3", wrongArity("georadius")],
  ["GEORADIUS_RO k 1 2 3", wrongArity("georadius_ro")],
  ["GEORADIUSBYMEMBER k a 3", wrongArity("georadiusbymember")],
  ["GEORADIUSBYMEMBER_RO k a 3", wrongArity("georadiusbymember_ro")],
  ["GEOSEARCH k FROMMEMBER a BYRADIUS 1", wrongArity("geosearch")],
  ["GEOSEARCHSTORE d k FROMMEMBER a BYRADIUS 1", wrongArity("geosearchstore")],
]);

transcript("geo commands refuse a key of another type and leave it as it is", [
  ["SET s text", OK],
  ["GEOADD s 1 2 a", WRONG_TYPE],
  ["GEODIST s a b", WRONG_TYPE],
  ["GEOHASH s a", WRONG_TYPE],
  ["GEOPOS s a", WRONG_TYPE],
  ["GEORADIUS s x y z m", WRONG_TYPE],
  ["GEORADIUSBYMEMBER s a 1 m", WRONG_TYPE],
  ["GEOSEARCH s FROMMEMBER a BYRADIUS 1 m", WRONG_TYPE],
  ["GEOSEARCHSTORE d s FROMMEMBER a BYRADIUS 1 m", WRONG_TYPE],
  ["GET s", "text"],
]);

transcript(
  "geo commands find nothing at a key that is missing or has expired",
  [
    ["GEODIST k a b", nil],
    ["GEOHASH k a b", [nil, nil]],
    ["GEOPOS k a", [nilArray]],
    ["GEORADIUS k 1 2 3 m", []],
    ["GEORADIUSBYMEMBER k a what ever", []],
    ["GEORADIUSBYMEMBER k a 1 m STORE d", 0],
    ["GEOSEARCH k FROMMEMBER a BYRADIUS 1 m", []],
    ["GEOADD k XX 1 2 a", 0],
    ["EXISTS k", 0],
    ["GEOADD k 1 2 a", 1],
    ["PEXPIRE k 20", 1],
    [advance(21)],
    ["GEOPOS k a", [nilArray]],
  ],
);

transcript("GEOADD adds, updates and counts as it is told", [
  ["GEOADD k 1 2 a 3 4 b", 2],
  ["GEOADD k 1 2 a 5 6 c", 1],
  ["GEOADD k CH 1 2 a 3 5 b 7 7 d", 2],
  ["GEOADD k NX CH 9 9 a 9 9 e", 1],
  ["GEOADD k XX CH 1 3 a 9 9 f", 1],
  ["GEOADD k xx nx 1 3 a", SYNTAX_ERROR],
  ["GEOADD k NX CH CH", SYNTAX_ERROR],
  ["ZCARD k", 5],
  ["ZRANGE k 0 -1", ["a", "b", "c", "d", "e"]],
]);

transcript("GEOADD refuses what is no position and adds nothing", [
  ["GEOADD k 1 2 a x 2 b", NOT_A_FLOAT],
  ["GEOADD k 1 nan a", NOT_A_FLOAT],
  ["GEOADD k 1 2 a 181 2 b", badPair("181.000000,2.000000")],
  ["GEOADD k 1 85.05112879 a", badPair("1.000000,85.051129")],
  ["GEOADD k 200.0078125 -0.0 a", badPair("200.007812,-0.000000")],
  ["GEOADD k -inf 1e22 a", badPair("-inf,10000000000000000000000.000000")],
  ["EXISTS k", 0],
  ["GEOADD k 180 85.05112878 a -180 -85.05112878 b", 2],
  ["ZSCORE k a", double("13510798882111488")],
  ["ZSCORE k b", double(0)],
]);

transcript("GEODIST, GEOHASH and GEOPOS tell of members", [
  [SICILY, 2],
  ["ZSCORE Sicily Palermo", double(PALERMO)],
  ["GEODIST Sicily Palermo Catania", "166274.1516"],
  ["GEODIST Sicily Palermo Catania KM", "166.2742"],
  ["GEODIST Sicily Palermo Catania mi", "103.3182"],
  ["GEODIST Sicily Palermo Catania Ft", "545518.8700"],
  ["GEODIST Sicily Palermo Palermo", "0.0000"],
  ["GEODIST Sicily Palermo none", nil],
  ["GEODIST Sicily Palermo Catania x", UNKNOWN_UNIT],
  ["GEODIST missing Palermo Catania x", UNKNOWN_UNIT],
  ["GEOHASH Sicily Palermo none Catania", ["sqc8b49rny0", nil, "sqdtr74hyu0"]],
  ["GEOPOS Sicily Palermo none", [
    [double("13.36138933897018433"), double("38.11555639549629859")],
    nilArray,
  ]],
]);

transcript("GEOSEARCH answers what lies in a circle or a box", [
  [SICILY, 2],
  ["GEOADD Sicily 12.758489 38.788135 edge1 17.241510 38.788135 edge2", 2],
  ["GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC", [
    "Catania",
    "Palermo",
  ]],
  [
    "GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST WITHHASH",
    [
      ["Catania", "56.4413", CATANIA, [
        double("15.08726745843887329"),
        double("37.50266842333162032"),
      ]],
      ["Palermo", "190.4424", PALERMO, [
        double("13.36138933897018433"),
        double("38.11555639549629859"),
      ]],
      ["edge2", "279.7403", 3481342659049484, [
        double("17.24151045083999634"),
        double("38.78813451624225195"),
      ]],
      ["edge1", "279.7405", 3479273021651468, [
        double("12.7584877610206604"),
        double("38.78813451624225195"),
      ]],
    ],
  ],
  ["GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 0 m", ["Palermo"]],
  [
    "GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 300 km DESC COUNT 1 WITHDIST",
    [["Catania", "166.2742"]],
  ],
]);

transcript("GEOSEARCH refuses what does not go together", [
  [SICILY, 2],
  ["GEOSEARCH Sicily FROMMEMBER none BYRADIUS 1 m", NO_MEMBER],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 FROMMEMBER a BYRADIUS 1 m", SYNTAX_ERROR],
  [
    "GEOSEARCH Sicily FROMMEMBER Palermo FROMLONLAT 1 1 BYBOX 1 1 m",
    SYNTAX_ERROR,
  ],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m BYBOX 1 1 m", SYNTAX_ERROR],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 1 m BYRADIUS 1 m", SYNTAX_ERROR],
  [
    "gEoSEARCH Sicily BYRADIUS 1 m ASC ASC ASC",
    error(
      "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for gEoSEARCH",
    ),
  ],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 ASC DESC ASC",
    error(
      "ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH",
    ),
  ],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS x m",
    error("ERR need numeric radius"),
  ],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS -1 m",
    error("ERR radius cannot be negative"),
  ],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 x", UNKNOWN_UNIT],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX x 1 m",
    error("ERR need numeric width"),
  ],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 x m",
    error("ERR need numeric height"),
  ],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 -1 m",
    error(
      "ERR height or width cannot be negative",
    ),
  ],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m COUNT 0",
    error("ERR COUNT must be > 0"),
  ],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m COUNT x", NOT_AN_INTEGER],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m COUNT", SYNTAX_ERROR],
  [
    "GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m ANY",
    error(
      "ERR the ANY argument requires COUNT argument",
    ),
  ],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m STORE d", SYNTAX_ERROR],
  ["GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m STOREDIST", SYNTAX_ERROR],
  [
    "GEOSEARCHSTORE d Sicily FROMLONLAT 1 1 BYRADIUS 1 m WITHDIST",
    error(
      "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    ),
  ],
  [
    "GEORADIUS Sicily 1 1 1 m STORE d WITHHASH",
    error(
      "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    ),
  ],
  ["GEORADIUS_RO Sicily 1 1 1 m STORE d", SYNTAX_ERROR],
  ["GEORADIUSBYMEMBER_RO Sicily Palermo 1 m STOREDIST d", SYNTAX_ERROR],
  ["GEORADIUS Sicily 1 1 1 m BYRADIUS 1 m", SYNTAX_ERROR],
  ["GEORADIUSBYMEMBER Sicily none 1 m", NO_MEMBER],
]);

transcript(
  "geo searches store positions or distances, and remove what is empty",
  [
    [SICILY, 2],
    ["SET d text EX 100", OK],
    ["GEOSEARCHSTORE d Sicily FROMLONLAT 15 37 BYRADIUS 200 km", 2],
    ["ZSCORE d Palermo", double(PALERMO)],
    ["ZSCORE d Catania", double(CATANIA)],
    ["TTL d", -1],
    ["GEORADIUS Sicily 15 37 200 km STORE d STOREDIST e", 2],
    ["ZRANGE e 0 -1", ["Catania", "Palermo"]],
    ["GEORADIUSBYMEMBER Sicily Palermo 1 km STORE e", 1],
    ["ZRANGE e 0 -1", ["Palermo"]],
    ["GEOSEARCHSTORE Sicily Sicily FROMLONLAT 15 37 BYRADIUS 1 m STOREDIST", 0],
    ["EXISTS Sicily", 0],
    ["GEORADIUS missing 15 37 200 km STORE d", 0],
    ["EXISTS d", 0],
  ],
);

transcript("geo commands take members of any bytes, and run inside MULTI", [
  ["MULTI", OK],
  [["GEOADD", "k", "1", "2", "\xff\0"], QUEUED],
  ["GEOADD k 1 200 a", QUEUED],
  ["GEOSEARCH k FROMLONLAT 1 2 BYRADIUS 1 km", QUEUED],
  ["EXEC", [1, badPair("1.000000,200.000000"), ["\xff\0"]]],
]);

const ANNOUNCED: readonly (readonly [string, readonly string[]])[] = [
  ["GEOADD k 1 2 a 3 4 b", ["zadd 0 k"]],
  ["GEOADD k 1 2 a|GEOADD k 1 2 a", []],
  ["GEOADD k 1 2 a|GEORADIUS k 1 2 3 m STORE d", ["georadiusstore 0 d"]],
  [
    "GEOADD k 1 2 a|GEOSEARCHSTORE d k FROMMEMBER a BYRADIUS 1 m",
    ["geosearchstore 0 d"],
  ],
  ["SET d 1|GEORADIUS k 1 2 3 m STORE d", ["del 0 d"]],
  ["GEORADIUS k 1 2 3 m STORE d", []],
  ["RPUSH l 1 2|SORT l STORE d", ["sortstore 0 d"]],
  ["SET d 1|SORT l STORE d", ["del 0 d"]],
  ["SORT l STORE d", []],
];

for (const [script, expected] of ANNOUNCED) {
  const lines = script.split("|").map((line) => line.split(" "));
  const what = expected.join(", ") || "nothing";
  Deno.test({
    name: `${script.replaceAll("|", ", then ")} announces ${what}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      assertEquals(announcedHere(lines), expected);
      if (findRealRedis() === undefined) return;
      assertEquals(await announcedThere([["FLUSHALL"], ...lines]), expected);
    },
  });
}
