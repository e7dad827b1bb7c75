"""Trains models/zoo/lorenz: states x, y, z of the Lorenz system, rounded to levels, a token each.

    python training/zoo/lorenz.py

x' = 10 (y - x), y' = x (28 - z) - y, z' = x y - 8/3 z (Lorenz 1963), 0.02 units of time between states. Levels: x and y are one
unit wide from -30 to 33, z from 0 to 63; level k stands for k - 30, or k.
"""

import torch

from gpt2 import Gpt2, Shape, next_token_loss, save, train

SEED, BATCH, STEPS, RATE = 20_268, 192, 4_000, 2e-3
LEVELS, STATES, TIME, FINE = 64, 4, 0.02, 10
OFFSETS = torch.tensor([30.0, 30.0, 0.0])


def change(state):
    x, y, z = state.unbind(-1)
    return torch.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], dim=-1)


def after(state, time):
    """Runge-Kutta of the fourth order, in fine steps."""
    step = time / FINE
    for _ in range(FINE):
        one = change(state)
        two = change(state + step / 2 * one)
        three = change(state + step / 2 * two)
        four = change(state + step * three)
        state = state + step / 6 * (one + 2 * two + 2 * three + four)
    return state


class Trajectories:
    """Many at once, on the attractor; each call goes on where the last one ended, some time later."""

    def __init__(self, count, seed):
        generator = torch.Generator().manual_seed(seed)
        self.state = torch.randn(count, 3, generator=generator, dtype=torch.float64) * 8 + torch.tensor([0.0, 0.0, 25.0])
        for _ in range(500):
            self.state = after(self.state, TIME)

    def tokens(self):
        states = []
        for _ in range(STATES):
            self.state = after(self.state, TIME)
            states.append(self.state)
        levels = (torch.stack(states, dim=1) + OFFSETS).round().long().clamp(0, LEVELS - 1)
        return levels.reshape(len(levels), -1)


# Scored from the third state on: two states say where it goes.
SCORED = list(range(5, 3 * STATES - 1))


def main():
    torch.manual_seed(SEED)
    trajectories = Trajectories(BATCH, SEED)

    def batch(_step):
        tokens = trajectories.tokens()
        targets = torch.full_like(tokens, -100)
        targets[:, SCORED] = tokens[:, [position + 1 for position in SCORED]]
        return tokens, targets

    model = Gpt2(Shape(LEVELS, 3 * STATES, layers=1, heads=4, width=64, inner=256))
    train(model, batch, next_token_loss, steps=STEPS, rate=RATE)
    counts = {"calibrate": 1_000, "select": 300, "test": 500}
    fresh = Trajectories(sum(counts.values()), SEED + 1).tokens().tolist()
    documents = {}
    for split, count in counts.items():
        documents[split], fresh = [(tokens, SCORED) for tokens in fresh[:count]], fresh[count:]
    save("lorenz", model, [str(level) for level in range(LEVELS)], "argmax", documents)


main()
