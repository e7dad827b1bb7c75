/** The one thing of Node that this package uses, declared here so that nothing has to be installed to check its types. */
declare module "node:fs" {
  /** All bytes of a file. */
  export function readFileSync(path: URL): Uint8Array;
}
