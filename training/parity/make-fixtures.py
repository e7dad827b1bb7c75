"""Makes the golden logits that our forward pass is held against, with the transformers library.

One command, from the repository's root, after `pip install -r training/parity/requirements.txt`:

    python training/parity/make-fixtures.py                    test/fixtures/parity/*: random models of odd configurations
    python training/parity/make-fixtures.py --tiny             test/fixtures/parity/tiny: the bundled model
    python training/parity/make-fixtures.py --benchmark DIR    test/fixtures/benchmark: the task models in DIR

Logits are computed in 64 bits, so that they are the model's own and not those of one order of summation. How far the
library's 32-bit logits lie from them is written beside them ("rounding" in the file's metadata): some task models
amplify rounding beyond 1e-4 whoever computes them.

Everything is seeded: the same versions on the same kind of machine write the same bytes.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import GPT2Config, GPT2LMHeadModel

FIXTURES = Path("test/fixtures")
SEED = 20_262
# Top-1 margin that every golden row keeps, so that equal argmax is a fair demand at 1e-4.
LEAST_MARGIN = 1e-3
BASE = dict(n_layer=2, n_head=2, n_embd=16, n_positions=24, vocab_size=23, bos_token_id=0, eos_token_id=0)
LENGTHS_AND_POSITIONS = [(12, 0), (9, 5), (1, 23)]

CONFIGURATIONS = {
    "hub-layout": dict(),
    "odd-widths": dict(n_embd=30, n_head=3, n_inner=50, vocab_size=37),
    "untied-gelu": dict(activation_function="gelu", tie_word_embeddings=False),
    "relu-narrow": dict(activation_function="relu", n_inner=7, layer_norm_epsilon=1e-2),
    "layer-scale": dict(n_layer=3, scale_attn_by_inverse_layer_idx=True),
    "unscaled": dict(scale_attn_weights=False, n_embd=20, n_head=4),
    "unscaled-layer-scale": dict(
        n_layer=3, n_head=1, scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True, reorder_and_upcast_attn=True
    ),
    "stored-in-bf16": dict(activation_function="gelu_pytorch_tanh"),
    "stored-in-f16": dict(activation_function="gelu_fast", n_head=1),
}
SETTINGS = (
    "activation_function n_embd n_head n_inner n_layer n_positions vocab_size layer_norm_epsilon tie_word_embeddings "
    "scale_attn_weights scale_attn_by_inverse_layer_idx reorder_and_upcast_attn bos_token_id eos_token_id"
).split()
STORED_AS = {"stored-in-bf16": torch.bfloat16, "stored-in-f16": torch.float16}

TINY_PASSAGES = [
    "The President of the United States said on Monday that the government would work with Congress to reduce the "
    "national debt, and that the people of this country had every right to expect a plain account of how their money "
    "was spent. He asked for peace abroad, for honest work at home, and for schools in which every child could learn.",
    "Call it what you will, the sea was the only thing that spoke to him that night. The old ship rolled slowly, the "
    "lamps swung above the table, and the captain, leaning upon the rail, looked long into the dark water as if the "
    "whale himself were written there. \"What do you see?\" I asked him, but he did not answer; he only pointed.",
    "export function firstLine(text: string): string {\n  const end = text.indexOf(\"\\n\");\n  return end === -1 ? "
    "text : text.slice(0, end);\n}\n\nSubject: Re: your order\n\nHi all,\n\nDoes anyone know whether the new version "
    "will be ready in 2003? I don't think it's possible before the 14th of May, but we'll see.\n\nThanks,\nMark\n",
]
TINY_WINDOW, TINY_ROWS = 64, [0, 1, 3, 7, 15, 31, 47, 63]
TINY_PROMPT, TINY_NEW_TOKENS = 32, 20
BENCHMARK_DOCUMENTS = {"test": 3, "long": 1}


class Reference:
    """A stored model in the library, in 64 and in 32 bits."""

    def __init__(self, folder):
        # The library's "upcast" is to 32 bits: in 64 bits it has to be off. What it computes is the same.
        self.exact = GPT2LMHeadModel.from_pretrained(
            folder, dtype=torch.float64, attn_implementation="eager", reorder_and_upcast_attn=False
        ).eval()
        self.rounded = GPT2LMHeadModel.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        self.rounding = 0.0

    def logits(self, tokens, position):
        """Next-token logits (time, vocabulary) of tokens whose first position index is `position`."""
        exact, rounded = (logits_of(model, tokens, position) for model in (self.exact, self.rounded))
        self.rounding = max(self.rounding, float((exact - rounded).abs().max()))
        return exact.float().contiguous()

    def save(self, logits, path):
        save_file(logits, path, metadata={"rounding": f"{self.rounding:.1e}"})


def logits_of(model, tokens, position):
    positions = torch.arange(position, position + len(tokens))[None]
    with torch.no_grad():
        return model(torch.tensor([tokens]), position_ids=positions).logits[0]


def write_json(path, value):
    path.write_text(json.dumps(value) + "\n")


def least_margin(logits):
    best = logits.topk(2, dim=-1).values
    return float((best[:, 0] - best[:, 1]).min())


def random_model(config):
    """Larger weights than at the start of training, and gains and biases that are not 1 and 0: every term must count."""
    model = GPT2LMHeadModel._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".ln_" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * torch.randn_like(parameter))
            elif parameter.dim() == 1:
                parameter.copy_(0.3 * torch.randn_like(parameter))
            else:
                parameter.copy_(0.4 * torch.randn_like(parameter))
    return model


def stored_tensors(name, model):
    """What a model folder stores; the hub's gpt2 drops the prefix and the tied head, and keeps the mask buffers."""
    tied = model.config.tie_word_embeddings
    dtype = STORED_AS.get(name, torch.float32)
    tensors = {
        key: value.to(dtype).contiguous()
        for key, value in model.state_dict().items()
        if not (tied and key == "lm_head.weight")
    }
    if name != "hub-layout":
        return tensors
    positions = model.config.n_positions
    tensors = {key.removeprefix("transformer."): value for key, value in tensors.items()}
    for layer in range(model.config.n_layer):
        tensors[f"h.{layer}.attn.bias"] = torch.ones(positions, positions).tril()[None, None]
        tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    return tensors


