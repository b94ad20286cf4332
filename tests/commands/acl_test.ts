import { CATEGORIES } from "../../src/server/command_categories.ts";
import {
  between,
  each,
  error,
  type Expected,
  map,
  matching,
  nil,
  OK,
  on,
  set,
  status,
  transcript,
  unordered,
} from "../helpers/transcript.ts";

/** A server that nobody else defines users on. */
const ALONE = { config: {} };

const SHORT_HASH =
  "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4ebe9807785afee48bb";
const HASH_OF_ABC =
  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const HASH_OF_EMPTY =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function invalid(rule: string, reason: string) {
  return error(`ERR Error in ACL SETUSER modifier '${rule}': ${reason}`);
}

/** ACL GETUSER's answer of a user without further selectors. */
function user(
  flags: readonly string[],
  commands: Expected,
  keys: string,
  channels: string,
  passwords: readonly string[] = [],
) {
  return map([
    ["flags", set(flags)],
    ["passwords", passwords],
    ["commands", commands],
    ["keys", keys],
    ["channels", channels],
    ["selectors", []],
  ]);
}

/** An entry of the slow log. */
function slow(...words: readonly string[]) {
  const any = between(0, Infinity);
  return [any, any, any, words, matching(/./), ""];
}

transcript("ACL tells of the default user, and of others once they are made", [
  ["ACL WHOAMI", "default"],
  ["ACL USERS", ["default"]],
  ["ACL LIST", ["user default on nopass ~* &* +@all"]],
  ["ACL GETUSER default", user(["on", "nopass"], "+@all", "~*", "&*")],
  ["ACL GETUSER nobody", nil],
  ["ACL SETUSER new", OK],
  ["ACL SETUSER Abc reset", OK],
  ["ACL USERS", ["Abc", "default", "new"]],
  ["ACL LIST", [
    "user Abc off sanitize-payload resetchannels -@all",
    "user default on nopass ~* &* +@all",
    "user new off resetchannels -@all",
  ]],
  ["ACL GETUSER new", user(["off"], "-@all", "", "")],
  ["ACL GETUSER Abc", user(["off", "sanitize-payload"], "-@all", "", "")],
  ["ACL DELUSER new nobody new", 1],
  [
    "ACL DELUSER Abc default",
    error("ERR The 'default' user cannot be removed"),
  ],
  ["ACL USERS", ["Abc", "default"]],
], ALONE);

