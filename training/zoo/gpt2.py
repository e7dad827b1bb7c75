"""What the zoo's recipes share: a GPT-2, its training, and the folder that the compiler takes.

A recipe gives a vocabulary, documents of (tokens, answers by position) and some sizes; everything is seeded.
"""

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

ROOT = Path(__file__).resolve().parents[2] / "models" / "zoo"
SPLITS = {"calibrate": 600, "select": 300, "test": 500}


@dataclass(frozen=True)
class Shape:
    vocabulary: int
    context: int
    layers: int
    heads: int
    width: int
    inner: int
    tied: bool = True
    init: float = 0.02


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, inner = shape.width, shape.inner
        self.heads = shape.heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.attn_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.mlp_proj = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.c_attn(self.ln_1(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        moved = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.attn_proj(moved.transpose(1, 2).reshape(batch, length, width))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.wte, self.wpe = nn.Embedding(shape.vocabulary, shape.width), nn.Embedding(shape.context, shape.width)
        self.h = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.ln_f = nn.LayerNorm(shape.width)
        self.head = None if shape.tied else nn.Linear(shape.width, shape.vocabulary, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                scale = shape.init / math.sqrt(2 * shape.layers) if "proj" in name else shape.init
                nn.init.normal_(parameter, std=scale)
            elif "bias" in name:
                nn.init.zeros_(parameter)

    def forward(self, tokens, positions=None):
        if positions is None:
            positions = torch.arange(tokens.shape[1])
        x = self.wte(tokens) + self.wpe(positions)
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ (self.wte.weight.t() if self.head is None else self.head.weight.t())


def optimiser_of(model, rate, decay):
    """AdamW with GPT-2's usual split: matrices decay, vectors do not."""
    matrices = [own for own in model.parameters() if own.dim() == 2]
    vectors = [own for own in model.parameters() if own.dim() != 2]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def train(model, next_batch, loss_of, *, steps, rate, decay=0.01, warm_up=100, report=500):
    """Steps on fresh batches; a cosine down to 1 % of the rate."""
    optimiser = optimiser_of(model, rate, decay)
    started = time.time()
    for step in range(steps):
        share = min(1, (step + 1) / warm_up) * (0.01 + 0.99 * (1 + math.cos(math.pi * step / steps)) / 2)
        for group in optimiser.param_groups:
            group["lr"] = rate * share
        loss = loss_of(model, *next_batch(step))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimiser.step()
        if step % report == report - 1:
            print(f"step {step + 1}: loss {loss.item():.6f}, {time.time() - started:.0f} s", flush=True)


def batch_of(documents, length, filler):
    """Tokens, padded to a length, and what follows at the scored positions."""
    tokens = torch.full((len(documents), length), filler)
    targets = torch.full((len(documents), length), -100)
    for row, (own, scored) in enumerate(documents):
        tokens[row, : len(own)] = torch.tensor(own)
        for position in scored:
            targets[row, position] = own[position + 1]
    return tokens, targets


def offsets(model, tokens):
    """Positions of a batch whose texts start anywhere that they fit: what a text says is not to depend on it."""
    batch, length = tokens.shape
    start = torch.randint(model.shape.context - length + 1, (batch, 1))
    return start + torch.arange(length)


def next_token_loss(model, tokens, targets, doubt=0.0):
    """Cross-entropy where there is a target, with some doubt left; -100 where there is none."""
    logits = model(tokens, offsets(model, tokens))
    return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=-100, label_smoothing=doubt)


def save(name, model, words, decision, documents, longest=None, root=ROOT):
    """Writes the model as `transformers` would, with its words, and documents as {"tokens", "position", "scored"}."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    shape = model.shape
    tensors = {}
    for key, value in model.state_dict().items():
        own = key.replace("attn_proj", "attn.c_proj").replace("mlp_proj", "mlp.c_proj")
        own = own.replace("c_attn", "attn.c_attn").replace("c_fc", "mlp.c_fc")
        is_linear = key.startswith("h.") and value.dim() == 2
        full = "lm_head.weight" if own == "head.weight" else f"transformer.{own}"
        tensors[full] = (value.t() if is_linear else value).contiguous()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-5,
        "n_layer": shape.layers,
        "n_head": shape.heads,
        "n_embd": shape.width,
        "n_inner": shape.inner,
        "n_positions": shape.context,
        "vocab_size": shape.vocabulary,
        "tie_word_embeddings": shape.tied,
    }
    write_json(folder / "config.json", config, indent=2)
    write_json(folder / "vocab.json", {word: index for index, word in enumerate(words)})
    write_json(folder / "task.json", {"decision": decision, **{split: f"{split}.jsonl" for split in SPLITS}})
    for split in SPLITS:
        lines = (json.dumps(one, separators=(",", ":")) for one in placed(documents[split], shape.context - (longest or shape.context)))
        (folder / f"{split}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def placed(documents, last):
    """Documents with first positions up to the last one that was trained on, in turn."""
    for index, (tokens, scored) in enumerate(documents):
        yield {"tokens": tokens, "position": index * 7 % (last + 1), "scored": scored}


def write_json(path, value, indent=None):
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + "\n")


def drawn(generator, most=SPLITS):
    """As many documents for each split as it has, no two alike across splits."""
    seen, documents = set(), {}
    for split, count in most.items():
        own = []
        while len(own) < count:
            tokens, scored = generator()
            if tuple(tokens) in seen:
                continue
            seen.add(tuple(tokens))
            own.append((tokens, scored))
        documents[split] = own
    return documents
