"""Trains models/zoo/sort: numbers between 0 and 31, then the same numbers by size.

    python training/zoo/sort.py
"""

import random
from functools import partial

import torch

from gpt2 import Gpt2, Shape, drawn, next_token_loss, save, train

SEED, BATCH, STEPS = 20_265, 128, 2_500
NUMBERS, SHORTEST, LONGEST = 32, 4, 8
WORDS = [*(str(number) for number in range(NUMBERS)), "<bos>", "<sep>", "<eos>"]
BOS, SEP, EOS = range(NUMBERS, NUMBERS + 3)
# Without it the model would be so certain that what it says besides the answer is chance.
DOUBT = 0.02
LENGTH, CONTEXT = 2 * LONGEST + 3, 48
RANDOM = random.Random(SEED)


def document():
    numbers = RANDOM.sample(range(NUMBERS), RANDOM.randint(SHORTEST, LONGEST))
    tokens = [BOS, *numbers, SEP, *sorted(numbers), EOS]
    return tokens, list(range(len(numbers) + 1, len(tokens) - 1))


def batch(_step):
    tokens = torch.full((BATCH, LENGTH), EOS)
    targets = torch.full((BATCH, LENGTH), -100)
    for row in range(BATCH):
        own, scored = document()
        tokens[row, : len(own)] = torch.tensor(own)
        for position in scored:
            targets[row, position] = own[position + 1]
    return tokens, targets


def main():
    torch.manual_seed(SEED)
    model = Gpt2(Shape(len(WORDS), CONTEXT, layers=1, heads=1, width=128, inner=256))
    train(model, batch, partial(next_token_loss, doubt=DOUBT), steps=STEPS, rate=2e-3)
    save("sort", model, WORDS, "argmax", drawn(document), longest=LENGTH)


main()
