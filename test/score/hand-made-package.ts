import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  handlesOf,
  type ClassVectorsNode,
  type EmbedNode,
  type HeadNode,
  type LookNode,
  type MlpPartNode,
  type NormNode,
  type Program,
  type TensorHandle,
  type TokenVectorsNode,
} from "../../src/ir/index.ts";
import { writeSafetensors, type TokenizerData } from "../../src/runtime/index.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a site's manifest entry says, for tests that lie. */
export interface ManifestChanges {
  readonly role?: string;
  readonly kind?: string;
  /** What else it says of sites, by id. */
  readonly sites?: Readonly<Record<string, object>>;
  /** The text of src/edits.ts, for packages that have one. */
  readonly edits?: string;
}

/** Writes a Program as a package that score can run: made by hand, so that nothing here depends on codegen. */
export function writeHandMadePackage(
  folder: string,
  program: Program,
  tokenizer: TokenizerData,
  { role = "opaque", kind = "opaque", sites: more = {}, edits }: ManifestChanges = {},
): void {
  const write = (path: string, contents: string | Uint8Array): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), contents);
  };
  cpSync(join(ROOT, "src", "runtime"), join(folder, "src", "runtime"), { recursive: true });
  mkdirSync(join(folder, "weights"), { recursive: true });
  cpSync(join(ROOT, "dist", "kernels.wasm"), join(folder, "weights", "kernels.wasm"));
  const handles = handlesOf(program);
  write(
    "weights/model.safetensors",
    writeSafetensors(handles.map(({ name, shape }) => ({ name, shape, values: program.tensors.get({ name }) }))),
  );
  write("weights/tokenizer.json", JSON.stringify(tokenizer));
  write("src/weights.ts", WEIGHTS);
  write("src/index.ts", INDEX);
  write("src/model.ts", modelSource(program));
  if (edits) write("src/edits.ts", edits);
  if (edits) write("src/index.ts", INDEX_WITH_EDITS);
  const sites = program.blocks.flatMap(({ attention, mlp }) =>
    [...attention.heads, mlp].map(({ id }) => ({ id, kind, price: 0.1, ...more[id] })),
  );
  const tensors = handles.map(({ name, shape }) => ({ name, shape, role }));
  write("manifest.json", JSON.stringify({ schema: 1, sites, tensors }));
}

const INDEX = `import { model } from "./model.ts";
import { createProgram, type Program } from "./runtime/index.ts";
import { machine, tokenizer } from "./weights.ts";

/** The program, ready to run. */
export async function load(): Promise<Program> {
  return createProgram(machine, model, tokenizer);
}
`;

const INDEX_WITH_EDITS = INDEX.replace("import {", `import { edits } from "./edits.ts";\nimport {`)
  .replace("createProgram, type", "applyEdits, createProgram, type")
  .replace("machine, model,", "machine, applyEdits(model, edits),");

const WEIGHTS = `import { readFileSync } from "node:fs";
import { createMachine, createTokenizer, readHeader, readTensor, type Tensor } from "./runtime/index.ts";

const bytesOf = (name: string): Uint8Array => readFileSync(new URL(\`../weights/\${name}\`, import.meta.url));

/** Memory and arithmetic. */
export const machine = createMachine(bytesOf("kernels.wasm"));

/** Text to tokens. */
export const tokenizer = createTokenizer(JSON.parse(new TextDecoder().decode(bytesOf("tokenizer.json"))));

const file = bytesOf("model.safetensors");
const header = readHeader(file);

/** A tensor by its name. */
export function tensor(name: string): Tensor {
  const { shape, values } = readTensor(file, header, name);
  return machine.store(values, ...shape);
}
`;

const PARTS = [
  ...["affine", "classScores", "classVectors", "constant", "denseLook", "denseMove", "followsMatch", "interpolated"],
  ...["kernel", "neurons", "sameToken", "sink", "tokenScores", "tokenVectors"],
].join(", ");

