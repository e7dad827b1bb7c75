"""Trains models/zoo/induction: a text without repetition, then its end once more, from anywhere in it.

    python training/zoo/induction.py
"""

import random

import torch

from gpt2 import Gpt2, Shape, batch_of, drawn, next_token_loss, save, train

SEED, BATCH, STEPS, FIRST_STEPS = 20_264, 128, 4_000, 1_500
WORDS = ["<bos>", *(first + second for first in "bdfgklmnprstvz" for second in "aeiou")]
SHORTEST, LONGEST, LENGTH, CONTEXT = 4, 16, 33, 64
RANDOM = random.Random(SEED)


def document(again=1):
    """A text, and its end from anywhere in it, once or more often; the positions at which it repeats itself and so is certain."""
    text = RANDOM.sample(range(1, len(WORDS)), RANDOM.randint(SHORTEST, LONGEST))
    tokens, scored = [0, *text], []
    for _ in range(again):
        repeated = text[RANDOM.randrange(len(text) - 1) :][: LENGTH - len(tokens)]
        scored.extend(range(len(tokens), len(tokens) + len(repeated) - 1))
        tokens.extend(repeated)
    return tokens, scored


def batch(step):
    # Texts that repeat themselves often show more quickly that they do.
    again = LENGTH if step < FIRST_STEPS else 1
    return batch_of([document(again) for _ in range(BATCH)], LENGTH, filler=0)


def main():
    torch.manual_seed(SEED)
    model = Gpt2(Shape(len(WORDS), CONTEXT, layers=2, heads=1, width=64, inner=128, init=0.05))
    train(model, batch, next_token_loss, steps=STEPS, rate=2e-3)
    save("induction", model, WORDS, "argmax", drawn(document), longest=LENGTH)


main()
