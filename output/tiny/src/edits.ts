import type { Edit } from "./runtime/index.ts";
// import { head00 } from "./block-00/head-00.ts";
// import { head01 } from "./block-00/head-01.ts";
// import { kernel, prefer, replaceLooks, silence } from "./runtime/index.ts";
// import { NEGATIONS, tokensMatching } from "./vocabulary.ts";
// import { machine } from "./weights.ts";

/**
 * Changes of behaviour, made one after the other when the program is loaded. Each is one line: delete it to undo it.
 * Nothing else in this package needs to change. To try an example, uncomment it and the imports that it needs.
 */
export const edits: readonly Edit[] = [
  // silence(head00), // head 0 of block 0 writes nothing
  // replaceLooks(head01, [kernel([[0, 0], [1, 6], [2, 0]])]), // looks at the previous token
  // prefer(machine, tokensMatching(NEGATIONS), 0.5), // half a nat more for each of these tokens
];
