"""The figures of intents, of what is out of scope, of entities and of wants, each as a table in Markdown."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from brain import entities, head, wants
from brain.evaluation import data
from encoder import clauses

FOLDS = 4


@dataclass(frozen=True)
class Score:
    """How well a head does: accuracy and macro F1 over all intents, AUC of the scope, processor time of a message."""

    accuracy: float
    macro_f1: float
    auc: float
    milliseconds: float


def score(fitted: head.Head, examples: data.Examples) -> Score:
    """Return how well a head does on messages that it has not seen, asked one at a time."""
    begun = time.process_time()
    guesses = [
        fitted.guess([text], vector[None])[0] for text, vector in zip(examples.texts, examples.vectors, strict=True)
    ]
    spent = (time.process_time() - begun) * 1000 / len(guesses)
    best = np.array([one.ranking[0][0] for one in guesses])
    inside = examples.intents != head.OUT_OF_SCOPE
    return Score(
        accuracy=float((best == examples.intents).mean()),
        macro_f1=float(f1_score(examples.intents, best, average="macro")),
        auc=float(roc_auc_score(inside, [one.in_scope for one in guesses])),
        milliseconds=spent,
    )


def fit(settings: head.Settings, examples: data.Examples) -> head.Head:
    """Return a head that has learnt the examples."""
    return head.Head(settings).fit(examples.texts, examples.vectors, list(examples.intents))


def folded(learnt: data.Examples) -> list[str]:
    """Return accuracy and macro F1 by folds of what is learnt, in which no line stands on both sides."""
    found = []
    for kept, asked in dealt(learnt):
        found.append(score(fit(head.Settings(), learnt.part(kept)), learnt.part(asked)))
    accuracy, macro = np.mean([one.accuracy for one in found]), np.mean([one.macro_f1 for one in found])
    return ["", f"{FOLDS} folds of what is learnt: accuracy {accuracy:.3f}, macro F1 {macro:.3f}."]


def dealt(learnt: data.Examples) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the folds; all readings of one line stand on the same side."""
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=head.RANDOM_STATE)
    yield from folds.split(learnt.texts, learnt.intents, learnt.lines)


def intents(fitted: head.Head, held_out: data.Examples) -> list[str]:
    """Return accuracy by style and by intent, and which intents are taken for which."""
    best = np.array([one.ranking[0][0] for one in fitted.guess(held_out.texts, held_out.vectors)])
    right = best == held_out.intents
    lines = ["", "| style | messages | right |", "|---|---|---|"]
    for style in sorted(set(held_out.styles)):
        which = held_out.styles == style
        lines.append(f"| {style} | {which.sum()} | {right[which].mean():.3f} |")
    lines += ["", "| intent | messages | precision | recall | taken for |", "|---|---|---|---|---|"]
    for intent in sorted(set(held_out.intents)):
        which, named = held_out.intents == intent, best == intent
        others = Counter(str(one) for one in best[which & ~right])
        listed = ", ".join(f"{name} {count}" for name, count in others.most_common())
        precision = float(right[named].mean()) if named.any() else 0.0
        lines.append(f"| {intent} | {which.sum()} | {precision:.2f} | {right[which].mean():.2f} | {listed} |")
    return lines


def scope(fitted: head.Head, held_out: data.Examples) -> list[str]:
    """Return what the soft score keeps and rejects."""
    guesses = fitted.guess(held_out.texts, held_out.vectors)
    scores = np.array([one.in_scope for one in guesses])
    inside = held_out.intents != head.OUT_OF_SCOPE
    lines = [
        "",
        f"Out of scope: ROC-AUC {roc_auc_score(inside, scores):.3f}",
        "",
        "| `in_scope` | kept in scope | rejected out of scope |",
        "|---|---|---|",
    ]
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
        kept, rejected = scores[inside] >= threshold, scores[~inside] < threshold
        lines.append(f"| {threshold} | {kept.mean():.3f} | {rejected.mean():.3f} |")
    return lines


def named(root: Path) -> list[str]:
    """Return precision, recall and F1 of each kind of entity in tests/understanding/entities.yml."""
    right: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    got: Counter[str] = Counter()
    for row in data.rows(root, "entities"):
        found = entities.find(row["text"])
        for kind in {*row["expected"], *row.get("none", ())}:
            wanted = Counter(_value(kind, one) for one in row["expected"].get(kind, ()))
            read = Counter(_value(kind, one["value"]) for one in found if one["entity"] == kind)
            right[kind] += (wanted & read).total()
            expected[kind] += wanted.total()
            got[kind] += read.total()
    lines = ["", "| entity | said | precision | recall | F1 |", "|---|---|---|---|---|"]
    totals = (expected.total(), got.total(), right.total())
    counted = [(kind, (expected[kind], got[kind], right[kind])) for kind in sorted(expected)]
    for kind, (said, read_values, hit) in [*counted, ("all", totals)]:
        precision, recall = hit / max(read_values, 1), hit / max(said, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        lines.append(f"| {kind} | {said} | {precision:.2f} | {recall:.2f} | {f1:.3f} |")
    return lines


def _value(kind: str, value: Any) -> str:
    """Return a value as it is compared: goods by their last word, all else as it is."""
    return str(value).lower().split()[-1] if kind == "product" else str(value)


def several(fitted: head.Head, encode: data.Encode, root: Path) -> list[str]:
    """Return how well messages with several wants are split, and those with one are not."""
    lines = ["", "| `want` | messages with | messages | exactly right | split |", "|---|---|---|---|---|"]
    heard = {kind: [_heard(fitted, encode, row) for row in rows] for kind, rows in data.loaded(root, "wants").items()}
    for threshold in (0.25, 0.35, 0.5):
        for kind, items in heard.items():
            found = [
                (wanted, [one["intent"] for one in wants.several(whole, parts, threshold)])
                for wanted, whole, parts in items
            ]
            right = sum(wanted == got for wanted, got in found) / len(found)
            split = sum(len(got) > 1 for _, got in found) / len(found)
            lines.append(f"| {threshold} | {kind} | {len(found)} | {right:.2f} | {split:.2f} |")
    return lines


def _heard(
    fitted: head.Head, encode: data.Encode, row: dict[str, Any]
) -> tuple[Sequence[str], wants.Clause, list[wants.Clause]]:
    parts = [row["text"], *clauses.split(row["text"])]
    read = [
        wants.Clause(text, one.intent, one.confidence if one.in_scope >= 0.5 else 0.0, entities.find(text))
        for text, one in zip(parts, fitted.guess(parts, encode(parts)), strict=True)
    ]
    return row["intents"], read[0], read[1:]
