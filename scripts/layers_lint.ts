/**
 * Lint plugin: the layer rules of `src/ARCHITECTURE.md`, each as a rule that names the place where the
 * thing at fault belongs. It judges `src/` and `main.ts`; tests and scripts answer only to the rule about
 * where packages come from.
 */
import { dirname, relative, resolve, SEPARATOR } from "@std/path";

const ROOT = resolve(import.meta.dirname as string, "..") as string;

/** Lower layers first. Layers of one row must not know each other. */
const LAYER_ROWS: readonly (readonly string[])[] = [
  ["protocol"],
  ["store"],
  ["scripting", "persistence", "config"],
  ["server"],
  ["commands"],
  ["src"],
  ["main.ts"],
];

const FILE_CALLS = [
  "chmod",
  "chown",
  "copyFile",
  "create",
  "link",
  "lstat",
  "makeTempDir",
  "makeTempFile",
  "mkdir",
  "open",
  "readDir",
  "readFile",
  "readLink",
  "readTextFile",
  "realPath",
  "remove",
  "rename",
  "stat",
  "symlink",
  "truncate",
  "utime",
  "watchFs",
  "writeFile",
  "writeTextFile",
];
const FILE_MEMBERS: ReadonlySet<string> = new Set(
  FILE_CALLS.flatMap((name) => [name, `${name}Sync`]),
);
const FILE_MODULES = /^(node:)?fs(\/promises)?$/;

/** Besides persistence and config: the program that runs scripts, the log file, and the file of a unix socket. */
const FILE_EXCEPTIONS: ReadonlySet<string> = new Set([
  "src/scripting/engine_file.ts",
  "src/server/listener.ts",
  "src/server/log.ts",
]);

/** What only the named objects of the store may ask of the outside world. */
const AMBIENT_CALLS: ReadonlySet<string> = new Set([
  "Date.now",
  "Math.random",
  "crypto.getRandomValues",
  "crypto.randomUUID",
  "performance.now",
]);
const AMBIENT_SOURCES: ReadonlySet<string> = new Set([
  "src/store/clock.ts",
  "src/store/random.ts",
]);

const VERSION_PROPERTIES: ReadonlySet<string> = new Set([
  "protocol",
  "protocolVersion",
  "resp",
  "respVersion",
]);
const COMPARISONS: ReadonlySet<string> = new Set([
  "==",
  "===",
  "!=",
  "!==",
  "<",
  "<=",
  ">",
  ">=",
]);

/** The path from the project's folder, with forward slashes on every system. */
function projectPath(absolute: string): string {
  return (relative(ROOT, absolute) as string).replaceAll(
    SEPARATOR as string,
    "/",
  );
}

/** The layer of a project path, or undefined where no layer rule applies. */
function layerOf(path: string): string | undefined {
  if (path === "main.ts") return path;
  const [top, folder, ...rest] = path.split("/");
  if (top !== "src" || folder === undefined) return undefined;
  return rest.length === 0 ? "src" : folder;
}

function rowOf(layer: string): number {
  return LAYER_ROWS.findIndex((row) => row.includes(layer));
}

/** Says what is wrong with an import between two layers, if anything is. */
function importProblem(from: string, to: string): string | undefined {
  if (from === to) return undefined;
  for (const layer of [from, to]) {
    if (rowOf(layer) === -1) return `src/${layer} is not a known layer`;
  }
  if (rowOf(from) > rowOf(to)) return undefined;
  return `${from} must not import from ${to}`;
}

function inLayers(path: string, ...layers: string[]): boolean {
  const layer = layerOf(path);
  return layer !== undefined && layers.includes(layer);
}

type Specifiers = (
  visit: (specifier: string, node: Deno.lint.Node) => void,
) => Deno.lint.LintVisitor;

/** Visits the specifier of every way to import: static, re-export, dynamic and type-only. */
const eachSpecifier: Specifiers = (visit) => {
  const source = (node: Deno.lint.Node | null | undefined) => {
    if (node?.type === "Literal" && typeof node.value === "string") {
      visit(node.value, node);
    }
  };
  return {
    ImportDeclaration: (node) => source(node.source),
    ExportAllDeclaration: (node) => source(node.source),
    ExportNamedDeclaration: (node) => source(node.source),
    ImportExpression: (node) => source(node.source),
    TSImportType: (node) => {
      const argument = node.argument as Deno.lint.Node;
      source(
        argument.type === "TSLiteralType"
          ? argument.literal as Deno.lint.Node
          : argument,
      );
    },
  };
};

/** The property's name when it is written out, as in `a.b` or `a["b"]`. */
function propertyName(node: Deno.lint.MemberExpression): string | undefined {
  const { property } = node;
  if (!node.computed && property.type === "Identifier") return property.name;
  if (property.type === "Literal" && typeof property.value === "string") {
    return property.value;
  }
  return undefined;
}

/** "Deno.args" for `Deno.args`, `Deno["args"]` and `globalThis.Deno.args`. */
function globalMember(node: Deno.lint.MemberExpression): string | undefined {
  const name = propertyName(node);
  const { object } = node;
  if (name === undefined) return undefined;
  if (object.type === "Identifier") return `${object.name}.${name}`;
  if (
    object.type === "MemberExpression" &&
    object.object.type === "Identifier" && object.object.name === "globalThis"
  ) {
    return `${propertyName(object)}.${name}`;
  }
  return undefined;
}

