"""Prints the tables of docs/understanding.md that are the brain's: `python -m brain.evaluation --root .`"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brain import head, speed
from brain.evaluation import data, pipelines, understanding
from encoder import Encoder, cache


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="brain.evaluation", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--heads", action="store_true", help="compare the kinds of heads too (some minutes)")
    parser.add_argument("--stock", type=Path, help="with --heads: a trained model of a stock Rasa, compared as well")
    parser.add_argument("--folds", action="store_true", help="by folds of what is learnt as well (some minutes)")
    parser.add_argument("--vectors", type=Path, help="a folder where vectors are kept for the next time")
    parser.add_argument("--speed", action="store_true", help="train, start and talk to a brain too (some minutes)")
    options = parser.parse_args()
    sys.stdout.write("\n".join(report(options)) + "\n")
    return 0


def report(options: argparse.Namespace) -> list[str]:
    """Return the tables as lines of Markdown."""
    encoder = Encoder()

    def encode(texts: list[str]) -> NDArray[np.float32]:
        return np.asarray(cache.encoded(texts, encoder.encode, options.vectors, "understanding"))

    learnt = data.training(options.root, encode)
    sets = {name: data.held_out(options.root, encode, learnt, name) for name in ("intents", "intents_fresh")}
    fitted = understanding.fit(head.Settings(), learnt)
    lines = [f"{len(set(learnt.lines))} lines of `data/nlu` stand for {len(learnt.texts)} messages."]
    for name, held_out in sets.items():
        whole = understanding.score(fitted, held_out)
        lines += ["", f"**`{name}.yml`, held out, {len(held_out.texts)} messages: accuracy {whole.accuracy:.3f},"]
        lines[-1] += f" macro F1 {whole.macro_f1:.3f}** ({whole.milliseconds:.2f} ms of processor time a message"
        lines[-1] += " beside its encoding)."
        lines += understanding.intents(fitted, held_out) + understanding.scope(fitted, held_out)
    lines += understanding.folded(learnt) if options.folds else []
    lines += understanding.named(options.root) + understanding.several(fitted, encode, options.root)
    if options.heads:
        written = data.written(options.root, encode)
        lines += pipelines.compared(learnt, sets["intents"], options.stock, written)
    return lines + (speed.measure(options.root) if options.speed else [])


if __name__ == "__main__":
    sys.exit(main())
