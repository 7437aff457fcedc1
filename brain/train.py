"""Trains the model: `python -m brain.train --out FILE`, from config.yml, domain.yml and data/ of the project's root."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from brain import kept_out, quiet


class TrainingFailed(Exception):
    """Rasa made no model; the message says why as far as Rasa does."""


def train(root: Path, out: Path) -> Path:
    """Train from the folder's config.yml, domain.yml and data/ into exactly `out`; raises TrainingFailed.

    The file appears whole or not at all: a running brain may be reading its predecessor.
    """
    for name in ("config.yml", "domain.yml", "data"):
        if not (root / name).exists():
            raise TrainingFailed(f"{root / name} is missing")
    with tempfile.TemporaryDirectory() as folder:
        result = _rasa(root, folder)
        if result.code != 0 or not result.model or not Path(result.model).is_file():
            raise TrainingFailed(f"Rasa trained no model (code {result.code})")
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(out.name + ".part")
        shutil.move(result.model, beside)
        beside.replace(out)
    return out


def _rasa(root: Path, folder: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  (Rasa's type is only known after the import)
    quiet.before_rasa()
    with kept_out.while_importing_rasa():
        import rasa.engine.recipes.default_components  # noqa: F401, PLC0415  (the training would import them later)
        from rasa.model_training import train as rasa_train  # noqa: PLC0415  (2 s; nothing else here needs it)

    quiet.after_rasa()
    try:
        return rasa_train(
            domain=str(root / "domain.yml"),
            config=str(root / "config.yml"),
            training_files=[str(root / "data")],
            output=folder,
            force_training=True,  # Rasa's cache does not see changes in helpers of a component
            fixed_model_name="model",
        )
    except Exception as error:
        missing = kept_out.behind(error)
        if missing is None:
            raise
        raise TrainingFailed(f"{error} {missing}") from error


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="brain.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the model file to write (.tar.gz)")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's root (default: here)")
    options = parser.parse_args()
    try:
        train(options.root, options.out)
    except TrainingFailed as error:
        sys.stderr.write(f"brain: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
