"""How well the reading of mood works: by folds over its own examples, on held-out messages, and its cost in one run.

Thresholds and patterns are chosen by the folds (eight, dealt twice; each message is judged by a head that has not seen
it). The held-out messages are printed beside them and nothing is tuned on them. Run `python -m benchmarks.mood`: about
a minute; `--wrong` also prints the messages that were misread by the folds.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]

from encoder import Encoder, clauses
from encoder import cache as vector_cache
from handoff import mood, phrases

UNDERSTANDING = Path(__file__).parents[1] / "tests" / "understanding"
FOLDS = 8
DEALS = 2
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
OFFER, AT_ONCE = 0.6, 0.9


@dataclass(frozen=True)
class Judged:
    """One message with its true label, and what was made of it."""

    text: str
    kind: str
    upset: bool
    probability: float
    reading: mood.Reading


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="print what the folds misread at 0.60")
    wrong = parser.parse_args().wrong
    encoder = Encoder()
    encode = cache(encoder.encode)
    known = by_folds(mood.examples(), encode)
    print(f"By folds, {len(known) // DEALS} messages ({DEALS} deals)")
    print_thresholds(known)
    reader = mood.open_reader(encode, None)
    tone, grave = held_out(reader, encode)
    print(f"\nHeld out, {len(tone)} messages of mood")
    print_thresholds(tone)
    print_kinds([*tone, *grave])
    apart = others(reader, encode)
    print(f"\nIntents and questions, {len(apart)} messages in the words of others, complaints against the rest")
    print_thresholds(apart)
    print_cost(reader, encoder, [item.text for item in [*tone, *grave]])
    if wrong:
        print_wrong(known)


def by_folds(known: mood.Examples, encode: Any) -> list[Judged]:
    """Judge each example by heads that have not seen it."""
    found, vectors = phrases.Phrases(), vector_cache.encoded(known.texts, encode, None, "mood")
    labels = np.asarray(known.upset)
    judged = []
    for seed in range(DEALS):
        for learnt, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(vectors, known.kinds):
            head = mood.Head([known.texts[place] for place in learnt], vectors[learnt], labels[learnt])
            for place in asked:
                text = known.texts[place]
                probability = head.probability(text, vectors[place])
                reading = mood.judge(text, head, {text: vectors[place], **parts_of(text, encode)}, found.read(text))
                judged.append(Judged(text, known.kinds[place], bool(labels[place]), probability, reading))
    return judged


def held_out(reader: mood.MoodReader, encode: Any) -> tuple[list[Judged], list[Judged]]:
    """Judge the held-out messages: those of mood, and those for which a person is needed whatever the tone."""
    data = load("mood.yml")
    tone = [
        read(reader, encode, (text, kind, label == "upset"))
        for label in ("upset", "calm")
        for kind, texts in data[label].items()
        for text in texts
    ]
    return tone, [read(reader, encode, (text, kind, False)) for kind in ("legal", "safety") for text in data[kind]]


def others(reader: mood.MoodReader, encode: Any) -> list[Judged]:
    """Judge what others wrote for the sets of intents and questions; only complaints count as upset."""
    rows = [(row["text"], intent) for intent, found in load("intents.yml").items() for row in found]
    rows += [(row["text"], "questions.yml") for found in load("questions.yml").values() for row in found]
    return [read(reader, encode, (text, kind, kind == "complaint")) for text, kind in rows]


def read(reader: mood.MoodReader, encode: Any, row: tuple[str, str, bool]) -> Judged:
    """Read one message as the desk does: text, kind and true label are given."""
    text, kind, upset = row
    reading = reader.read(text, encode(text), parts_of(text, encode))
    return Judged(text, kind, upset, reader.probability(text, encode(text)), reading)


def parts_of(text: str, encode: Any) -> dict[str, Any]:
    """Return the vectors of the message's clauses, which the desk has anyway."""
    return {part: encode(part) for part in clauses.split(text)}


def load(name: str) -> Any:
    """Read a held-out set."""
    return yaml.safe_load((UNDERSTANDING / name).read_text(encoding="utf-8"))


def print_thresholds(judged: Sequence[Judged]) -> None:
    """Print precision, recall and the share of calm messages that are marked, for the head alone and for the score."""
    upset = np.array([item.upset for item in judged])
    for name, scores in (
        ("head alone", np.array([item.probability for item in judged])),
        ("score", np.array([item.reading.score for item in judged])),
    ):
        accuracy = float(((scores >= OFFER) == upset).mean())
        print(f"{name:11} AUC {roc_auc_score(upset, scores):.3f}, accuracy at {OFFER} {accuracy:.3f}")
        for at in THRESHOLDS:
            marked = scores >= at
            precision = float(upset[marked].mean()) if marked.any() else float("nan")
            recall, alarms = float(marked[upset].mean()), float(marked[~upset].mean())
            print(f"   at {at:4.2f}: precision {precision:.3f}  recall {recall:.3f}  calm ones marked {alarms:.3f}")


def print_kinds(judged: Sequence[Judged]) -> None:
    """Print for each kind how many messages reach the thresholds, and how many go to a person by their words."""
    print(f"{'kind':22}{'messages':>9}{'at 0.60':>9}{'at 0.90':>9}{'legal':>7}{'safety':>8}")
    for kind in dict.fromkeys(item.kind for item in judged):
        rows = [item.reading for item in judged if item.kind == kind]
        at = [sum(row.score >= threshold for row in rows) for threshold in (OFFER, AT_ONCE)]
        grave = [sum(row.reason == reason for row in rows) for reason in ("legal", "safety")]
        print(f"{kind:22}{len(rows):>9}{at[0]:>9}{at[1]:>9}{grave[0]:>7}{grave[1]:>8}")


def print_cost(reader: mood.MoodReader, encoder: Encoder, texts: Sequence[str]) -> None:
    """Print the time of a reading beside the encoding of the message and its clauses, measured in turn."""
    encoding, reading = [], []
    for text in texts:
        began = time.perf_counter()
        vector = encoder.encode(text)
        parts = {part: encoder.encode(part) for part in clauses.split(text)}
        encoded = time.perf_counter()
        reader.read(text, vector, parts)
        reading.append(time.perf_counter() - encoded)
        encoding.append(encoded - began)
    middle, costly = statistics.median(reading), statistics.quantiles(reading, n=20)[-1]
    ratio = middle / statistics.median(encoding)
    print(f"a reading takes {ratio:.2f} of the encoding: p50 {middle * 1000:.2f} ms, p95 {costly * 1000:.2f} ms")


def print_wrong(judged: Sequence[Judged]) -> None:
    """Print what is misread at the threshold of the offer, worst first."""
    for item in sorted(judged, key=lambda item: -abs(item.reading.score - item.upset)):
        if (item.reading.score >= OFFER) != item.upset:
            print(f"{item.reading.score:.2f} {'upset' if item.upset else 'calm':6}{item.kind:22} {item.text}")


if __name__ == "__main__":
    main()
