"""Trains models/zoo/induction: a text without repetition, then a part of it once more, which goes on as before.

    python training/zoo/induction.py
"""

import random

import torch

from gpt2 import Gpt2, Shape, drawn, next_token_loss, save, train

SEED, BATCH, STEPS = 20_264, 128, 6_000
WORDS = ["<bos>", *(first + second for first in "bdfgklmnprstvz" for second in "aeiou")]
SHORTEST, LONGEST, CONTEXT = 4, 16, 40
RANDOM = random.Random(SEED)


def document():
    """Tokens, and the positions from which on the text repeats itself and so is certain."""
    length = RANDOM.randint(SHORTEST, LONGEST)
    text = RANDOM.sample(range(1, len(WORDS)), length)
    start = RANDOM.randrange(length - 1)
    repeated = text[start : start + RANDOM.randint(2, length - start)]
    tokens = [0, *text, *repeated]
    return tokens, list(range(length + 1, len(tokens) - 1))


def batch(_step):
    tokens = torch.zeros(BATCH, CONTEXT, dtype=torch.long)
    targets = torch.full((BATCH, CONTEXT), -100)
    for row in range(BATCH):
        own, scored = document()
        tokens[row, : len(own)] = torch.tensor(own)
        for position in scored:
            targets[row, position] = own[position + 1]
    return tokens, targets


def main():
    torch.manual_seed(SEED)
    model = Gpt2(Shape(len(WORDS), CONTEXT, layers=2, heads=1, width=64, inner=128))
    train(model, batch, next_token_loss, steps=STEPS, rate=2e-3)
    save("induction", model, WORDS, "argmax", drawn(document))


main()
