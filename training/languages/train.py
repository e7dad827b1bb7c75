"""Trains models of formal languages and of sequence tasks that no rule was written for, to see what comes back of them.

    python training/languages/train.py FOLDER NAME ...     # tomita7, 012_02, majority ...; all of them without a name
    python training/languages/train.py FOLDER D4:2,2,16    # of another shape: layers, heads, width
    python training/languages/train.py FOLDER D4@7         # of another seed
    npm run bench:models -- FOLDER

They are made as those of the public benchmark of arXiv 2602.08857 are described: small GPT-2s, texts of 1 to 50 tokens that
begin at any position, trained until 512 fresh texts are answered without a mistake three times, for MOST_STEPS, or until
Ctrl-C: then the model is what it has become so far.
An answer is the set of tokens that may follow (languages), or the next token (sequences). Nothing of it is committed.
"""

import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "zoo"))
from gpt2 import SPLITS, Gpt2, Shape, offsets, optimiser_of, save  # noqa: E402

SEED, BATCH, MOST_STEPS, LOOK, ENOUGH = 20_271, 64, 20_000, 500, 3
WARM_UP = 500
LONGEST = 50
SPECIAL = ["<bos>", "<sep>", "<eos>", "<pad>"]


def cycle(word):
    """Repetitions of a word: by how far into it a text is."""
    return {at: {letter: (at + 1) % len(word)} for at, letter in enumerate(word)}, {0}


def brackets(deepest):
    moves = {depth: {} for depth in range(deepest + 1)}
    for depth in range(deepest):
        moves[depth]["a"] = depth + 1
        moves[depth + 1]["b"] = depth
    return moves, {0}


# Automata: what each state goes to by each letter that may follow, and the states in which a text may end.
LANGUAGES = {
    "D2": brackets(2),
    "D3": brackets(3),
    "D4": brackets(4),
    "D12": brackets(12),
    "aastar": cycle("aa"),
    "aaaastar": cycle("aaaa"),
    "ababstar": cycle("abab"),
    "tomita2": cycle("10"),
    "tomita3": (
        {0: {"0": 0, "1": 1}, 1: {"1": 0, "0": 2}, 2: {"0": 3}, 3: {"0": 2, "1": 1}},
        {0, 1, 3},
    ),
    "tomita4": (
        {0: {"0": 1, "1": 0}, 1: {"0": 2, "1": 0}, 2: {"1": 0}},
        {0, 1, 2},
    ),
    "tomita7": ({0: {"0": 0, "1": 1}, 1: {"1": 1, "0": 2}, 2: {"0": 2, "1": 3}, 3: {"1": 3}}, {0, 1, 2, 3}),
    "ab_d_bc": ({0: {"a": 0, "b": 0, "d": 1}, 1: {"b": 1, "c": 1}}, {1}),
    "abcde": (
        {0: {"a": 1}, 1: {"a": 1, "b": 2}, 2: {"b": 2, "c": 3}, 3: {"c": 3, "d": 4}, 4: {"d": 4, "e": 5}, 5: {"e": 5}},
        {5},
    ),
    "012_02": ({0: {"0": 1, "1": 0, "2": 0}, 1: {"0": 1, "1": 0, "2": 1}}, {1}),
}


@dataclass(frozen=True)
class Sequence:
    """What stands before <sep>, drawn at random, and what follows it."""

    letters: list
    source: callable
    answer: callable


def distinct(length):
    return RANDOM.sample(range(150), length)


def skewed(size):
    def source(length):
        weights = [RANDOM.random() ** 3 for _ in range(size)]
        while True:
            drawn = RANDOM.choices(range(size), weights, k=length)
            counts = sorted((drawn.count(letter) for letter in set(drawn)), reverse=True)
            if len(counts) == 1 or counts[0] > counts[1]:
                return drawn
            length = max(1, length - 1)

    return source


def commonest(source):
    return [max(set(source), key=source.count)]


