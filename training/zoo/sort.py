"""Trains models/zoo/sort: numbers between 0 and 29, then the same numbers by size.

    python training/zoo/sort.py
"""

import random
from functools import partial

import torch

from gpt2 import SPLITS, Gpt2, Shape, batch_of, drawn, next_token_loss, save, train

SEED, BATCH, STEPS = 20_265, 128, 3_000
NUMBERS, SHORTEST, LONGEST = 30, 3, 6
WORDS = [*(str(number) for number in range(NUMBERS)), "<bos>", "<sep>", "<eos>"]
BOS, SEP, EOS = range(NUMBERS, NUMBERS + 3)
# Without it the model would be so certain that what it says besides the answer is chance.
DOUBT = 0.1
LENGTH, CONTEXT = 2 * LONGEST + 3, 40
RANDOM = random.Random(SEED)


def document():
    numbers = RANDOM.sample(range(NUMBERS), RANDOM.randint(SHORTEST, LONGEST))
    tokens = [BOS, *numbers, SEP, *sorted(numbers), EOS]
    return tokens, list(range(len(numbers) + 1, len(tokens) - 1))


def batch(_step):
    return batch_of([document() for _ in range(BATCH)], LENGTH, filler=EOS)


def main():
    torch.manual_seed(SEED)
    model = Gpt2(Shape(len(WORDS), CONTEXT, layers=1, heads=1, width=128, inner=256))
    train(model, batch, partial(next_token_loss, doubt=DOUBT), steps=STEPS, rate=2e-3)
    save("sort", model, WORDS, "argmax", drawn(document, {**SPLITS, "calibrate": 1_500}), longest=LENGTH)


main()
