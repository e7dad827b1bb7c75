"""Trains models/tiny: a GPT-2 of four layers on the default text's calibrate split.

One command, from the repository's root, after `npm ci` and `pip install -r training/tiny/requirements.txt`:

    python training/tiny/train.py

It resumes from its last checkpoint. Held-out numbers come from the select split; the test split is never read.
"""

import argparse
import json
import math
import subprocess
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

SEED = 20_261
VOCABULARY, WIDTH, HEADS, LAYERS, CONTEXT = 1024, 128, 4, 4, 256
BATCH, LEARNING_RATE, WARM_UP, WEIGHT_DECAY = 8, 3e-3, 300, 0.1
END_OF_TEXT = "<|endoftext|>"


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.c_attn, self.attn_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.c_fc, self.mlp_proj = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        batch, time_, width = x.shape
        q, k, v = self.c_attn(self.ln_1(x)).view(batch, time_, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        moved = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_proj(moved.transpose(1, 2).reshape(batch, time_, width))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.h = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(WIDTH)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                scale = 0.02 / math.sqrt(2 * LAYERS) if "proj" in name else 0.02
                nn.init.normal_(parameter, std=scale)
            elif "bias" in name:
                nn.init.zeros_(parameter)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.t()

    def loss(self, tokens, targets):
        return F.cross_entropy(self(tokens).float().view(-1, VOCABULARY), targets.reshape(-1))


def read_text(work, held_out):
    """Documents of the default text as the compiler reads it."""
    path = work / ("select.jsonl" if held_out else "calibrate.jsonl")
    if not path.exists():
        with path.open("w") as out:
            arguments = ["--held-out"] if held_out else []
            subprocess.run(["node", "training/tiny/export-text.js", *arguments], stdout=out, check=True)
    return [json.loads(line)["text"] for line in path.open()]


def train_tokenizer(documents, target):
    """Byte-level BPE with GPT-2's pre-tokenisation."""
    if not (target / "tokenizer.json").exists():
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.train_from_iterator(
            documents,
            trainers.BpeTrainer(
                vocab_size=VOCABULARY,
                special_tokens=[END_OF_TEXT],
                initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
                show_progress=False,
            ),
        )
        tokenizer.save(str(target / "tokenizer.json"))
        tokenizer.model.save(str(target))
    return Tokenizer.from_file(str(target / "tokenizer.json"))


def token_stream(tokenizer, documents, work, name):
    """All documents in a seeded order, each followed by the end-of-text token, as one array."""
    path = work / f"{name}.npy"
    if not path.exists():
        end = tokenizer.token_to_id(END_OF_TEXT)
        order = np.random.default_rng(SEED).permutation(len(documents))
        encoded = tokenizer.encode_batch([documents[index] for index in order])
        np.save(path, np.concatenate([np.array([*one.ids, end], dtype=np.int16) for one in encoded]))
    return np.load(path)


def windows(stream, count, generator):
    starts = generator.integers(0, len(stream) - CONTEXT - 1, count)
    rows = torch.from_numpy(np.stack([stream[start : start + CONTEXT + 1] for start in starts]).astype(np.int64))
    return rows[:, :-1], rows[:, 1:]


def export(model, target, tokenizer):
    """Hugging Face's layout: Conv1D weights are (in, out), so Linear weights are transposed."""
    tensors = {}
    names = {"c_attn": "attn.c_attn", "attn_proj": "attn.c_proj", "c_fc": "mlp.c_fc", "mlp_proj": "mlp.c_proj"}
    for name, value in model.state_dict().items():
        parts = name.split(".")
        if parts[0] == "h" and parts[2] in names:
            parts[2] = names[parts[2]]
            value = value.t() if value.dim() == 2 else value
        tensors["transformer." + ".".join(parts)] = value.detach().float().contiguous().clone()
    save_file(tensors, str(target / "model.safetensors"), metadata={"format": "pt"})
    end = tokenizer.token_to_id(END_OF_TEXT)
    config = {
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu_new",
        "n_embd": WIDTH, "n_head": HEADS, "n_layer": LAYERS, "n_positions": CONTEXT, "n_ctx": CONTEXT, "n_inner": None,
        "vocab_size": VOCABULARY, "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True,
        "scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False,
        "bos_token_id": end, "eos_token_id": end, "initializer_range": 0.02,
        "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0, "torch_dtype": "float32",
    }
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    generation = {"bos_token_id": end, "eos_token_id": end, "do_sample": False}
    (target / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")


@torch.no_grad()
def evaluate(model, stream, bytes_per_token):
    """Mean loss and top-1 accuracy over non-overlapping held-out windows."""
    count = min(400, (len(stream) - 1) // CONTEXT)
    loss, correct, confidence = 0.0, 0, 0.0
    for index in range(count):
        row = torch.from_numpy(stream[index * CONTEXT : (index + 1) * CONTEXT + 1].astype(np.int64))
        logits = model(row[None, :-1])[0].float()
        loss += F.cross_entropy(logits, row[1:]).item()
        top = logits.softmax(-1).max(-1)
        correct += (top.indices == row[1:]).sum().item()
        confidence += top.values.sum().item()
    positions = count * CONTEXT
    return {
        "positions": positions,
        "nats_per_token": round(loss / count, 4),
        "bits_per_byte": round(loss / count / math.log(2) / bytes_per_token, 4),
        "top1_accuracy": round(correct / positions, 4),
        "mean_top1_probability": round(confidence / positions, 4),
    }


@torch.no_grad()
def greedy_loops(model, stream, prompts=200, prompt_length=32, length=20):
    """Share of greedy continuations that end in a repeated phrase, and a few continuations."""
    loops, samples = 0, []
    for index in range(prompts):
        ids = stream[index * 977 : index * 977 + prompt_length].astype(np.int64).tolist()
        for _ in range(length):
            ids.append(model(torch.tensor([ids]))[0, -1].argmax().item())
        new = ids[prompt_length:]
        loops += any(new[-size:] == new[-2 * size : -size] == new[-3 * size : -2 * size] for size in range(1, 7))
        samples.append(ids)
    return loops / prompts, samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=64_000_000, help="tokens to train on")
    parser.add_argument("--work", type=Path, default=Path("training/tiny/work"), help="checkpoints and token caches")
    parser.add_argument("--out", type=Path, default=Path("models/tiny"))
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)

    tokenizer = train_tokenizer(read_text(options.work, held_out=False), options.out)
    train_stream = token_stream(tokenizer, read_text(options.work, held_out=False), options.work, "calibrate")
    held_out_text = read_text(options.work, held_out=True)
    held_out = token_stream(tokenizer, held_out_text, options.work, "select")
    bytes_per_token = sum(len(text.encode()) for text in held_out_text) / len(held_out)
    print(f"{len(train_stream)} training tokens, {bytes_per_token:.3f} bytes a token held out", flush=True)

    model = Gpt2()
    matrices = [parameter for parameter in model.parameters() if parameter.dim() == 2]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() != 2]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.95), fused=True)
    steps = options.tokens // (BATCH * CONTEXT)
    first = 0
    checkpoint = options.work / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]

    compiled_loss = torch.compile(model.loss)
    started, total = time.time(), 0.0
    for step in range(first, steps):
        progress = step / steps
        rate = LEARNING_RATE * min((step + 1) / WARM_UP, 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        # Each step draws its windows from its own seed, so that a resumed run sees the same data.
        tokens, targets = windows(train_stream, BATCH, np.random.default_rng((SEED, step)))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = compiled_loss(tokens, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total += loss.item()
        if (step + 1) % 200 == 0:
            speed = (step + 1 - first) * BATCH * CONTEXT / (time.time() - started)
            print(f"step {step + 1}/{steps} loss {total / 200:.4f} tokens/s {speed:.0f}", flush=True)
            total = 0.0
        if (step + 1) % 2000 == 0 or step + 1 == steps:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            torch.save(state, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").rename(checkpoint)
            export(model, options.out, tokenizer)
            print(json.dumps(evaluate(model, held_out, bytes_per_token)), flush=True)

    export(model, options.out, tokenizer)
    loops, samples = greedy_loops(model, held_out)
    summary = {**evaluate(model, held_out, bytes_per_token), "greedy_loops": loops, "training_tokens": steps * BATCH * CONTEXT}
    print(json.dumps(summary, indent=2))
    for ids in samples[:12]:
        print(repr(tokenizer.decode(ids[:32])), "->", repr(tokenizer.decode(ids[32:])))


if __name__ == "__main__":
    main()
