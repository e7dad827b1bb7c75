/**
 * GPT-2 writes each byte of UTF-8 as one printable character, so that vocabulary files are readable text:
 * printable Latin-1 stands for itself, the other 68 bytes take the characters from U+0100 on, in order.
 * Source: `bytes_to_unicode` in openai/gpt-2, src/encoder.py.
 */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

const BYTES: ReadonlyMap<string, number> = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

const utf8 = new TextEncoder();

function byteCharacters(): string[] {
  let shifted = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(printable ? byte : shifted++);
  });
}

/** The bytes that a vocabulary entry stands for. One with a foreign character is not byte-level and stands for its own UTF-8. */
export function bytesOfEntry(entry: string): Uint8Array {
  const bytes = Array.from(entry, (character) => BYTES.get(character));
  return bytes.includes(undefined) ? utf8.encode(entry) : Uint8Array.from(bytes as number[]);
}
