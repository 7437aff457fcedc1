"""How well the reading of mood works: by folds over its examples, on held-out sets, and what it costs.

Thresholds and patterns are chosen by the folds: five over the messages that were written one by one; a message is
judged by a head that has seen neither it nor another one of its template. The held-out sets are printed beside them and
nothing is tuned on them. `python -m benchmarks.mood`; `--wrong` also prints what the folds misread, `--train` solves
the head that is kept in handoff/mood_data, `--cache FOLDER` keeps the vectors of the examples between runs.
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
from sklearn.model_selection import StratifiedGroupKFold  # type: ignore[import-untyped]

from encoder import Encoder, clauses
from encoder import cache as vector_cache
from handoff import escalation, mood, mood_examples, mood_head, mood_story, phrases, rules

ROOT = Path(__file__).parents[1]
UNDERSTANDING = ROOT / "tests" / "understanding"
HELD_OUT = ("mood.yml", "mood_second.yml")
GRAVE = ("legal", "safety")
FOLDS = 5
THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97)
UPSET_BY_INTENT = ("complaint", "out_of_scope", "give_feedback", "talk_to_human")
"""Intents whose messages may well be upset; all others are ordinary requests."""


@dataclass(frozen=True)
class Judged:
    """One message with its true label, and what was made of it."""

    text: str
    kind: str
    upset: bool
    probability: float
    reading: mood.Reading


@dataclass(frozen=True)
class Story:
    """One conversation: whether and from which message on a person was due, and at which one came (or 0)."""

    says: tuple[str, ...]
    person: bool
    due: int
    came: int
    at_once: bool


def main() -> None:
    """Print the tables, or train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="print what the folds misread at the offer")
    parser.add_argument("--train", action="store_true", help="solve the head and keep it")
    parser.add_argument("--cache", type=Path, default=None, help="folder for the examples' vectors")
    chosen = parser.parse_args()
    encoder = Encoder()
    encode = cache(encoder.encode)
    known = mood_examples.load()
    vectors = vector_cache.encoded(known.texts, encode, chosen.cache, "mood")
    if chosen.train:
        mood_head.Head.solve(known.texts, vectors, known.upset, mood_head.made_of(known, encode)).write()
        print(f"{mood_head.FILE.name}: {mood_head.FILE.stat().st_size // 1024} kB from {len(known.texts)} messages")
        return
    ours = rules.read(ROOT / "policy" / "handoff.yml")
    judged, everyday = by_folds(known, vectors)
    print(f"By folds, {len(judged)} messages written one by one, without everyday requests")
    print_thresholds(judged)
    print_everyday(everyday)
    reader = mood.open_reader(encode, chosen.cache)
    report(reader, encode, ours)
    print_cost(reader, encoder, [text for kinds in load("mood.yml")["upset"].values() for text in kinds])
    if chosen.wrong:
        print_wrong(judged, ours.mood.offer)


def report(reader: mood.MoodReader, encode: Any, ours: rules.HandoffRules) -> None:
    """Print what the held-out sets say: messages, conversations, ordinary requests."""
    for name in HELD_OUT:
        tone, grave = held_out(reader, encode, name)
        print(f"\nHeld out, {name}, {len(tone)} messages")
        print_thresholds(tone)
        print_kinds([*tone, *grave], ours.mood)
    stories = conversations(reader, encode, ours)
    print_stories(stories)
    everyday = ordinary(reader, encode)
    alarms = [sum(one.reading.score >= at for one in everyday) for at in (ours.mood.offer, ours.mood.at_once)]
    grave_ones = sum(one.reading.reason in mood.URGENT for one in everyday)
    offered, given = (alarm / len(everyday) * 1000 for alarm in alarms)
    print(f"\nOrdinary requests, {len(everyday)}: {alarms[0]} offered a person, {alarms[1]} given one")
    print(f"   per 1000: {offered:.1f} offered, {given:.1f} given; {grave_ones} given by words of danger or law")


