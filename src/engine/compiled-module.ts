const ROOT = new URL("../../", import.meta.url).href;

/**
 * The compiled JavaScript of a module named beside its user: `compiledModule(new URL("./jobs/x.ts", import.meta.url))`.
 * Worker threads know no TypeScript, so that a caller that itself runs from `src` (the tests) needs `tsc` to have run.
 */
export function compiledModule(module: URL): URL {
  const source = `${ROOT}src/`;
  const inside = module.href.startsWith(source) ? `${ROOT}dist/${module.href.slice(source.length)}` : module.href;
  return new URL(inside.replace(/\.ts$/, ".js"));
}
