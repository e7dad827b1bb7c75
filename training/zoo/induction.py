"""Trains models/zoo/induction: a text without repetition, then its end once more, from anywhere in it.

    python training/zoo/induction.py
"""

import random

import torch
import torch.nn.functional as F

from gpt2 import Gpt2, Shape, batch_of, drawn, next_token_loss, offsets, save, train

SEED, BATCH, STEPS, FIRST_STEPS = 20_264, 128, 6_000, 1_500
HARD_STEPS, FRESH, KEPT = 3_000, 1_024, 512
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


def hard_batches(model):
    """
    Texts that the model is least sure of, of those drawn last and of those that were hard before: what it still gets wrong is
    too rare to be met often by chance.
    """
    kept = None
    while True:
        tokens, targets = batch_of([document() for _ in range(FRESH)], LENGTH, filler=0)
        drawn_now = (tokens, targets, offsets(model, tokens))
        known = drawn_now if kept is None else [torch.cat(pair) for pair in zip(kept, drawn_now)]
        with torch.no_grad():
            hardest = losses_at(model, *known).amax(1).topk(KEPT).indices
        kept = [own[hardest] for own in known]
        yield [own[:BATCH] for own in kept]


def losses_at(model, tokens, targets, positions):
    return F.cross_entropy(model(tokens, positions).transpose(1, 2), targets, ignore_index=-100, reduction="none")


def worst_loss(model, *texts):
    """The mean over texts of what the worst position of each loses."""
    return losses_at(model, *texts).amax(1).mean()


def main():
    torch.manual_seed(SEED)
    model = Gpt2(Shape(len(WORDS), CONTEXT, layers=2, heads=1, width=64, inner=128, init=0.05))
    train(model, batch, next_token_loss, steps=STEPS, rate=2e-3)
    hard = hard_batches(model)
    train(model, lambda _: next(hard), worst_loss, steps=HARD_STEPS, rate=5e-4)
    save("induction", model, WORDS, "argmax", drawn(document), longest=LENGTH)


main()
