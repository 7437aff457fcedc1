"""Pipelines side by side: how well each reads the held-out messages, how long a message takes it, how long it loads and
how much memory it needs. Each is loaded in a process of its own, which runs this module as a program."""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from brain import head
from brain.evaluation import data

NOTHING = head.Settings(ngrams=0.0, words=0.0, vectors=0.0, marks=0.0, neighbours=0.0)
OURS = "all, and the nearest examples (the desk's)"
HEADS = {
    "n-grams of characters and words": replace(NOTHING, ngrams=0.7, words=1.0),
    "encoder, regression": replace(NOTHING, vectors=1.5),
    "encoder, nearest examples": replace(NOTHING, vectors=1.5, neighbours=1.0),
    "encoder and n-grams": replace(NOTHING, ngrams=0.7, words=1.0, vectors=1.5),
    "encoder, n-grams and marks": replace(head.Settings(), neighbours=0.0),
    OURS: head.Settings(),
}
COLUMNS = (
    "accuracy | macro F1 | AUC out of scope | processor time of a message, ms: median (p95) | of loading, s"
    " | memory at most, MB"
)
FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Run:
    """What a pipeline made of the messages: each with its intents and their probabilities, best first; the seconds of
    processor time until its first answer, and the milliseconds of each message; the most memory that its process took,
    in MB. Processor time, because a busy machine does not count in it."""

    rankings: list[list[tuple[str, float]]]
    loading: float
    milliseconds: list[float]
    memory: float


def compared(learnt: data.Examples, held_out: data.Examples, stock: Path | None, written: data.Examples) -> list[str]:
    """Return the table: a stock Rasa when the path of its trained model is given, which learns the lines `written` by
    hand, the desk's head on these too, and each of HEADS on all."""
    lines = ["", f"| pipeline | learnt | {COLUMNS} |", "|---|---|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts.json"
        texts.write_text(json.dumps(held_out.texts), encoding="utf-8")
        if stock is not None:
            lines.append(row("stock Rasa (DIET)", "hand-written", held_out, _apart("--stock", stock, texts)))
        asked = [(name, "all", learnt, settings) for name, settings in HEADS.items()]
        for name, what, examples, settings in [(OURS, "hand-written", written, head.Settings()), *asked]:
            fitted = Path(folder) / "head.joblib"
            joblib.dump(head.Head(settings).fit(examples.texts, examples.vectors, list(examples.intents)), fitted)
            counted = f"{what} ({len(examples.texts)})"
            lines.append(row(name, counted, held_out, _apart("--head", fitted, texts)))
    return lines


def _apart(kind: str, model: Path, texts: Path) -> Run:
    """Run a pipeline in a process of its own; raises CalledProcessError when that fails."""
    command = [sys.executable, "-m", "brain.evaluation.pipelines", kind, str(model), "--texts", str(texts)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def row(name: str, learnt: str, held_out: data.Examples, run: Run) -> str:
    """Return one row of the table: how well the run did on the held-out messages, and what it took."""
    best = np.array([ranking[0][0] for ranking in run.rankings])
    accuracy = float((best == held_out.intents).mean())
    macro = float(f1_score(held_out.intents, best, average="macro", labels=sorted(set(held_out.intents))))
    auc = float(roc_auc_score(held_out.intents != head.OUT_OF_SCOPE, [in_scope(one) for one in run.rankings]))
    times = f"{statistics.median(run.milliseconds):.1f} ({statistics.quantiles(run.milliseconds, n=20)[-1]:.1f})"
    return (
        f"| {name} | {learnt} | {accuracy:.3f} | {macro:.3f} | {auc:.3f} | {times} | {run.loading:.1f}"
        f" | {run.memory:.0f} |"
    )


def in_scope(ranking: list[tuple[str, float]]) -> float:
    """Return the soft score of the desk (see head.Guess.in_scope) for any ranking."""
    outside = dict(ranking).get(head.OUT_OF_SCOPE, 0.0)
    within = next((confidence for name, confidence in ranking if name != head.OUT_OF_SCOPE), 0.0)
    return within / max(within + outside, 1e-9)


def main() -> int:
    """Load one pipeline, read the texts one at a time, and print what came of it as JSON; returns the exit code."""
    parser = argparse.ArgumentParser(prog="brain.evaluation.pipelines", description=__doc__)
    parser.add_argument("--head", type=Path, help="a head as joblib stored it")
    parser.add_argument("--stock", type=Path, help="a model of a stock Rasa (.tar.gz)")
    parser.add_argument("--texts", type=Path, required=True, help="a list of texts as JSON")
    options = parser.parse_args()
    texts = json.loads(options.texts.read_text(encoding="utf-8"))
    read = _stock(options.stock) if options.stock else _desk(options.head)
    read(texts[0])
    sys.stdout.write(json.dumps(_timed(read, texts, time.process_time())) + "\n")
    return 0


def _timed(read: Callable[[str], Any], texts: Sequence[str], loading: float) -> dict[str, Any]:
    rankings, times = [], []
    for text in texts:
        begun = time.process_time()
        rankings.append(read(text))
        times.append((time.process_time() - begun) * 1000)
    return {"rankings": rankings, "loading": loading, "milliseconds": times, "memory": _most()}


def _most() -> float:
    """Return the most memory that this process held so far, in MB (Linux; getrusage would count the parent's too)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def _desk(path: Path) -> Callable[[str], list[tuple[str, float]]]:
    from encoder import Encoder  # noqa: PLC0415  (its loading is what is measured)

    fitted: head.Head = joblib.load(path)
    encoder = Encoder() if fitted.settings.vectors else None

    def read(text: str) -> list[tuple[str, float]]:
        vector = encoder.encode(text) if encoder else np.zeros(384, dtype=np.float32)
        return fitted.guess([text], vector[None])[0].ranking

    return read


def _stock(path: Path) -> Callable[[str], list[tuple[str, float]]]:
    from rasa.core.agent import Agent  # noqa: PLC0415  (its loading is what is measured)

    agent = Agent.load(str(path))

    def read(text: str) -> list[tuple[str, float]]:
        parsed = asyncio.run(agent.parse_message(text))
        ranked = [(one["name"], float(one["confidence"])) for one in parsed["intent_ranking"]]
        return [one for one in ranked if one[0] != FALLBACK]  # in stock's favour: its best intent all the same

    return read


if __name__ == "__main__":
    sys.exit(main())
