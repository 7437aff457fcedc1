"""Measures understanding and speed, and prints the tables of docs/understanding.md: `python -m brain.measure`.

Settings are chosen by cross validation on data/nlu alone; tests/understanding is only looked at for the report, without
the messages that happen to stand in data/nlu too ("yes" and the like).
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from brain import entities, head, speed, wants
from encoder import Encoder, clauses

FOLDS = 4
HEADS = {
    "character n-grams": head.Settings(vectors=0.0),
    "sentence vector": head.Settings(ngrams=0.0),
    "both": head.Settings(),
}
ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True)
class Examples:
    """Messages with their intents and vectors."""

    texts: list[str]
    intents: NDArray[np.str_]
    vectors: NDArray[np.float32]

    def part(self, which: NDArray[np.int64]) -> "Examples":
        """Return the examples with these numbers."""
        return Examples([self.texts[one] for one in which], self.intents[which], self.vectors[which])


@dataclass(frozen=True)
class Score:
    """How well a head does: accuracy and macro F1 over all intents, accuracy in scope, AUC in against out of scope."""

    accuracy: float
    macro_f1: float
    in_scope_accuracy: float
    auc: float


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="brain.measure", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--speed", action="store_true", help="train, start and talk to a brain too (about two minutes)")
    options = parser.parse_args()
    encoder = Encoder()
    training = _encoded(encoder, list(training_examples(options.root / "data" / "nlu")))
    seen = {head.masked(text) for text in training.texts}
    held_out = list(held_out_examples(options.root / "tests" / "understanding" / "intents.yml"))
    unseen = [one for one in held_out if head.masked(one[0]) not in seen]
    lines = [
        f"{len(training.texts)} examples, {len(unseen)} held-out messages ({len(held_out) - len(unseen)} left out)"
    ]
    lines += heads(training, _encoded(encoder, unseen))
    lines += thresholds(training)
    lines += several(training, encoder, options.root / "tests" / "understanding" / "wants.yml")
    lines += speed.measure(options.root) if options.speed else []
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def training_examples(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each example of data/nlu without its annotations, and its intent."""
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            for line in block["examples"].splitlines() if "intent" in block else []:
                if line.strip().startswith("- "):
                    yield ANNOTATION.sub(r"\1", line.strip()[2:]).strip(), block["intent"]