transcript(
  "ACL SETUSER refuses names with blanks, and rules that make no sense",
  [
    [
      'ACL SETUSER "a b"',
      error("ERR Usernames can't contain spaces or null characters"),
    ],
    [
      'ACL SETUSER "a\\x00"',
      error("ERR Usernames can't contain spaces or null characters"),
    ],
    [
      "ACL SETUSER",
      error("ERR wrong number of arguments for 'acl|setuser' command"),
    ],
    ["ACL SETUSER u nonsense", invalid("nonsense", "Syntax error")],
    ['ACL SETUSER u "" ON', OK],
    [
      "ACL SETUSER u oN Off +nope",
      invalid("+nope", "Unknown command or category name in ACL"),
    ],
    ["ACL GETUSER u", user(["on"], "-@all", "", "")],
    [
      "ACL SETUSER u +",
      invalid("+", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u -nope",
      invalid("-nope", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u +@nope",
      invalid("+@nope", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u -@",
      invalid("-@", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u +config|nope",
      invalid("+config|nope", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u -config|nope",
      invalid("-config|nope", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u -select|0",
      invalid("-select|0", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u +get|a|b",
      invalid("+get|a|b", "Unknown command or category name in ACL"),
    ],
    [
      "ACL SETUSER u +config|get|x",
      invalid(
        "+config|get|x",
        "Allowing first-arg of a subcommand is not supported",
      ),
    ],
    ["ACL SETUSER u +select|", invalid("+select|", "Syntax error")],
    ["ACL SETUSER u +config|", invalid("+config|", "Syntax error")],
    ["ACL SETUSER u %", invalid("%", "Syntax error")],
    ["ACL SETUSER u %~", invalid("%~", "Syntax error")],
    ["ACL SETUSER u %RR~x", invalid("%RR~x", "Syntax error")],
    ["ACL SETUSER u %Rx", invalid("%Rx", "Syntax error")],
    ['ACL SETUSER u "~a b"', invalid("~a b", "Syntax error")],
    ['ACL SETUSER u "&a b"', invalid("&a b", "Syntax error")],
    ["ACL SETUSER u )", invalid(")", "Syntax error")],
    ['ACL SETUSER u " () "', invalid(" () ", "Syntax error")],
    ["ACL SETUSER u (on)", invalid("(on)", "Syntax error")],
    [
      "ACL SETUSER u (~*",
      error("ERR Unmatched parenthesis in acl selector starting at '(~*'."),
    ],
    [
      "ACL SETUSER u ~x ( +get",
      error("ERR Unmatched parenthesis in acl selector starting at '('."),
    ],
    [
      "ACL SETUSER u allkeys ~x",
      error(
        "ERR Error in ACL SETUSER modifier '~x': Adding a pattern after the * pattern (or the " +
          "'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
      ),
    ],
    [
      "ACL SETUSER u (&* &x)",
      error(
        "ERR Error in ACL SETUSER modifier '(&* &x)': Adding a pattern after the * pattern (or the " +
          "'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
      ),
    ],
    ["ACL GETUSER u", user(["on"], "-@all", "", "")],
  ],
  ALONE,
);

transcript(
  "passwords are kept as hashes, each once, and taken away by themselves or their hash",
  [
    ["ACL SETUSER u >abc", OK],
    ["ACL SETUSER u >abc >", OK],
    [
      "ACL GETUSER u",
      user(["off"], "-@all", "", "", [HASH_OF_ABC, HASH_OF_EMPTY]),
    ],
    ["ACL LIST", [
      "user default on nopass ~* &* +@all",
      `user u off #${HASH_OF_ABC} #${HASH_OF_EMPTY} resetchannels -@all`,
    ]],
    [`ACL SETUSER u #${HASH_OF_ABC}`, OK],
    [
      "ACL SETUSER u <nope",
      invalid(
        "<nope",
        "The password you are trying to remove from the user does not exist",
      ),
    ],
    ["ACL SETUSER u <", OK],
    [
      `ACL SETUSER u !${HASH_OF_EMPTY}`,
      invalid(
        `!${HASH_OF_EMPTY}`,
        "The password you are trying to remove from the user does not exist",
      ),
    ],
    [
      `ACL SETUSER u #${SHORT_HASH}`,
      invalid(
        `#${SHORT_HASH}`,
        "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
      ),
    ],
    [
      `ACL SETUSER u #${HASH_OF_ABC.toUpperCase()}`,
      invalid(
        `#${HASH_OF_ABC.toUpperCase()}`,
        "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
      ),
    ],
    [
      on("b", "AUTH u abc"),
      error("WRONGPASS invalid username-password pair or user is disabled."),
    ],
    ["ACL SETUSER u on +acl", OK],
    [
      on("b", "AUTH u nope"),
      error("WRONGPASS invalid username-password pair or user is disabled."),
    ],
    [on("b", "AUTH u abc"), OK],
    [on("b", "ACL WHOAMI"), "u"],
    [`ACL SETUSER u !${HASH_OF_ABC}`, OK],
    [
      on("b", "AUTH u abc"),
      error("WRONGPASS invalid username-password pair or user is disabled."),
    ],
    [on("b", "ACL WHOAMI"), "u"],
    ["ACL SETUSER u nopass", OK],
    [on("b", "AUTH u whatever"), OK],
    ["ACL SETUSER u >abc", OK],
    ["ACL GETUSER u", user(["on"], "-@all +acl", "", "", [HASH_OF_ABC])],
    ["ACL SETUSER u resetpass", OK],
    [
      on("b", "AUTH u abc"),
      error("WRONGPASS invalid username-password pair or user is disabled."),
    ],
    [on("b", "AUTH u abc more"), error("ERR syntax error")],
    [
      "AUTH pw",
      error(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
      ),
    ],
  ],
  ALONE,
);

transcript("rules about commands come back as categories and single commands", [
  ["ACL SETUSER u allcommands", OK],
  ["ACL GETUSER u", user(["off"], "+@all", "", "")],
  ["ACL SETUSER u NoCommands", OK],
  ["ACL GETUSER u", user(["off"], "-@all", "", "")],
  ["ACL SETUSER u +@ALL -Client +client|ID", OK],
  ["ACL GETUSER u", user(["off"], "+@all -client +client|id", "", "")],
  ["ACL SETUSER u +client", OK],
  ["ACL GETUSER u", user(["off"], "+@all", "", "")],
  ["ACL SETUSER u -@all +acl +config -config|set", OK],
  [
    "ACL GETUSER u",
    map([
      ["flags", set(["off"])],
      ["passwords", []],
      [
        "commands",
        matching(
          /^-@all (\+acl \+config -config\|set|\+config -config\|set \+acl)$/,
        ),
      ],
      ["keys", ""],
      ["channels", ""],
      ["selectors", []],
    ]),
  ],
  ["ACL SETUSER u -@all +select|0 +select|0 +DEBUG|Digest", OK],
  [
    "ACL GETUSER u",
    map([
      ["flags", set(["off"])],
      ["passwords", []],
      [
        "commands",
        matching(
          /^-@all (\+select\|0 \+debug\|Digest|\+debug\|Digest \+select\|0)$/,
        ),
      ],
      ["keys", ""],
      ["channels", ""],
      ["selectors", []],
    ]),
  ],
  ["ACL SETUSER u +memory|doctor -@all +@string -incr", OK],
  ["ACL GETUSER u", user(["off"], "-@all +@string -incr", "", "")],
  ["ACL SETUSER u +@all -@string +incr -debug +debug|x", OK],
  [
    "ACL GETUSER u",
    map([
      ["flags", set(["off"])],
      ["passwords", []],
      [
        "commands",
        matching(
          /^\+@all -@string (\+incr -debug \+debug\|x|-debug \+debug\|x \+incr)$/,
        ),
      ],
      ["keys", ""],
      ["channels", ""],
      ["selectors", []],
    ]),
  ],
  ["ACL SETUSER u reset +@all -@dangerous", OK],
  [
    "ACL GETUSER u",
    user(["off", "sanitize-payload"], "+@all -@dangerous", "", ""),
  ],
  ["ACL SETUSER u reset +@set", OK],
  ["ACL GETUSER u", user(["off", "sanitize-payload"], "-@all +@set", "", "")],
], ALONE);

transcript("patterns of keys and channels come back as they are understood", [
  ["ACL SETUSER u %R~foo %W~foo %rw~bar %r~x %W~y ~z ~z %RW", OK],
  ["ACL SETUSER u &a &b* &a", OK],
  [
    "ACL GETUSER u",
    user(["off"], "-@all", "~foo ~bar %R~x %W~y ~z ~", "&a &b*"),
  ],
  ["ACL LIST", [
    "user default on nopass ~* &* +@all",
    "user u off ~foo ~bar %R~x %W~y ~z ~ resetchannels &a &b* -@all",
  ]],
  ["ACL SETUSER u %R~* allchannels", OK],
  [
    "ACL GETUSER u",
    user(["off"], "-@all", "~foo ~bar %R~x %W~y ~z ~ %R~*", "&*"),
  ],
  ["ACL SETUSER u resetkeys resetchannels", OK],
  ["ACL GETUSER u", user(["off"], "-@all", "", "")],
  ["ACL SETUSER u AllKeys &*", OK],
  ["ACL GETUSER u", user(["off"], "-@all", "~*", "&*")],
  ["ACL SETUSER u skip-sanitize-payload", OK],
  ["ACL LIST", [
    "user default on nopass ~* &* +@all",
    "user u off skip-sanitize-payload ~* &* -@all",
  ]],
], ALONE);

transcript("selectors stand beside the user's own rules", [
  ["ACL SETUSER u on +get ~a (+set ~b &c) ( %R~d +@hash )", OK],
  [
    "ACL GETUSER u",
    map([
      ["flags", set(["on"])],
      ["passwords", []],
      ["commands", "-@all +get"],
      ["keys", "~a"],
      ["channels", ""],
      ["selectors", [
        map([["commands", "-@all +set"], ["keys", "~b"], ["channels", "&c"]]),
        map([["commands", "-@all +@hash"], ["keys", "%R~d"], ["channels", ""]]),
      ]],
    ]),
  ],
  ["ACL LIST", [
    "user default on nopass ~* &* +@all",
    "user u on ~a resetchannels -@all +get (~b resetchannels &c -@all +set) (%R~d resetchannels -@all +@hash)",
  ]],
  ["ACL SETUSER u clearselectors ()", OK],
  ["ACL LIST", [
    "user default on nopass ~* &* +@all",
    "user u on ~a resetchannels -@all +get (resetchannels -@all)",
  ]],
  ["ACL SETUSER u reset", OK],
  ["ACL LIST", [
    "user default on nopass ~* &* +@all",
    "user u off sanitize-payload resetchannels -@all",
  ]],
], ALONE);

transcript(
  "acl-pubsub-default says which channels new users may use, and those who are reset",
  [
    [
      "CONFIG GET acl-pubsub-default",
      map([["acl-pubsub-default", "resetchannels"]]),
    ],
    ["ACL SETUSER old", OK],
    ["CONFIG SET acl-pubsub-default allchannels", OK],
    ["ACL SETUSER new", OK],
    ["ACL SETUSER one &x", error(/start with an empty list of channels$/)],
    ["ACL SETUSER one (+get)", OK],
    ["ACL LIST", [
      "user default on nopass ~* &* +@all",
      "user new off &* -@all",
      "user old off resetchannels -@all",
      "user one off &* -@all (&* -@all +get)",
    ]],
    ["ACL SETUSER old reset", OK],
    ["ACL GETUSER old", user(["off", "sanitize-payload"], "-@all", "", "&*")],
  ],
  ALONE,
);

transcript("ACL CAT lists categories and what is in them", [
  ["ACL CAT", CATEGORIES],
  [
    "ACL CAT Transaction",
    unordered(["multi", "exec", "discard", "watch", "unwatch"]),
  ],
  [
    "ACL CAT hyperloglog",
    unordered(["pfadd", "pfcount", "pfmerge", "pfdebug", "pfselftest"]),
  ],
  ["ACL CAT nope", error("ERR Unknown category 'nope'")],
  [
    "ACL CAT a b",
    error(
      "ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.",
    ),
  ],
]);

transcript("ACL GENPASS makes as many digits as bits need", [
  ["ACL GENPASS", matching(/^[0-9a-f]{64}$/)],
  ["ACL GENPASS 5", matching(/^[0-9a-f]{2}$/)],
  ["ACL GENPASS 1", matching(/^[0-9a-f]$/)],
  ["ACL GENPASS 4096", matching(/^[0-9a-f]{1024}$/)],
  [
    "ACL GENPASS 4097",
    error(
      "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
    ),
  ],
  [
    "ACL GENPASS -236",
    error(
      "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
    ),
  ],
  ["ACL GENPASS x", error("ERR value is not an integer or out of range")],
  [
    "ACL GENPASS 1 2",
    error(
      "ERR unknown subcommand or wrong number of arguments for 'GENPASS'. Try ACL HELP.",
    ),
  ],
]);

transcript("ACL HELP and ACL without a file", [
  ["ACL HELP", each(matching(/./), 29)],
  ["ACL HELP x", error("ERR wrong number of arguments for 'acl|help' command")],
  ["ACL NOPE", error("ERR unknown subcommand 'NOPE'. Try ACL HELP.")],
  [
    "ACL LOAD",
    error(
      /^ERR This Redis instance is not configured to use an ACL file\. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE \(assuming you have a Redis configuration file set\) in order to store users in the Redis configuration\.$/,
    ),
  ],
  ["ACL SAVE", error(/^ERR This Redis instance is not configured/)],
  ["PING", status("PONG")],
]);

transcript("what ACL SETUSER and AUTH are told does not reach the slow log", [
  ["CONFIG SET slowlog-log-slower-than 0", OK],
  ["ACL SETUSER u on >secret", OK],
  ["AUTH u secret", OK],
  ["AUTH default x", OK],
  ["SLOWLOG GET 3", [
    slow("AUTH", "(redacted)", "(redacted)"),
    slow("AUTH", "(redacted)", "(redacted)"),
    slow("ACL", "SETUSER", "(redacted)", "(redacted)", "(redacted)"),
  ]],
], ALONE);
