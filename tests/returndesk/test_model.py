"""The model is trained when what goes into it changed, and only then."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from kit import errors
from returndesk import model

TRAIN = """
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--out")
out = pathlib.Path(parser.parse_args().out)
print("reading the examples", flush=True)
counter = pathlib.Path("trainings")
counter.write_text(counter.read_text() + "x" if counter.exists() else "x")
out.write_text("a model")
print("done", flush=True)
"""
BREAK = "print('domain.yml: no intents'); raise SystemExit(2)\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with all that goes into a model, whose training is a small program of ours."""
    root = tmp_path / "project"
    for folder in ("data/nlu", "brain/.venv/bin", "encoder/src/encoder"):
        (root / folder).mkdir(parents=True)
    for name in (
        *("config.yml", "domain.yml", "data/nlu/greet.yml", "brain/uv.lock", "brain/vocabulary.yml"),
        "encoder/src/encoder/model.py",
    ):
        (root / name).write_text(f"content of {name}")
    (root / "brain" / "__init__.py").touch()
    (root / "brain" / "train.py").write_text(TRAIN)
    (root / "brain/.venv/bin/python").symlink_to(sys.executable)
    return root


def trainings(root: Path) -> int:
    counter = root / "trainings"
    return len(counter.read_text()) if counter.exists() else 0


async def test_the_first_time_trains_and_the_second_does_not(root: Path, tmp_path: Path):
    first = await model.ensure(root, tmp_path / "var")
    second = await model.ensure(root, tmp_path / "var")
    assert first == second == model.model_path(tmp_path / "var", root)
    assert first.read_text() == "a model"
    assert trainings(root) == 1


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "domain.yml",
        "data/nlu/greet.yml",
        "brain/train.py",
        "brain/uv.lock",
        "brain/vocabulary.yml",
        "encoder/src/encoder/model.py",
    ],
)
def test_a_change_of_anything_that_goes_into_it_asks_for_a_new_model(root: Path, name: str):
    before = model.fingerprint(root)
    (root / name).write_text("something else")
    assert model.fingerprint(root) != before


def test_a_new_file_of_examples_asks_for_a_new_model(root: Path):
    before = model.fingerprint(root)
    (root / "data/nlu/thank.yml").write_text("")
    assert model.fingerprint(root) != before


def test_what_does_not_go_into_it_changes_nothing(root: Path):
    before = model.fingerprint(root)
    (root / "README.md").write_text("words")
    (root / "brain" / "tests").mkdir()
    (root / "brain/tests/test_channel.py").write_text("")
    assert model.fingerprint(root) == before


async def test_progress_is_told_line_by_line(root: Path, tmp_path: Path):
    lines: list[str] = []
    await model.ensure(root, tmp_path / "var", lines.append)
    assert lines == ["reading the examples", "done"]


async def test_a_failed_training_says_why_and_leaves_no_model(root: Path, tmp_path: Path):
    (root / "brain/train.py").write_text(BREAK)
    with pytest.raises(errors.HouseError, match=r"code 2(.|\n)*domain.yml: no intents"):
        await model.ensure(root, tmp_path / "var")
    assert not model.model_path(tmp_path / "var", root).exists()
    assert list((tmp_path / "var" / "models").glob("*.tar.gz")) == []


async def test_a_training_that_ends_well_but_writes_nothing_is_a_failure(root: Path, tmp_path: Path):
    (root / "brain/train.py").write_text("")
    with pytest.raises(errors.HouseError, match="code 0"):
        await model.ensure(root, tmp_path / "var")


async def test_two_at_once_train_once(root: Path, tmp_path: Path):
    await asyncio.gather(model.ensure(root, tmp_path / "var"), model.ensure(root, tmp_path / "var"))
    assert trainings(root) == 1


async def test_the_three_models_used_last_are_kept(root: Path, tmp_path: Path):
    made = []
    for number in range(5):
        (root / "domain.yml").write_text(f"version {number}")
        made.append(await model.ensure(root, tmp_path / "var"))
        os.utime(made[-1], (number, number))
    kept = sorted((tmp_path / "var" / "models").glob("*.tar.gz"))
    assert kept == sorted(made[-3:])


async def test_without_the_brains_environment_it_says_what_to_do(root: Path, tmp_path: Path):
    (root / "brain/.venv/bin/python").unlink()
    with pytest.raises(errors.Unavailable, match="Run make"):
        await model.ensure(root, tmp_path / "var")
