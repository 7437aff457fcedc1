"""How well and how fast the FAQ finds its answers: prints the numbers that stand in docs/faq.md.

*Folds* leave wordings out: those of each entry are dealt into folds, and each fold is asked of a matcher that was built
without it. The same is done with slips typed into the words; strangers are asked of a matcher that was built without
them. *Held out* are the questions of `tests/understanding/questions.yml`. *Speed* is the time beside the encoding, at a
thousand entries. Run `python -m benchmarks.faq` (`--speed` for the speed alone): a minute or two.
"""

import argparse
import functools
import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from encoder import Encoder
from faq import content, matcher, vectors
from faq.entry import Entry
from faq.vectors import Encode

FOLDS = 8
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HELD_OUT = Path(__file__).parents[1] / "tests" / "understanding" / "questions.yml"
STRANGERS = "strangers"
ENTRIES_FOR_SPEED = 1000
WORDINGS_FOR_SPEED = 9


@dataclass(frozen=True)
class Asked:
    """One question, the topics that answer it (none for a stranger), and what the matcher made of it."""

    topics: tuple[str, ...]
    ranking: tuple[str, ...]
    share: float
    for_us: float
    text: str

    @property
    def right(self) -> bool:
        """Whether the best topic is a right one."""
        return self.ranking[0] in self.topics

    def judged(self, score_at: float, sure_at: float, for_us_at: float) -> matcher.Kind:
        """Return what the matcher does with it under these thresholds."""
        if self.for_us < for_us_at:
            return "none"
        return "answer" if self.share >= score_at and self.for_us >= sure_at else "did_you_mean"


