"""How well the FAQ finds its answers: prints the numbers that stand in `faq/matcher.py`.

Leave-one-wording-out: the wordings are dealt into as many folds as an entry has wordings; each fold is asked of a
matcher that was built without it. The same is done with slips typed into the words, and strangers are asked of a
matcher that was built without them. Run `python -m benchmarks.faq`: some seconds.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from encoder import Encoder
from faq import content, matcher
from faq.entry import Entry
from faq.vectors import Vector

FOLDS = 10
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Asked:
    """One question, the topic it belongs to (None for a stranger), and what the matcher made of it."""

    topic: str | None
    ranking: tuple[str, ...]
    lead: float
    for_us: float
    text: str


def main() -> None:
    """Print recall, the decision table and the strangers let in."""
    encode = cache(Encoder().encode)
    entries = content.load(content.FOLDER)
    plain = left_out(entries, encode, str)
    slips = left_out(entries, encode, slip)
    strangers = foreign(entries, encode)
    for name, asked in (("plain", plain), ("with slips", slips)):
        print(f"{name:12} {len(asked)} wordings: recall@1 {recall(asked, 1):.3f}  recall@3 {recall(asked, 3):.3f}")
    for name, change in (("plain", str), ("with slips", slip)):
        print(f"{name:12} nearest wording or title alone: {nearest(entries, encode, change)}")
    print(f"AUC of the gate, wordings against {len(strangers)} strangers: {auc(plain, strangers):.3f}")
    print("gate at   wordings let in   strangers let in")
    for at in (-0.2, 0.0, 0.2, 0.3, 0.4, 0.6):
        print(f"{at:7.2f} {share(plain, at):14.3f} {share(strangers, at):18.3f}")
    print("lead at   answered   right when answered   right among three when asked back   (plain, then with slips)")
    for lead in (0.0, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2):
        print(f"{lead:7.2f} {decided(plain, lead)} {decided(slips, lead)}")


def left_out(entries: Sequence[Entry], encode: Callable[[str], Vector], change: Callable[[str], str]) -> list[Asked]:
    """Ask each wording, changed by `change`, of a matcher built without it."""
    asked = []
    for fold in range(FOLDS):
        kept = [
            replace(item, questions=tuple(q for place, q in enumerate(item.questions) if place % FOLDS != fold))
            for item in entries
        ]
        desk = matcher.Matcher(kept, encode)
        questions = [(item.key, q) for item in entries for q in item.questions[fold::FOLDS]]
        asked += [ask(desk, entries, key, change(question)) for key, question in questions]
    return asked


def nearest(entries: Sequence[Entry], encode: Callable[[str], Vector], change: Callable[[str], str]) -> str:
    """Return recall@1 and @3 of the nearest other wording or title: what the heads are measured against."""
    rows = [(text, place) for place, item in enumerate(entries) for text in item.wordings]
    owners = np.array([place for _, place in rows])
    known = np.stack([encode(text) for text, _ in rows])
    places = []
    for own, (text, place) in enumerate(rows):
        if text == entries[place].title:
            continue
        close = known @ encode(change(text))
        close[own] = -1
        best = np.array([close[owners == other].max() for other in range(len(entries))])
        places.append(int((best > best[place]).sum()))
    return f"recall@1 {np.mean(np.array(places) < 1):.3f}  recall@3 {np.mean(np.array(places) < 3):.3f}"


def foreign(entries: Sequence[Entry], encode: Callable[[str], Vector]) -> list[Asked]:
    """Ask each stranger of a matcher built without it."""
    texts = content.strangers()
    asked = []
    for fold in range(FOLDS):
        desk = matcher.Matcher(entries, encode, strangers=[t for n, t in enumerate(texts) if n % FOLDS != fold])
        asked += [ask(desk, entries, None, text) for text in texts[fold::FOLDS]]
    return asked


def ask(desk: matcher.Matcher, entries: Sequence[Entry], topic: str | None, text: str) -> Asked:
    """Ask one question and keep what is needed to try other thresholds."""
    evidence = desk.evidence(text)
    order = np.argsort(-evidence.topics, kind="stable")[:3]
    lead = float(evidence.topics[order[0]] - evidence.topics[order[1]])
    return Asked(topic, tuple(entries[place].key for place in order), lead, evidence.for_us, text)


def slip(text: str) -> str:
    """Type one slip into about every third word of four letters or more, the same each time."""
    chance = random.Random(text)
    words = text.lower().split()
    for place, word in enumerate(words):
        if len(word) > 3 and chance.random() < 0.35:
            at = chance.randrange(1, len(word) - 1)
            kinds = (word[at + 1 :], word[at + 1] + word[at] + word[at + 2 :], chance.choice(LETTERS) + word[at + 1 :])
            words[place] = word[:at] + chance.choice(kinds)
    return " ".join(words)


def recall(asked: Sequence[Asked], places: int) -> float:
    """Return the share whose topic stands among the first `places`."""
    return sum(item.topic in item.ranking[:places] for item in asked) / len(asked)


def share(asked: Sequence[Asked], at: float) -> float:
    """Return the share that the gate lets in at this threshold."""
    return sum(item.for_us >= at for item in asked) / len(asked)


def auc(ours: Sequence[Asked], strangers: Sequence[Asked]) -> float:
    """Return how often one of ours stands above a stranger."""
    pairs = [(a.for_us > b.for_us) for a in ours for b in strangers]
    return sum(pairs) / len(pairs)


def decided(asked: Sequence[Asked], lead: float) -> str:
    """Return how many are answered at this lead, and how often that, or the three suggestions, are right."""
    answered = [item for item in asked if item.lead >= lead]
    rest = [item for item in asked if item.lead < lead]
    back = f"{recall(rest, 3):.3f}" if rest else "  -  "
    return f"{len(answered) / len(asked):8.3f} {recall(answered, 1):8.3f} {back:>8}"


if __name__ == "__main__":
    main()
