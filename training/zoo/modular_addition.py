"""Trains models/zoo/modular-addition: "a b =" is followed by (a + b) mod 53.

    python training/zoo/modular_addition.py

40 % of all pairs are trained on, until the model has grokked the rest and gone on for a while (Power et al. 2022; Nanda et al.
2023). Small weights at the start make it use few frequencies.
"""

import torch
import torch.nn.functional as F

from gpt2 import Gpt2, Shape, optimiser_of, save

PRIME, SHARE, SEED = 53, 0.4, 20_263
STEPS, RATE, DECAY, EVERY = 8_000, 1e-3, 1.0, 100
EQUALS = PRIME


def main():
    torch.manual_seed(SEED)
    words = [str(number) for number in range(PRIME)] + ["="]
    first, second = torch.meshgrid(torch.arange(PRIME), torch.arange(PRIME), indexing="ij")
    pairs = torch.stack([first.flatten(), second.flatten(), torch.full((PRIME * PRIME,), EQUALS)], dim=1)
    answers = (pairs[:, 0] + pairs[:, 1]) % PRIME
    order = torch.randperm(PRIME * PRIME)
    train, held_out = order[: int(SHARE * len(order))], order[int(SHARE * len(order)) :]
    shape = Shape(PRIME + 1, 4, layers=1, heads=4, width=128, inner=512, tied=False, init=0.01)
    model = Gpt2(shape)
    optimiser = optimiser_of(model, RATE, DECAY)
    best, kept = float("inf"), None
    for step in range(1, STEPS + 1):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, step / 10)
        loss = F.cross_entropy(model(pairs[train])[:, -1], answers[train])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % EVERY == 0:
            with torch.no_grad():
                logits = model(pairs[held_out])[:, -1]
            held = F.cross_entropy(logits, answers[held_out]).item()
            right = (logits.argmax(-1) == answers[held_out]).float().mean().item()
            if step % 500 == 0:
                print(f"step {step}: loss {loss.item():.6f}, held out {held:.6f}, {100 * right:.2f} %", flush=True)
            if held < best:
                best, kept = held, {key: value.clone() for key, value in model.state_dict().items()}
    model.load_state_dict(kept)
    everything = pairs.tolist()
    order = torch.randperm(len(everything)).tolist()
    documents, start = {}, 0
    for split, count in {"calibrate": 1_500, "select": 500, "test": 809}.items():
        documents[split] = [(everything[index], [2]) for index in order[start : start + count]]
        start += count
    save("modular-addition", model, words, "argmax", documents)
    print(f"held-out loss {best:.6f}")


main()
