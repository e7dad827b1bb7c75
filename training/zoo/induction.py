"""Trains models/zoo/induction: a text without repetition, then its end once more from anywhere in it, again and again.

    python training/zoo/induction.py
"""

import random

import torch

from gpt2 import Gpt2, Shape, drawn, next_token_loss, save, train

SEED, BATCH, STEPS = 20_264, 128, 2_000
WORDS = ["<bos>", *(first + second for first in "bdfgklmnprstvz" for second in "aeiou")]
SHORTEST, LONGEST, LENGTH, CONTEXT = 4, 12, 36, 64
RANDOM = random.Random(SEED)


def document():
    """Tokens, and the positions at which the text repeats itself and so is certain."""
    text = RANDOM.sample(range(1, len(WORDS)), RANDOM.randint(SHORTEST, LONGEST))
    tokens, scored = [0, *text], []
    while len(tokens) < LENGTH:
        again = text[RANDOM.randrange(len(text) - 1) :][: LENGTH - len(tokens)]
        scored.extend(range(len(tokens), len(tokens) + len(again) - 1))
        tokens.extend(again)
    return tokens, scored


def batch(_step):
    tokens = torch.zeros(BATCH, LENGTH, dtype=torch.long)
    targets = torch.full((BATCH, LENGTH), -100)
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
