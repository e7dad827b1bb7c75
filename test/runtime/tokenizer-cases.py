"""Writes tokenizer-cases.jsonl: what the reference (Python's tokenizers) makes of hard texts, with models/tiny.

From the repository's root, after `pip install -r training/tiny/requirements.txt`:

    python test/runtime/tokenizer-cases.py
"""

import json
import random
from pathlib import Path

from tokenizers import Tokenizer

PARTS = [
    " ", "  ", "\n", "\r\n", "\t", "\u000b", "\u001c", "\u0085", "\ufeff", "\u180e", "\u00a0", "\u1680", "\u2007", "\u2028",
    "\u200b", "\u3000", "e\u0301", "👩‍👩‍👧", "🇩🇪", "漢字", "ไทย", "العربية", "'s", "'S", "'re", "’s", "'ll", "''",
    "<|endoftext|>", "<|endoftext|", "|>", "a", "B", "the", "１", "½", "Ⅷ", "x1", "12", "\u0000", "\u007f", "\u00ad", "-", "...",
    "𝒳", "𝟗", "\ufffd", "\uffff", "\U0010ffff", "ß", "İ", "ǅ", "_", "\u0378",
]  # fmt: skip

tokenizer = Tokenizer.from_file("models/tiny/tokenizer.json")
generator = random.Random(3)
texts = ["", *PARTS]
texts += ["".join(generator.choices(PARTS, k=generator.randint(2, 12))) for _ in range(250)]
cases = [{"text": text, "encoded": tokenizer.encode(text).ids} for text in texts]
for _ in range(50):
    ids = [generator.randrange(tokenizer.get_vocab_size()) for _ in range(8)]
    cases.append({"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
lines = [json.dumps(case, separators=(",", ":")) for case in cases]
Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
