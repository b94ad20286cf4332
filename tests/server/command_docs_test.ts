import { assertEquals, assertThrows } from "@std/assert";
import {
  type Argument,
  argumentsOf,
  readableSyntax,
} from "../../src/server/command_docs.ts";
import { type ArgumentFacts, keyAt } from "../../src/server/command.ts";

/** The arguments in short: `name:type`, `TOKEN=`, `?` optional, `+` multiple, `++` with its token, groups in braces. */
function shown(syntax: string, docs: ArgumentFacts = {}): string {
  return list(argumentsOf({
    name: "test",
    arity: 1,
    flags: [],
    keys: [keyAt(1, "RW"), keyAt(2, "RW")],
    since: "1.0.0",
    complexity: "",
    summary: "",
    syntax,
    docs,
  }));
}

function list(args: readonly Argument[]): string {
  return args.map(show).join(" ");
}

function show(argument: Argument): string {
  const { name, type, token, keySpecIndex, since, flags } = argument;
  return [
    token === undefined ? "" : `${token}=`,
    `${name}:${type}`,
    keySpecIndex === undefined ? "" : `#${keySpecIndex}`,
    since === undefined ? "" : `@${since}`,
    ...flags.map((flag) => flag === "optional" ? "?" : "+"),
    argument.arguments === undefined ? "" : `{${list(argument.arguments)}}`,
  ].join("");
}

const EXAMPLES: Readonly<Record<string, string>> = {
  "": "",
  "key": "key:key#0",
  "source destination": "source:key#0 destination:key#1",
  "key [count]": "key:key#0 count:integer?",
  "key [key ...]": "key:key#0+",
  "key value [key value ...]": "key_value:block+{key:key#0 value:string}",
  "[section [section ...]]": "section:string?+",
  "cursor [MATCH pattern] [COUNT count]":
    "cursor:integer MATCH=pattern:pattern? COUNT=count:integer?",
  "[NX | XX]": "nx_xx:oneof?{NX=nx:pure-token XX=xx:pure-token}",
  "<LEFT | RIGHT> timeout":
    "left_right:oneof{LEFT=left:pure-token RIGHT=right:pure-token} timeout:double",
  "[LIMIT offset count] [ASC | DESC] [ALPHA]":
    "LIMIT=offset_count:block?{offset:integer count:integer} " +
    "asc_desc:oneof?{ASC=asc:pure-token DESC=desc:pure-token} ALPHA=alpha:pure-token?",
  "[GET pattern [GET pattern ...]]": "GET=pattern:pattern?++",
  "[KEYS key [key ...]]": "KEYS=key:key#0?+",
  "[COUNT count [ANY]]":
    "count_any:block?{COUNT=count:integer ANY=any:pure-token?}",
  "[TO host port [FORCE]]":
    "TO=host_port_force:block?{host:string port:integer FORCE=force:pure-token?}",
  "<host port | NO ONE>":
    "host_port_no_one:oneof{host_port:block{host:string port:integer} " +
    "no_one:block{NO=no:pure-token ONE=one:pure-token}}",
  "<BYRADIUS radius <M | KM> | BYBOX width height <M | KM>>":
    "radius_m_km_width_height_m_km:oneof{" +
    "radius_m_km:block{BYRADIUS=radius:double m_km:oneof{M=m:pure-token KM=km:pure-token}} " +
    "width_height_m_km:block{BYBOX=width:double height:double m_km:oneof{M=m:pure-token KM=km:pure-token}}}",
  "[AGGREGATE <SUM | MIN>]":
    "AGGREGATE=sum_min:oneof?{SUM=sum:pure-token MIN=min:pure-token}",
  "[CH] score member [score member ...]":
    "CH=ch:pure-token? score_member:block+{score:double member:string}",
  "[NOACK] STREAMS key [key ...] id [id ...]":
    "NOACK=noack:pure-token? STREAMS=key_id:block{key:key#0+ id:string+}",
  "[ID (client-id [client-id ...])]": "ID=client-id:block?{client-id:integer+}",
  "(pattern) [(pattern) ...]": "pattern:block+{pattern:pattern}",
  "[<ID id | [ADDR addr]> [...]]":
    "id_addr:oneof?+{ID=id:string ADDR=addr:string?}",
};

for (const [syntax, expected] of Object.entries(EXAMPLES)) {
  Deno.test(`the arguments of '${syntax}'`, () => {
    assertEquals(shown(syntax), expected);
  });
}

Deno.test("facts name groups, tokens and types that the syntax line cannot tell", () => {
  assertEquals(
    shown("key [BY pattern] [EX value | KEEPTTL] [ALPHA]", {
      groups: ["expiration"],
      names: { ALPHA: "sorting" },
      types: { EX: "integer", key: "string" },
      since: { EX: "2.6.12", expiration: "1.2.3" },
      keySpecs: { BY: 1 },
    }),
    "key:string BY=pattern:pattern#1? " +
      "expiration:oneof@1.2.3?{EX=value:integer@2.6.12 KEEPTTL=keepttl:pure-token} " +
      "ALPHA=sorting:pure-token?",
  );
});

Deno.test("a syntax line that is none is refused", () => {
  for (
    const syntax of ["[key", "key]", "a | b", "[]", "key [other ...]", "<a | >"]
  ) {
    assertThrows(() => shown(syntax), Error, "Syntax line with", syntax);
  }
});

Deno.test("people read a syntax line without its hidden blocks", () => {
  assertEquals(
    readableSyntax("(pattern) [(pattern) ...]"),
    "pattern [pattern ...]",
  );
  assertEquals(readableSyntax("[ID (id [id ...])]"), "[ID id [id ...]]");
  assertEquals(readableSyntax("<a | b> [...]"), "<a | b> ...");
});