function modelSource({ context, embed, blocks, finalNorm, unembed, tokenClasses }: Program): string {
  const model = record({
    context: String(context),
    embed: record({ tokens: tensor(embed.tokens), positions: positionsSource(embed, context) }),
    blocks: list(
      blocks.map(({ attention, mlp }) =>
        record({
          attention: record({
            norm: normSource(attention.norm),
            heads: list(attention.heads.map(headSource)),
            ...(attention.bias && { bias: tensor(attention.bias) }),
          }),
          mlp: record({ norm: normSource(mlp.norm), parts: list(mlp.parts.map(partSource)) }),
        }),
      ),
    ),
    finalNorm: normSource(finalNorm),
    unembed: record({
      tokens: "unembedding",
      directions: "machine.transposed(unembedding)",
      ...(unembed.bias && { bias: tensor(unembed.bias) }),
    }),
  });
  return `import { ${PARTS}, type Model } from "./runtime/index.ts";
import { machine, tensor } from "./weights.ts";

const unembedding = ${tensor(unembed.tokens)};
export const unused = [${PARTS}];
${tokenClasses ? `const classes = ${tensor(tokenClasses.classes)};` : ""}

/** The model. */
export const model: Model = ${model};
`;
}

function headSource({ looks, moves }: HeadNode): string {
  if (moves.kind === "constantMove") return record({ looks: "[]", moves: `constant(${tensor(moves.vector)})` });
  const moved =
    moves.kind === "denseMove"
      ? `denseMove(${tensors({ value: moves.value, valueBias: moves.valueBias, output: moves.output })})`
      : tokenWrites(moves);
  return record({ looks: list(looks.map(lookSource)), moves: moved });
}

function lookSource(look: LookNode): string {
  if (look.kind === "sinkLook") return `sink(${look.rule.score})`;
  if (look.kind === "kernelLook") return `kernel(${JSON.stringify(look.rule.steps)})`;
  if (look.kind === "matchLook") {
    return `${look.rule.keyBack === 0 ? "sameToken" : "followsMatch"}(${JSON.stringify(look.rule.scores)})`;
  }
  if (look.kind === "tokenLook") return `tokenScores({ back: ${look.back}, scores: ${tensor(look.scores)} })`;
  if (look.kind === "classLook") {
    const { queryBack, keyBack, scores } = look;
    return `classScores({ classes, queryBack: ${queryBack}, keyBack: ${keyBack}, scores: ${tensor(scores)} })`;
  }
  const { query, queryBias, key, keyBias } = look;
  return `denseLook(${tensors({ query, queryBias, key, keyBias })})`;
}

function partSource(part: MlpPartNode): string {
  if (part.kind === "constantPart") return `constant(${tensor(part.vector)})`;
  if (part.kind === "affinePart") return `affine(${tensors({ input: part.input, output: part.output })})`;
  if (part.kind === "rulePart") throw new Error("Hand-made packages have no rules of conditions.");
  if (part.kind !== "densePart") return tokenWrites(part);
  const { input, bias, output, activation } = part;
  return `neurons({ ...${tensors({ input, bias, output })}, activation: ${JSON.stringify(activation)} })`;
}

function tokenWrites(part: ClassVectorsNode | TokenVectorsNode): string {
  if (part.kind === "classVectors") {
    return `classVectors({ classes, back: ${part.back}, vectors: ${tensor(part.vectors)} })`;
  }
  const { groups, amounts, directions } = part;
  return `tokenVectors({ back: ${part.back}, ...${tensors({ groups, amounts, directions })} })`;
}

function positionsSource({ positions, knots }: EmbedNode, context: number): string {
  if (!knots) return tensor(positions);
  return `interpolated(machine, { knots: ${JSON.stringify(knots)}, rows: ${tensor(positions)}, context: ${context} })`;
}

function normSource({ epsilon, gain, bias }: NormNode): string {
  return `{ epsilon: ${epsilon}, ...${tensors({ gain, bias })} }`;
}

function tensors(handles: Readonly<Record<string, TensorHandle | undefined>>): string {
  return record(
    Object.fromEntries(Object.entries(handles).flatMap(([key, handle]) => (handle ? [[key, tensor(handle)]] : []))),
  );
}

const tensor = ({ name }: TensorHandle): string => `tensor(${JSON.stringify(name)})`;
const list = (items: readonly string[]): string => `[${items.join(", ")}]`;
const record = (members: Readonly<Record<string, string>>): string =>
  `{ ${Object.entries(members)
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")} }`;