def main() -> None:
    """Print all measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true", help="only the speed")
    parser.add_argument("--wrong", action="store_true", help="also the questions that got a wrong answer")
    chosen = parser.parse_args()
    if not chosen.speed:
        quality(functools.cache(Encoder().encode), wrong=chosen.wrong)
    speed()


def quality(encode: Encode, *, wrong: bool = False) -> None:
    """Print recall and the decisions, by folds and held out."""
    entries = content.load(content.FOLDER)
    kept = vectors.Kept(encode)
    folds = left_out(entries, encode, str, kept)
    slips = left_out(entries, encode, slip, kept)
    strangers = foreign(entries, encode, kept)
    print(f"{len(entries)} entries, {len(folds)} wordings, {len(strangers)} strangers")
    told("folds", folds, strangers)
    told("folds, with slips", slips, strangers)
    print(f"AUC of the gate by folds: {auc(folds, strangers):.3f}")
    thresholds((("plain", folds), ("slips", slips)), strangers)
    ours, others = held_out(entries, encode, kept)
    told("held out", ours, others)
    if wrong:
        for one in ours:
            if not one.right:
                print(f"  {one.share:.2f} {one.for_us:.2f} {'/'.join(one.topics)} <- {one.ranking[0]}: {one.text}")
        for one in others:
            if now(one) != "none":
                print(f"  {now(one)} {one.share:.2f} {one.for_us:.2f} {one.ranking[0]}: {one.text}")


def thresholds(sets: Sequence[tuple[str, Sequence[Asked]]], strangers: Sequence[Asked]) -> None:
    """Print what other thresholds would do."""
    for name, asked in sets:
        print(f"answer from   answered   right of those   strangers answered   ({name})")
        for at in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
            print(f"{at:11.2f} {answered(asked, at)} {answered(strangers, at)[:10]}")
        print("let in from   ours   strangers")
        for at in (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8):
            print(f"{at:11.2f} {share(asked, at):10.3f} {share(strangers, at):11.3f}")


def held_out(
    entries: Sequence[Entry], encode: Encode, kept: vectors.Kept | None = None
) -> tuple[list[Asked], list[Asked]]:
    """Ask the questions that nothing was learnt from; returns those that are ours, and the strangers."""
    desk = matcher.Matcher(entries, encode, kept=kept)
    sets = yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))
    ours = [
        ask(desk, entries, (topic, *filter(None, [row.get("also")])), row["text"])
        for topic, rows in sets.items()
        if topic != STRANGERS
        for row in rows
    ]
    return ours, [ask(desk, entries, (), row["text"]) for row in sets[STRANGERS]]


def told(name: str, ours: Sequence[Asked], strangers: Sequence[Asked]) -> None:
    """Print one line of measures under the thresholds in use."""
    wrong = sum(now(one) == "answer" and not one.right for one in ours) / len(ours)
    kinds = {kind: sum(now(one) == kind for one in ours) / len(ours) for kind in ("answer", "did_you_mean", "none")}
    false = {kind: sum(now(one) == kind for one in strangers) / len(strangers) for kind in ("answer", "did_you_mean")}
    offered = sum(now(one) == "did_you_mean" and among(one) for one in ours) / len(ours)
    right = sum(now(one) == "answer" and one.right for one in ours) / len(ours)
    print(
        f"{name} ({len(ours)}): recall@1 {recall(ours, 1):.3f} @3 {recall(ours, 3):.3f}; "
        f"answered {kinds['answer']:.3f}, "
        f"asked back {kinds['did_you_mean']:.3f}, admitted {kinds['none']:.3f}; wrong answers {wrong:.3f}; "
        f"answered or offered rightly {right + offered:.3f}; "
        f"strangers ({len(strangers)}) answered {false['answer']:.3f}, "
        f"asked back {false['did_you_mean']:.3f}"
    )


def now(asked: Asked) -> matcher.Kind:
    """Return what the matcher does with a question under the thresholds in use."""
    return asked.judged(matcher.ANSWER_FROM, matcher.ANSWER_FOR_US_AT, matcher.FOR_US_AT)


def left_out(
    entries: Sequence[Entry], encode: Encode, change: Callable[[str], str], kept: vectors.Kept | None = None
) -> list[Asked]:
    """Ask each wording, changed by `change`, of a matcher built without it."""
    asked = []
    for fold in range(FOLDS):
        shown = [
            replace(item, questions=tuple(q for place, q in enumerate(item.questions) if place % FOLDS != fold))
            for item in entries
        ]
        desk = matcher.Matcher(shown, encode, kept=kept)
        questions = [(item.key, q) for item in entries for q in item.questions[fold::FOLDS]]
        asked += [ask(desk, entries, (key,), change(question)) for key, question in questions]
    return asked


def foreign(entries: Sequence[Entry], encode: Encode, kept: vectors.Kept | None = None) -> list[Asked]:
    """Ask each stranger of a matcher built without it."""
    texts = content.strangers()
    asked = []
    for fold in range(FOLDS):
        others = [text for place, text in enumerate(texts) if place % FOLDS != fold]
        desk = matcher.Matcher(entries, encode, strangers=others, kept=kept)
        asked += [ask(desk, entries, (), text) for text in texts[fold::FOLDS]]
    return asked


def ask(desk: matcher.Matcher, entries: Sequence[Entry], topics: tuple[str, ...], text: str) -> Asked:
    """Ask one question and keep what is needed to try other thresholds."""
    evidence = desk.evidence(text)
    order = np.argsort(-evidence.topics, kind="stable")[:3]
    ranking = tuple(entries[place].key for place in order)
    return Asked(topics, ranking, float(evidence.topics[order[0]]), evidence.for_us, text)


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


def among(asked: Asked) -> bool:
    """Tell whether a right topic is one of the three."""
    return any(topic in asked.ranking for topic in asked.topics)


def recall(asked: Sequence[Asked], places: int) -> float:
    """Return the share of which a right topic stands among the first `places`."""
    return sum(any(topic in item.ranking[:places] for topic in item.topics) for item in asked) / len(asked)


def share(asked: Sequence[Asked], at: float) -> float:
    """Return the share that the gate lets in at this threshold."""
    return sum(item.for_us >= at for item in asked) / len(asked)


def auc(ours: Sequence[Asked], strangers: Sequence[Asked]) -> float:
    """Return how often one of ours stands above a stranger."""
    pairs = [(a.for_us > b.for_us) for a in ours for b in strangers]
    return sum(pairs) / len(pairs)


def answered(asked: Sequence[Asked], at: float) -> str:
    """Return how many are answered from this share on, and how many of them rightly."""
    found = [one for one in asked if one.judged(at, matcher.ANSWER_FOR_US_AT, matcher.FOR_US_AT) == "answer"]
    right = sum(one.right for one in found) / len(found) if found else 0.0
    return f"{len(found) / len(asked):10.3f} {right:16.3f}"


def speed() -> None:
    """Print what finding costs beside the encoding, at a thousand entries, and what one encoding costs here and now."""
    entries = list(_many(content.load(content.FOLDER)))
    questions = [slip(one.questions[0]) if place % 2 else f"so {one.title}" for place, one in enumerate(entries[:500])]
    encoder = Encoder()
    encoding = [_timed(functools.partial(encoder.encode, text)) for text in questions[:60]]
    known = {text: encoder.encode(text) for text in {*content.strangers()}}
    desk = matcher.Matcher(entries, lambda text: known.get(text, _made_up(text)))
    costs = []
    gc.disable()
    for text in questions * 4:
        vector = _made_up(text)
        costs.append(_timed(functools.partial(desk.find, text, vector)))
    gc.enable()
    costs.sort()
    middle = statistics.median(encoding)
    late = costs[int(len(costs) * 0.99)]
    print(
        f"{len(entries)} entries, {sum(len(one.wordings) for one in entries)} wordings, {len(costs)} questions, "
        f"processor time: median {statistics.median(costs):.2f} ms, 99th percentile {late:.2f} ms; "
        f"one encoding {middle:.2f} ms, so {late / middle:.2f} of it"
    )


def _many(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Make a thousand entries out of ours: other words in the same sentences."""
    for place in range(ENTRIES_FOR_SPEED):
        one = entries[place % len(entries)]
        chance = random.Random(place)
        word = "".join(chance.choice(LETTERS) for _ in range(6))
        asked = tuple(f"{q} {word}" for q in one.questions[:WORDINGS_FOR_SPEED])
        yield replace(one, key=f"{one.key}-{place}", title=f"{one.title} {word}", questions=asked, body=".")


def _made_up(text: str) -> vectors.Vector:
    """Return a vector in the place of an encoding: its cost is what is left out."""
    chance = np.random.default_rng(abs(hash(text)) % 2**32)
    found = chance.standard_normal(384, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found), dtype=np.float32)


def _timed(work: Callable[[], object]) -> float:
    """Return the processor time of some work in milliseconds: what others do on the machine is not counted."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


if __name__ == "__main__":
    main()
