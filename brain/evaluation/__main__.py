"""Prints the tables of docs/understanding.md that are the brain's: `python -m brain.evaluation --root .`"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brain import head, speed
from brain.evaluation import data, understanding
from encoder import Encoder


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="brain.evaluation", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path())
    parser.add_argument("--heads", action="store_true", help="compare the kinds of heads too (some minutes)")
    parser.add_argument("--folds", action="store_true", help="with --heads: by a fold of what is learnt as well")
    parser.add_argument("--speed", action="store_true", help="train, start and talk to a brain too (some minutes)")
    options = parser.parse_args()
    sys.stdout.write("\n".join(report(options)) + "\n")
    return 0


def report(options: argparse.Namespace) -> list[str]:
    """Return the tables as lines of Markdown."""
    encoder = Encoder()

    def encode(texts: list[str]) -> NDArray[np.float32]:
        return encoder.encode_many(texts)

    learnt = data.training(options.root, encode)
    held_out = data.held_out(options.root, encode, learnt)
    fitted = understanding.fit(head.Settings(), learnt)
    whole = understanding.score(fitted, held_out)
    counted = f"{len(set(learnt.lines))} lines of `data/nlu` stand for {len(learnt.texts)} messages; "
    counted += f"{len(held_out.texts)} messages are held out."
    summary = f"**Intents, held out: accuracy {whole.accuracy:.3f}, macro F1 {whole.macro_f1:.3f}** "
    summary += f"({whole.milliseconds:.2f} ms of processor time a message beside its encoding)."
    lines = [counted, "", summary]
    lines += understanding.intents(fitted, held_out) + understanding.scope(fitted, held_out)
    lines += understanding.named(options.root) + understanding.several(fitted, encode, options.root)
    lines += understanding.heads(learnt, held_out, options.folds) if options.heads else []
    return lines + (speed.measure(options.root) if options.speed else [])


if __name__ == "__main__":
    sys.exit(main())