def held_out_examples(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each held-out message and its intent."""
    for intent, messages in yaml.safe_load(file.read_text(encoding="utf-8")).items():
        for message in messages:
            yield message["text"], intent


def score(fitted: head.Head, examples: Examples) -> Score:
    """Return how well a head does on examples that it has not seen."""
    guesses = fitted.guess(examples.texts, examples.vectors)
    inside = examples.intents != head.OUT_OF_SCOPE
    best = np.array([one.ranking[0][0] for one in guesses])
    within = np.array([one.intent for one in guesses])
    return Score(
        accuracy=float((best == examples.intents).mean()),
        macro_f1=float(f1_score(examples.intents, best, average="macro")),
        in_scope_accuracy=float((within == examples.intents)[inside].mean()),
        auc=float(roc_auc_score(inside, [one.in_scope for one in guesses])),
    )


def heads(training: Examples, held_out: Examples) -> list[str]:
    """Return the table of heads, each by cross validation and on the held-out messages."""
    lines = [
        "",
        "| head | data | accuracy | macro F1 | accuracy in scope | AUC out of scope |",
        "|---|---|---|---|---|---|",
    ]
    for name, settings in HEADS.items():
        folds = [score(_fit(settings, training.part(fit)), training.part(test)) for fit, test in _folds(training)]
        lines.append(_row(name, f"{FOLDS}-fold", _mean(folds)))
        lines.append(_row(name, "held out", score(_fit(settings, training), held_out)))
    return lines


def thresholds(training: Examples) -> list[str]:
    """Return what the soft score keeps and rejects, by cross validation."""
    kept: dict[bool, list[float]] = {True: [], False: []}
    for fit, test in _folds(training):
        part = training.part(test)
        guesses = _fit(head.Settings(), training.part(fit)).guess(part.texts, part.vectors)
        for guess, intent in zip(guesses, part.intents, strict=True):
            kept[bool(intent != head.OUT_OF_SCOPE)].append(guess.in_scope)
    lines = ["", "| in_scope | kept in scope | rejected out of scope |", "|---|---|---|"]
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
        inside, outside = np.array(kept[True]) >= threshold, np.array(kept[False]) < threshold
        lines.append(f"| {threshold} | {inside.mean():.3f} | {outside.mean():.3f} |")
    return lines


def several(training: Examples, encoder: Encoder, file: Path) -> list[str]:
    """Return how well messages with several wants are split, and those with one are not."""
    fitted = _fit(head.Settings(), training)
    lines = ["", "| want | messages with | messages | exactly right | split |", "|---|---|---|---|---|"]
    read = {
        f"{kind} (held out)": _heard(fitted, encoder, items)
        for kind, items in yaml.safe_load(file.read_text(encoding="utf-8")).items()
    }
    read["one (data/nlu, by folds)"] = _stories(training, encoder)
    for threshold in (0.25, 0.35, 0.5, 0.65, 0.8):
        for kind, items in read.items():
            found = [
                (wanted, [one["intent"] for one in wants.several(whole, parts, threshold)])
                for wanted, whole, parts in items
            ]
            right = sum(wanted == got for wanted, got in found) / len(found)
            split = sum(len(got) > 1 for _, got in found) / len(found)
            lines.append(f"| {threshold} | {kind} | {len(found)} | {right:.2f} | {split:.2f} |")
    return lines


def _stories(training: Examples, encoder: Encoder) -> list[tuple[list[str], wants.Clause, list[wants.Clause]]]:
    """Hear each task of data/nlu that has several clauses, by a head that has not seen it: all of them are one want."""
    heard = []
    for fit, test in _folds(training):
        part = training.part(test)
        items = [
            {"text": text, "intents": [str(intent)]}
            for text, intent in zip(part.texts, part.intents, strict=True)
            if intent in wants.TASKS and clauses.split(text)
        ]
        heard += _heard(_fit(head.Settings(), training.part(fit)), encoder, items)
    return heard


def _heard(
    fitted: head.Head, encoder: Encoder, items: list[Any]
) -> list[tuple[list[str], wants.Clause, list[wants.Clause]]]:
    heard = []
    for item in items:
        parts = [item["text"], *clauses.split(item["text"])]
        guesses = fitted.guess(parts, encoder.encode_many(parts))
        read = [
            wants.Clause(text, one.intent, one.confidence if one.in_scope >= 0.5 else 0.0, entities.find(text))
            for text, one in zip(parts, guesses, strict=True)
        ]
        heard.append((item["intents"], read[0], read[1:]))
    return heard


def _encoded(encoder: Encoder, pairs: Sequence[tuple[str, str]]) -> Examples:
    texts = [text for text, _ in pairs]
    return Examples(texts, np.array([intent for _, intent in pairs]), encoder.encode_many(texts))


def _fit(settings: head.Settings, examples: Examples) -> head.Head:
    return head.Head(settings).fit(examples.texts, examples.vectors, list(examples.intents))


def _folds(training: Examples) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=head.RANDOM_STATE)
    yield from folds.split(training.texts, training.intents)


def _mean(scores: list[Score]) -> Score:
    fields = Score.__dataclass_fields__
    return Score(**{name: float(np.mean([getattr(one, name) for one in scores])) for name in fields})


def _row(name: str, data: str, one: Score) -> str:
    return (
        f"| {name} | {data} | {one.accuracy:.3f} | {one.macro_f1:.3f} | {one.in_scope_accuracy:.3f} | {one.auc:.3f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