def make_parity():
    for index, (name, changes) in enumerate(CONFIGURATIONS.items()):
        folder = FIXTURES / "parity" / name
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(SEED + index)
        config = GPT2Config(**{**BASE, **changes})
        settings = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}
        settings |= {key: getattr(config, key) for key in SETTINGS}
        (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
        words = {f"w{id:02d}": id for id in range(config.vocab_size)}
        write_json(folder / "vocab.json", words)
        save_file(stored_tensors(name, random_model(config)), folder / "model.safetensors", metadata={"format": "pt"})
        make_golden(folder, Reference(folder))


def make_golden(folder, reference):
    """Token sequences drawn anew until every row of logits keeps its margin."""
    documents, logits = [], {}
    for length, position in LENGTHS_AND_POSITIONS:
        while True:
            tokens = torch.randint(reference.exact.config.vocab_size, (length,)).tolist()
            rows = reference.logits(tokens, position)
            if least_margin(rows) > LEAST_MARGIN:
                break
        logits[f"logits.{len(documents)}"] = rows
        documents.append({"tokens": tokens, "position": position})
    write_json(folder / "golden.json", {"documents": documents})
    reference.save(logits, folder / "golden.safetensors")
    spread = torch.cat(list(logits.values())).std()
    print(f"{folder.name}: logits vary by {spread:.2f}, rounding {reference.rounding:.1e}")


def make_tiny():
    """Some whole rows, the best token and log of the sum of exponentials everywhere, and greedy continuations."""
    source, folder = Path("models/tiny"), FIXTURES / "parity" / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    reference, tokenizer = Reference(source), Tokenizer.from_file(str(source / "tokenizer.json"))
    documents, golden = [], {}
    for index, passage in enumerate(TINY_PASSAGES):
        tokens = tokenizer.encode(passage).ids[:TINY_WINDOW]
        assert len(tokens) == TINY_WINDOW, f"passage {index} has only {len(tokens)} tokens"
        logits = reference.logits(tokens, 0)
        golden[f"logits.{index}"] = logits[TINY_ROWS].contiguous()
        golden[f"logSumExp.{index}"] = logits.logsumexp(-1)[None]
        documents.append(
            {
                "text": passage,
                "tokens": tokens,
                "position": 0,
                "best": logits.argmax(-1).tolist(),
                "greedy": greedy(reference, tokens[:TINY_PROMPT], TINY_NEW_TOKENS),
            }
        )
    weights = hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest()
    golden_json = {"weights": weights, "rows": TINY_ROWS, "prompt": TINY_PROMPT, "documents": documents}
    write_json(folder / "golden.json", golden_json)
    reference.save(golden, folder / "golden.safetensors")


def greedy(reference, tokens, count):
    tokens = list(tokens)
    for _ in range(count):
        tokens.append(int(reference.logits(tokens, 0)[-1].argmax()))
    return tokens[-count:]


def make_benchmark(directory):
    """Logits at every position of the first documents of each file; the documents themselves stay where they are."""
    folder = FIXTURES / "benchmark"
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(path for path in directory.iterdir() if (path / "task.json").exists()):
        reference, golden = Reference(source), {}
        for name, count in BENCHMARK_DOCUMENTS.items():
            lines = (source / f"{name}.jsonl").read_text().splitlines()[:count]
            for index, line in enumerate(lines):
                document = json.loads(line)
                golden[f"{name}.{index}"] = reference.logits(document["tokens"], document["position"])
        reference.save(golden, folder / f"{source.name}.safetensors")
        margin = min(least_margin(rows) for rows in golden.values())
        print(f"{source.name}: least margin {margin:.1e}, rounding {reference.rounding:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="golden logits of models/tiny")
    parser.add_argument("--benchmark", type=Path, metavar="DIR", help="golden logits of the task models in DIR")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.tiny:
        make_tiny()
    elif options.benchmark:
        make_benchmark(options.benchmark)
    else:
        make_parity()


if __name__ == "__main__":
    main()