/** A rule about the members of globals, silent where `exempt` says so. */
function memberRule(
  applies: (path: string) => boolean,
  problem: (member: string, path: string) => string | undefined,
): Deno.lint.Rule {
  return {
    create(context) {
      const path = projectPath(context.filename);
      if (!applies(path)) return {};
      return {
        MemberExpression(node) {
          const member = globalMember(node);
          const message = member && problem(member, path);
          if (message) context.report({ node, message });
        },
      };
    },
  };
}

function isVersionProperty(node: Deno.lint.Node): boolean {
  return node.type === "MemberExpression" &&
    VERSION_PROPERTIES.has(propertyName(node) ?? "");
}

function isVersionNumber(node: Deno.lint.Node): boolean {
  return node.type === "Literal" && (node.value === 2 || node.value === 3);
}

const importDirection: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    const from = layerOf(path);
    if (from === undefined) return {};
    return eachSpecifier((specifier, node) => {
      if (!specifier.startsWith(".")) return;
      const target = projectPath(
        resolve(dirname(context.filename), specifier) as string,
      );
      const to = layerOf(target);
      const message = to === undefined
        ? `${from} must not import from ${target}`
        : importProblem(from, to);
      if (message) context.report({ node, message });
    });
  },
};

const replyKnowsVersion: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (layerOf(path) === undefined) return {};
    if (/^src\/protocol\/reply[^/]*\.ts$/.test(path)) return {};
    const message = "Only src/protocol/reply*.ts tells RESP2 from RESP3";
    return {
      BinaryExpression(node) {
        if (!COMPARISONS.has(node.operator)) return;
        const { left, right } = node;
        if (
          isVersionProperty(left) && isVersionNumber(right) ||
          isVersionProperty(right) && isVersionNumber(left)
        ) {
          context.report({ node, message });
        }
      },
      SwitchStatement(node) {
        if (
          isVersionProperty(node.discriminant) &&
          node.cases.some(({ test }) => test !== null && isVersionNumber(test))
        ) {
          context.report({ node: node.discriminant, message });
        }
      },
    };
  },
};

const processAtTheTop = memberRule(
  (path) => layerOf(path) !== undefined && path !== "main.ts",
  (member, path) => {
    if (member === "Deno.args" || member === "Deno.exit") {
      return inLayers(path, "config")
        ? undefined
        : `Only main.ts and src/config use ${member}`;
    }
    return member === "Deno.addSignalListener"
      ? `Only main.ts uses ${member}`
      : undefined;
  },
);

const filesInPersistence: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (
      layerOf(path) === undefined || FILE_EXCEPTIONS.has(path) ||
      inLayers(path, "persistence", "config")
    ) return {};
    const where = "Only src/persistence and src/config touch files";
    return {
      ...eachSpecifier((specifier, node) => {
        if (!FILE_MODULES.test(specifier)) return;
        context.report({ node, message: `${where}, not ${specifier} here` });
      }),
      MemberExpression(node) {
        const [object, name] = globalMember(node)?.split(".") ?? [];
        if (object !== "Deno" || !FILE_MEMBERS.has(name ?? "")) return;
        context.report({ node, message: `${where}, not Deno.${name} here` });
      },
    };
  },
};

const injectedTimeAndChance: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (!inLayers(path, "store", "commands") || AMBIENT_SOURCES.has(path)) {
      return {};
    }
    const message = (what: string) =>
      `${what} is not for store and commands: ask the injected clock or random source`;
    return {
      MemberExpression(node) {
        const member = globalMember(node);
        if (member !== undefined && AMBIENT_CALLS.has(member)) {
          context.report({ node, message: message(member) });
        }
      },
      NewExpression(node) {
        if (
          node.callee.type === "Identifier" && node.callee.name === "Date" &&
          node.arguments.length === 0
        ) {
          context.report({ node, message: message("new Date()") });
        }
      },
    };
  },
};

const noDefaultExport: Deno.lint.Rule = {
  create(context) {
    if (layerOf(projectPath(context.filename)) === undefined) return {};
    const message = "Export by name";
    return {
      ExportDefaultDeclaration: (node) => context.report({ node, message }),
    };
  },
};

const packagesByName: Deno.lint.Rule = {
  create(context) {
    return eachSpecifier((specifier, node) => {
      if (/^npm:deno-std\b|[:/]@?std[@/]/.test(specifier)) {
        const message =
          "Import @std by its bare name; deno.json says where it is";
        context.report({ node, message });
      } else if (/^(jsr|https?):/.test(specifier)) {
        const message =
          "Import from npm: or node: only, which resolve everywhere";
        context.report({ node, message });
      }
    });
  },
};

export default {
  name: "layers",
  rules: {
    "import-direction": importDirection,
    "reply-knows-version": replyKnowsVersion,
    "process-at-the-top": processAtTheTop,
    "files-in-persistence": filesInPersistence,
    "injected-time-and-chance": injectedTimeAndChance,
    "no-default-export": noDefaultExport,
    "packages-by-name": packagesByName,
  },
} satisfies Deno.lint.Plugin;
