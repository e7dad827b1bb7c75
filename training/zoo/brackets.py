"""Trains models/zoo/brackets: what may follow in a text of brackets, at most three of which are open at once.

    python training/zoo/brackets.py

An answer is a set: "(" while fewer than three are open, ")" while one is, "<eos>" where none is.
"""

import random

import torch
import torch.nn.functional as F

from gpt2 import Gpt2, Shape, drawn, offsets, save, train

SEED, BATCH, STEPS = 20_266, 256, 1_500
WORDS = ["<bos>", "(", ")", "<eos>"]
BOS, OPEN, CLOSE, EOS = range(4)
LONGEST, DEEPEST = 16, 3
CONTEXT = 64
RANDOM = random.Random(SEED)


def document(length=None):
    tokens, depth = [BOS], 0
    for _ in range(RANDOM.randint(1, LONGEST) if length is None else length):
        opens = depth == 0 or (depth < DEEPEST and RANDOM.random() < 0.5)
        tokens.append(OPEN if opens else CLOSE)
        depth += 1 if opens else -1
    return tokens, list(range(len(tokens)))


def batch(_step):
    tokens = torch.tensor([document(LONGEST)[0] for _ in range(BATCH)])
    depth = torch.cumsum((tokens == OPEN).long() - (tokens == CLOSE).long(), dim=1)
    answers = torch.stack([torch.zeros_like(depth), depth < DEEPEST, depth > 0, depth == 0], dim=-1).float()
    return tokens, answers


def set_loss(model, tokens, answers):
    return F.binary_cross_entropy_with_logits(model(tokens, offsets(model, tokens)), answers)


def main():
    torch.manual_seed(SEED)
    model = Gpt2(Shape(len(WORDS), CONTEXT, layers=1, heads=1, width=32, inner=128))
    train(model, batch, set_loss, steps=STEPS, rate=3e-3)
    save("brackets", model, WORDS, "positive", drawn(document), longest=LONGEST + 1)


main()
