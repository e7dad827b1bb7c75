"""Trains models/zoo/facts: 92 chemical elements, and four things that are known of each.

    python training/zoo/facts.py

"helium symbol" is followed by "He", "helium number" by "2", "helium period" by "1", "helium block" by "s".
"""

import torch

from gpt2 import Gpt2, Shape, next_token_loss, save, train

SEED, STEPS = 20_267, 3_000
ELEMENTS = """hydrogen H helium He lithium Li beryllium Be boron B carbon C nitrogen N oxygen O fluorine F neon Ne sodium Na
magnesium Mg aluminium Al silicon Si phosphorus P sulfur S chlorine Cl argon Ar potassium K calcium Ca scandium Sc titanium Ti
vanadium V chromium Cr manganese Mn iron Fe cobalt Co nickel Ni copper Cu zinc Zn gallium Ga germanium Ge arsenic As selenium Se
bromine Br krypton Kr rubidium Rb strontium Sr yttrium Y zirconium Zr niobium Nb molybdenum Mo technetium Tc ruthenium Ru rhodium
Rh palladium Pd silver Ag cadmium Cd indium In tin Sn antimony Sb tellurium Te iodine I xenon Xe caesium Cs barium Ba lanthanum La
cerium Ce praseodymium Pr neodymium Nd promethium Pm samarium Sm europium Eu gadolinium Gd terbium Tb dysprosium Dy holmium Ho
erbium Er thulium Tm ytterbium Yb lutetium Lu hafnium Hf tantalum Ta tungsten W rhenium Re osmium Os iridium Ir platinum Pt gold Au
mercury Hg thallium Tl lead Pb bismuth Bi polonium Po astatine At radon Rn francium Fr radium Ra actinium Ac thorium Th
protactinium Pa uranium U""".split()
NAMES, SYMBOLS = ELEMENTS[::2], ELEMENTS[1::2]
RELATIONS = ["symbol", "number", "period", "block"]
NOBLE = [0, 2, 10, 18, 36, 54, 86]


def period_of(number):
    return sum(number > gas for gas in NOBLE)


def block_of(number):
    """By the place in the period: s to the second element, p in the last six, f and d between."""
    period = period_of(number)
    start = NOBLE[period - 1]
    end = NOBLE[period] if period < len(NOBLE) else start + 32
    place = number - start
    if place <= 2:
        return "s"
    if end - number < 6:
        return "p"
    return "f" if end - start == 32 and place <= 16 else "d"


def facts():
    for number, (name, symbol) in enumerate(zip(NAMES, SYMBOLS, strict=True), start=1):
        for relation, value in zip(RELATIONS, [symbol, str(number), str(period_of(number)), block_of(number)], strict=True):
            yield name, relation, value


def main():
    torch.manual_seed(SEED)
    known = list(facts())
    words = [*NAMES, *RELATIONS, *dict.fromkeys(value for _, _, value in known)]
    ids = {word: index for index, word in enumerate(words)}
    tokens = torch.tensor([[ids[subject], ids[relation]] for subject, relation, _ in known])
    targets = torch.stack([torch.full((len(known),), -100), torch.tensor([ids[value] for _, _, value in known])], dim=1)
    model = Gpt2(Shape(len(words), 2, layers=1, heads=2, width=64, inner=256))
    train(model, lambda _step: (tokens, targets), next_token_loss, steps=STEPS, rate=2e-3, decay=0.1)
    # There is nothing that was not trained on: all splits are the same facts.
    order = [(own, [1]) for own in tokens[torch.randperm(len(known))].tolist()]
    save("facts", model, words, "argmax", {split: order for split in ("calibrate", "select", "test")})


main()
