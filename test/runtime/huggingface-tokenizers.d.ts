/** The part of the package that tests use; its own declarations do not resolve under Node's module resolution. */
declare module "@huggingface/tokenizers" {
  export class Tokenizer {
    constructor(file: object, config: object);
    encode(text: string): { ids: number[] };
  }
}
