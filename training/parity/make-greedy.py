"""Makes test/fixtures/parity/tiny-greedy.json: what the transformers library says that models/tiny writes.

One command, from the repository's root, after `npm ci` and `pip install -r training/parity/requirements.txt`:

    python training/parity/make-greedy.py

Only continuations are stored (200 of 20 tokens); the prompts are read from the installed text again by the test.
"""

import hashlib
import json
import subprocess
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel

TOKENS = 20
MODEL = Path("models/tiny")


@torch.no_grad()
def main():
    prompts = json.loads(subprocess.run(["node", "training/parity/greedy-prompts.js"], capture_output=True, check=True).stdout)
    model = GPT2LMHeadModel.from_pretrained(MODEL, torch_dtype=torch.float32).eval()
    ids = torch.tensor(prompts)
    for _ in range(TOKENS):
        ids = torch.cat([ids, model(ids).logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    fixture = {
        "weightsSha256": hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest(),
        "promptTokens": ids.shape[1] - TOKENS,
        "continuations": ids[:, -TOKENS:].tolist(),
    }
    Path("test/fixtures/parity/tiny-greedy.json").write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