def by_folds(known: mood_examples.Examples, vectors: Any) -> tuple[list[Judged], list[Judged]]:
    """Judge each example that was written one by one, and apart from them each everyday request, by a head that has
    seen neither it nor its like.
    """
    found = phrases.Phrases()
    labels, groups = np.asarray(known.upset), np.asarray(known.groups)
    of_everyday = set(load_examples("ordinary.yml")) | set(load_examples("requests.yml"))
    judged: list[Judged] = []
    everyday: list[Judged] = []
    for learnt, asked in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(vectors, labels, groups):
        head = mood_head.Head.solve([known.texts[place] for place in learnt], vectors[learnt], labels[learnt])
        for place in asked:
            text, kind, vector = known.texts[place], known.kinds[place], vectors[place]
            if not known.written[place] and kind not in of_everyday:
                continue
            signs, praised = found.hear(text)
            reading = mood.judge(text, head, {text: vector}, signs, praised=praised)
            one = Judged(text, kind, bool(labels[place]), head.probability(text, vector), reading)
            (everyday if kind in of_everyday else judged).append(one)
    return judged, everyday


def held_out(reader: mood.MoodReader, encode: Any, name: str = HELD_OUT[0]) -> tuple[list[Judged], list[Judged]]:
    """Judge the held-out messages: those of mood, and those for which a person is needed whatever the tone."""
    data = load(name)
    tone = [
        read(reader, encode, (text, kind, label == "upset"))
        for label in ("upset", "calm")
        for kind, texts in data[label].items()
        for text in texts
    ]
    return tone, [read(reader, encode, (text, kind, False)) for kind in GRAVE for text in data.get(kind, ())]


def ordinary(reader: mood.MoodReader, encode: Any) -> list[Judged]:
    """Judge the requests that others wrote for the sets of intents and questions."""
    rows = [(row["text"], intent) for intent, found in load("intents.yml").items() for row in found]
    rows = [row for row in rows if row[1] not in UPSET_BY_INTENT]
    rows += [(row["text"], "questions.yml") for found in load("questions.yml").values() for row in found]
    return [read(reader, encode, (text, kind, False)) for text, kind in rows]


def conversations(reader: mood.MoodReader, encode: Any, ours: rules.HandoffRules) -> list[Story]:
    """Play the held-out conversations through the rules."""
    return [play(one, reader, encode, ours) for one in load("mood_conversations.yml")]


def play(told: Any, reader: mood.MoodReader, encode: Any, ours: rules.HandoffRules) -> Story:
    """Play one conversation; what the bot did not understand is said in it."""
    earlier: list[mood_story.Earlier] = []
    misread, came, at_once = told.get("misread") or (), 0, False
    for place, text in enumerate(told["says"], 1):
        alone = reader.read(text, encode(text), parts_of(text, encode))
        reading = mood_story.heard(alone, text, earlier, ours.conversation)
        decision = escalation.decide(reading, ours)
        if decision and not came:
            came, at_once = place, decision.brings_person
        earlier.append(mood_story.Earlier(text, reading.own, reading.calms, place not in misread))
        failed = [one.understood for one in earlier[-ours.not_understood :]]
        if not came and len(failed) == ours.not_understood and not any(failed):
            came, at_once = place, True
    return Story(tuple(told["says"]), told["person"], told.get("from", 0), came, at_once)


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


def load_examples(name: str) -> Any:
    """Read a file of examples."""
    return yaml.safe_load((mood_examples.FOLDER / name).read_text(encoding="utf-8"))


def print_thresholds(judged: Sequence[Judged]) -> None:
    """Print precision, recall and the share of calm messages that are marked, for the head alone and for the score."""
    upset = np.array([item.upset for item in judged])
    for name, scores in (
        ("head alone", np.array([item.probability for item in judged])),
        ("score", np.array([item.reading.score for item in judged])),
    ):
        print(f"{name:11} AUC {roc_auc_score(upset, scores):.3f}")
        for at in THRESHOLDS:
            precision, recall, alarms = rates(upset, scores >= at)
            print(f"   at {at:4.2f}: precision {precision:.3f}  recall {recall:.3f}  calm ones marked {alarms:.3f}")