def three_tracks(length):
    """Letters in turn of three tracks, in each of which one letter is in the majority."""
    tracks = [skewed(2)(2 * (length // 6) + 1) for _ in range(3)]
    rounds = min(map(len, tracks))
    tracks = [track[:rounds] for track in tracks]
    return [letter for letters in zip(*tracks) for letter in letters] if all(map(decided, tracks)) else three_tracks(length)


def decided(track):
    return 2 * track.count(0) != len(track)


def commonest_of_tracks(source):
    return [commonest(source[track::3])[0] for track in range(3)]


def distinct_pairs(length):
    """Letters of 16 in which no two in a row come twice."""
    drawn, seen = [RANDOM.randrange(16)], set()
    while len(drawn) < length:
        follow = [letter for letter in range(16) if (drawn[-1], letter) not in seen]
        letter = RANDOM.choice(follow)
        seen.add((drawn[-1], letter))
        drawn.append(letter)
    return drawn


def two_ends(length):
    first = RANDOM.randrange(150 - length)
    return [first, first + length]


LETTERS = [chr(97 + at) for at in range(26)]
NUMBERS = [str(number) for number in range(150)]
SEQUENCES = {
    "majority": Sequence(LETTERS, skewed(26), commonest),
    "bin_majority": Sequence(["0", "1"], skewed(2), commonest),
    "bin_majority_interleave": Sequence(["0", "1"], three_tracks, commonest_of_tracks),
    "unique_reverse": Sequence(NUMBERS, distinct, lambda source: source[::-1]),
    "unique_copy": Sequence(NUMBERS, distinct, list),
    "unique_bigram_copy": Sequence(LETTERS[:16], distinct_pairs, list),
    "sort": Sequence(NUMBERS, distinct, sorted),
    "count": Sequence(NUMBERS, two_ends, lambda ends: list(range(ends[0], ends[1] + 1))),
}

# Layers, heads, width.
SHAPES = {
    "D12": (1, 2, 16),
    "aastar": (1, 2, 16),
    "aaaastar": (1, 2, 16),
    "ababstar": (1, 2, 16),
    "tomita3": (2, 2, 16),
    "tomita4": (2, 2, 16),
    "tomita7": (2, 1, 16),
    "012_02": (2, 1, 16),
    "majority": (1, 1, 64),
    "unique_reverse": (2, 1, 64),
    "unique_copy": (2, 1, 64),
    "unique_bigram_copy": (2, 1, 64),
    "sort": (1, 1, 256),
    "count": (1, 4, 256),
}


def language_of(name):
    moves, last = LANGUAGES[name]
    words = sorted({letter for state in moves.values() for letter in state}) + SPECIAL
    number = {word: index for index, word in enumerate(words)}

    def document():
        length = RANDOM.randint(1, LONGEST)
        state, tokens, answers = 0, [number["<bos>"]], []
        while True:
            follow = [number[letter] for letter in moves[state]] + ([number["<eos>"]] if state in last else [])
            answers.append(follow)
            if len(tokens) > length and state in last:
                return [*tokens, number["<eos>"]], list(range(len(tokens))), answers
            if len(tokens) > LONGEST:
                return document()
            # To stay and to go on are as likely, however many ways on there are.
            stays = [letter for letter, to in moves[state].items() if to == state]
            goes = [letter for letter, to in moves[state].items() if to != state]
            letter = RANDOM.choice(stays if stays and (not goes or RANDOM.random() < 0.7) else goes)
            tokens.append(number[letter])
            state = moves[state][letter]

    return words, document, 152


def sequence_of(name):
    task = SEQUENCES[name]
    words = task.letters + SPECIAL
    bos, sep, eos, _ = range(len(task.letters), len(words))

    def document():
        source = task.source(RANDOM.randint(1, LONGEST))
        answer = task.answer(source)
        tokens = [bos, *source, sep, *answer, eos]
        scored = list(range(len(source) + 1, len(tokens) - 1))
        return tokens, scored, [[tokens[position + 1]] for position in scored]

    return words, document, 303


def batch_of(documents, size, is_set):
    length = max(len(tokens) for tokens, _, _ in documents)
    tokens = torch.full((len(documents), length), size - 1)
    counts = torch.zeros(len(documents), length, dtype=torch.bool)
    wanted = torch.zeros(len(documents), length, size)
    for row, (own, scored, answers) in enumerate(documents):
        tokens[row, : len(own)] = torch.tensor(own)
        for position, answer in zip(scored, answers):
            counts[row, position] = True
            wanted[row, position, answer] = 1
    return tokens, counts, wanted if is_set else wanted.argmax(-1)


def trained(name, shape, words, document, context, is_set):
    layers, heads, width = shape
    model = Gpt2(Shape(len(words), context, layers, heads, width, 4 * width))
    optimiser = optimiser_of(model, 1e-3 if width <= 64 else 3e-4, 0.01)
    # Rises, then falls to nothing in MOST_STEPS.
    share = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / WARM_UP, 1 - step / MOST_STEPS)
    )
    try:
        train(name, model, optimiser, share, document, is_set)
    except KeyboardInterrupt:
        print(f"{name}: stopped", flush=True)
    return model


def train(name, model, optimiser, share, document, is_set):
    perfect = 0
    for step in range(1, MOST_STEPS + 1):
        tokens, counts, wanted = batch_of([document() for _ in range(BATCH)], model.shape.vocabulary, is_set)
        logits = model(tokens, offsets(model, tokens))[counts]
        loss = F.binary_cross_entropy_with_logits if is_set else F.cross_entropy
        optimiser.zero_grad()
        loss(logits, wanted[counts]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimiser.step()
        share.step()
        if step % LOOK == 0:
            right = share_right(model, [document() for _ in range(512)], is_set)
            perfect = perfect + 1 if right == 1 else 0
            print(f"{name}, step {step}: {100 * right:.1f} % of 512 texts without a mistake", flush=True)
        if perfect == ENOUGH:
            break


@torch.no_grad()
def share_right(model, documents, is_set):
    tokens, counts, wanted = batch_of(documents, model.shape.vocabulary, is_set)
    logits = model(tokens, offsets(model, tokens))
    right = ((logits > 0) == (wanted > 0)).all(-1) if is_set else logits.argmax(-1) == wanted
    return (right | ~counts).all(-1).float().mean().item()


def main(folder, *names):
    for asked in names or [*LANGUAGES, *SEQUENCES]:
        global RANDOM
        kind, _, seed = asked.partition("@")
        seed = int(seed) if seed else SEED
        name, _, shape = kind.partition(":")
        shape = tuple(int(size) for size in shape.split(",")) if shape else SHAPES.get(name, (1, 1, 16))
        RANDOM = random.Random(seed)
        torch.manual_seed(seed)
        is_set = name in LANGUAGES
        words, document, context = language_of(name) if is_set else sequence_of(name)
        model = trained(name, shape, words, document, context, is_set)
        # Some languages have fewer texts than there are documents: splits may share them.
        documents = {split: [document()[:2] for _ in range(count)] for split, count in SPLITS.items()}
        longest = max(len(tokens) for own in documents.values() for tokens, _ in own)
        save(asked.replace(":", "-").replace(",", "-"), model, words, "positive" if is_set else "argmax", documents, longest, root=Path(folder))


# Where it was started in the background too.
signal.signal(signal.SIGINT, signal.default_int_handler)
main(*sys.argv[1:])
