/** The layers of DESIGN.md, low to high. A module may import its own layer's folder and lower layers only. */
const LAYERS = [
  ["runtime/"],
  ["ir/"],
  ["errors", "process-alive", "progress", "cache", "budget", "output-folder", "package-build"],
  ["extract/", "text/"],
  ["engine/"],
  // report only describes what score measures; the rest of this layer are stages that compile.ts connects.
  ["report/"],
  ["profile/", "simplify/", "codegen/", "score/"],
  ["text-source", "model-source", "cached-stages", "stages"],
  ["shortcut-stage"],
  ["compile"],
  ["tune"],
  ["cli/"],
];

const pathOf = (modules) => `^src/(${modules.map((name) => (name.endsWith("/") ? name : `${name}\\.ts$`)).join("|")})`;

/** Each layer may not reach what is above it. */
const pointDown = LAYERS.slice(0, -1).map((layer, index) => ({
  name: `below-${LAYERS[index + 1][0].replace("/", "")}`,
  comment: "Imports point down (DESIGN.md 1).",
  severity: "error",
  from: { path: pathOf(layer) },
  to: { path: pathOf(LAYERS.slice(index + 1).flat()) },
}));

module.exports = {
  forbidden: [
    ...pointDown,
    {
      name: "no-cycles",
      comment: "Cycles of types alone do not exist when the program runs.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "runtime-alone",
      comment: "The runtime is copied into emitted packages, so it imports nothing else, Node included.",
      severity: "error",
      from: { path: "^src/runtime/" },
      to: { pathNot: "^src/runtime/" },
    },
    {
      name: "held-out-only-for-score",
      comment: "The test split is read by score and by nothing else (DESIGN.md 5).",
      severity: "error",
      from: { pathNot: "^src/(score|text)/" },
      to: { path: "^src/text/held-out\\.ts$" },
    },
    {
      name: "held-out-not-in-text",
      comment: "No module of text may hand the test split on.",
      severity: "error",
      from: { path: "^src/text/" },
      to: { path: "^src/text/held-out\\.ts$" },
    },
    {
      name: "held-out-not-through-others",
      comment: "Only score has a way to the test split.",
      severity: "error",
      from: { path: "^src/(runtime|ir|extract|engine|profile|simplify|codegen|report)/" },
      to: { path: "^src/(score/|text/held-out\\.ts$)", reachable: true },
    },
    {
      name: "codegen-opens-no-weights",
      comment: "codegen never opens a weights file; what it emits comes from the Program.",
      severity: "error",
      from: { path: "^src/codegen/" },
      to: { path: "^src/extract/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "profile-simplify-codegen-apart",
      comment: "Stages do not run one another: compile.ts does.",
      severity: "error",
      from: { path: "^src/(profile|simplify)/" },
      to: { path: "^src/(codegen|score)/" },
    },
    {
      name: "score-runs-the-package",
      comment: "score measures the emitted package, never the IR that it was emitted from.",
      severity: "error",
      from: { path: "^src/score/" },
      to: { path: "^src/(codegen|simplify)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "through-the-index",
      comment: "A folder's index.ts is its whole public face.",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: "^src/([^/]+)/", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$", "^src/text/held-out\\.ts$"] },
    },
    {
      name: "through-the-index-from-above",
      comment: "A folder's index.ts is its whole public face.",
      severity: "error",
      from: { path: "^src/[^/]+\\.ts$" },
      to: { path: "^src/[^/]+/", pathNot: "^src/[^/]+/index\\.ts$" },
    },
    {
      name: "declared-dependencies",
      comment: "src needs what users install; nothing of devDependencies.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "unknown", "undetermined"] },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { conditionNames: ["import", "node", "default"], exportsFields: ["exports"] },
  },
};