def print_everyday(judged: Sequence[Judged]) -> None:
    """Print how many everyday requests among the examples are marked, by folds."""
    scores = np.array([item.reading.score for item in judged])
    marked = ", ".join(f"{(scores >= at).mean() * 1000:.1f} from {at:.2f}" for at in THRESHOLDS)
    print(f"Everyday requests among the examples, {len(judged)}; marked in 1000: {marked}")


def rates(upset: Any, marked: Any) -> tuple[float, float, float]:
    """Return precision, recall, and the share of calm messages that are marked."""
    precision = float(upset[marked].mean()) if marked.any() else float("nan")
    return precision, float(marked[upset].mean()), float(marked[~upset].mean())


def figures(judged: Sequence[Judged], at: float) -> dict[str, float]:
    """Return precision, recall, and messages by truth and verdict, at a threshold."""
    upset = np.array([item.upset for item in judged])
    marked = np.array([item.reading.score >= at for item in judged])
    precision, recall, alarms = rates(upset, marked)
    hit, missed = int((marked & upset).sum()), int((~marked & upset).sum())
    false, calm = int((marked & ~upset).sum()), int((~marked & ~upset).sum())
    counts = {"hit": hit, "missed": missed, "false_alarm": false, "rightly_calm": calm}
    return {"precision": precision, "recall": recall, "calm_marked": alarms, **counts}


def print_stories(stories: Sequence[Story]) -> None:
    """Print how many conversations got a person who should, in time, and how many who should not."""
    due = [one for one in stories if one.person]
    calm = [one for one in stories if not one.person]
    got, early = [one for one in due if one.came], [one for one in due if 0 < one.came < one.due]
    wrong = [one for one in calm if one.came]
    print(f"\nConversations, {len(stories)}: {len(got)} of {len(due)} that need a person get one or the offer of one")
    print(f"   {len(early)} of them before it was due; {len(wrong)} of the {len(calm)} calm ones are offered one")


def print_kinds(judged: Sequence[Judged], by: rules.MoodRule) -> None:
    """Print for each kind how many messages reach the thresholds, and how many go to a person by their words."""
    print(f"{'kind':22}{'messages':>9}{'offered':>9}{'given':>9}{'legal':>7}{'safety':>8}")
    for kind in dict.fromkeys(item.kind for item in judged):
        rows = [item.reading for item in judged if item.kind == kind]
        at = [sum(row.score >= threshold for row in rows) for threshold in (by.offer, by.at_once)]
        grave = [sum(row.reason == reason for row in rows) for reason in ("legal", "safety")]
        print(f"{kind:22}{len(rows):>9}{at[0]:>9}{at[1]:>9}{grave[0]:>7}{grave[1]:>8}")


def print_cost(reader: mood.MoodReader, encoder: Encoder, texts: Sequence[str]) -> None:
    """Print the time of a reading beside the encoding of the message and its clauses, measured in turn."""
    encoding, reading, working = [], [], []
    for text in texts:
        began = time.perf_counter()
        vector = encoder.encode(text)
        parts = {part: encoder.encode(part) for part in clauses.split(text)}
        encoded, worked = time.perf_counter(), time.thread_time()
        reader.read(text, vector, parts)
        working.append(time.thread_time() - worked)
        reading.append(time.perf_counter() - encoded)
        encoding.append(encoded - began)
    middle, costly = statistics.median(reading), statistics.quantiles(reading, n=20)[-1]
    ratio = middle / statistics.median(encoding)
    print(f"\na reading takes {ratio:.2f} of the encoding: p50 {middle * 1000:.2f} ms, p95 {costly * 1000:.2f} ms")
    busy, busiest = statistics.median(working), statistics.quantiles(working, n=20)[-1]
    print(f"   processor time of it: p50 {busy * 1000:.2f} ms, p95 {busiest * 1000:.2f} ms")


def print_wrong(judged: Sequence[Judged], offer: float) -> None:
    """Print what is misread at the threshold of the offer, worst first."""
    for item in sorted(judged, key=lambda item: -abs(item.reading.score - item.upset)):
        if (item.reading.score >= offer) != item.upset:
            print(f"{item.reading.score:.2f} {'upset' if item.upset else 'calm':6}{item.kind:22} {item.text}")


if __name__ == "__main__":
    main()
