"""One command sets both environments up, on a bare machine, and costs nothing when nothing changed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import bootstrap

# Stands for uv: writes down what it was asked and in which environment, and makes what `uv sync` would make.
FAKE_UV = """#!/bin/sh
echo "$*" >> calls
echo "dontwrite=${PYTHONDONTWRITEBYTECODE-unset} compile=$UV_COMPILE_BYTECODE" >> variables
case "$1 $2" in
  "python find")
    case "$*" in *{missing}*) echo "error: no interpreter found" >&2; exit 2 ;; esac
    echo "warning: some other Python is broken" >&2
    echo /usr/bin/python ;;
  "python install") exit 2 ;;
  "sync --frozen")
    [ "$4" = "{broken}" ] && { echo "error: no such wheel"; exit 1; }
    mkdir -p "$4/.venv/bin" && touch "$4/.venv/bin/python" ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with lock files, and a PATH on which uv is the fake one."""
    root = tmp_path / "project"
    for name in ("pyproject.toml", "uv.lock", "brain/pyproject.toml", "brain/uv.lock", "encoder/pyproject.toml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    put_uv_on_path(tmp_path, monkeypatch)
    return root


def put_uv_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str = "none", broken: str = "none") -> None:
    (folder / "bin").mkdir(exist_ok=True)
    uv = folder / "bin" / "uv"
    uv.write_text(FAKE_UV.replace("{missing}", missing).replace("{broken}", broken))
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


def calls(root: Path) -> list[str]:
    return (root / "calls").read_text().splitlines() if (root / "calls").exists() else []


def test_both_environments_are_made_from_their_locks(project: Path):
    assert bootstrap.main(["--quiet"], project) == 0
    syncs = sorted(call for call in calls(project) if call.startswith("sync"))
    assert [call.split()[:4] for call in syncs] == [
        ["sync", "--frozen", "--project", "."],
        ["sync", "--frozen", "--project", "brain"],
    ]


def test_a_second_time_with_nothing_changed_asks_nobody_anything(project: Path):
    bootstrap.main(["--quiet"], project)
    (project / "calls").unlink()
    began = time.monotonic()
    assert bootstrap.main([], project) == 0
    assert time.monotonic() - began < 1
    assert calls(project) == []


@pytest.mark.parametrize("name", ["uv.lock", "brain/uv.lock", "pyproject.toml", "encoder/pyproject.toml"])
def test_a_changed_lock_is_followed(project: Path, name: str):
    bootstrap.main(["--quiet"], project)
    (project / "calls").unlink()
    (project / name).write_text("changed")
    assert bootstrap.main(["--quiet"], project) == 0
    assert any(call.startswith("sync") for call in calls(project))


def test_a_removed_environment_is_made_again(project: Path):
    bootstrap.main(["--quiet"], project)
    (project / "brain/.venv/bin/python").unlink()
    assert bootstrap.main(["--quiet"], project) == 0
    assert (project / "brain/.venv/bin/python").exists()


def test_a_project_that_moved_is_set_up_again(project: Path):
    bootstrap.main(["--quiet"], project)
    moved = project.rename(project.with_name("moved"))
    assert not bootstrap.is_ready(moved)


def test_each_step_has_one_line_with_its_seconds(project: Path, capsys: pytest.CaptureFixture[str]):
    bootstrap.main([], project)
    head, *steps = capsys.readouterr().out.splitlines()
    assert head.startswith("Setting up")
    assert len(steps) == 3
    assert all(line.endswith(" s") for line in steps)


def test_quiet_prints_nothing_when_all_is_well(project: Path, capsys: pytest.CaptureFixture[str]):
    bootstrap.main(["--quiet"], project)
    assert capsys.readouterr() == ("", "")


def test_everything_is_byte_compiled_even_where_the_caller_forbids_it(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    bootstrap.main(["--quiet"], project)
    assert set((project / "variables").read_text().splitlines()) == {"dontwrite=unset compile=1"}


def test_a_missing_python_is_one_clear_line(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    put_uv_on_path(tmp_path, monkeypatch, missing="3.10")
    assert bootstrap.main(["--quiet"], project) == 1
    assert capsys.readouterr().err == (
        "Python 3.10 was not found. Install it, for example with `pyenv install 3.10` or "
        "`uv python install 3.10`, and run make again.\n"
    )


def test_a_failed_environment_shows_what_uv_said_and_is_tried_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    put_uv_on_path(tmp_path, monkeypatch, broken="brain")
    assert bootstrap.main(["--quiet"], project) == 1
    assert capsys.readouterr().err == "The brain's environment could not be made:\n  error: no such wheel\n"
    put_uv_on_path(tmp_path, monkeypatch)
    assert bootstrap.main(["--quiet"], project) == 0


def test_without_uv_and_pip_it_says_what_to_install(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "bin" / "uv").unlink()
    pythonless = tmp_path / "bin" / "python-without-pip"
    pythonless.write_text("#!/bin/sh\nexit 1\n")
    pythonless.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(pythonless))
    assert bootstrap.main(["--quiet"], project) == 1
    assert "Neither uv nor pip was found." in capsys.readouterr().err


def test_without_uv_pip_puts_it_into_a_folder_of_the_project(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    uv = (tmp_path / "bin" / "uv").rename(tmp_path / "uv-to-install")
    pip = tmp_path / "bin" / "python-with-pip"
    pip.write_text(f'#!/bin/sh\n[ "$3" = install ] && mkdir -p "$6/bin" && cp {uv} "$6/bin/uv"\nexit 0\n')
    pip.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(pip))
    assert bootstrap.main(["--quiet"], project) == 0
    assert (project / ".tools/uv-package/bin/uv").is_file()


@pytest.mark.skipif(not os.access("/usr/bin/python3", os.X_OK), reason="there is no system Python")
def test_it_needs_nothing_but_the_standard_library(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    script = Path(bootstrap.__file__)
    done = subprocess.run(
        ["/usr/bin/python3", "-I", "-S", str(script), "--help"], capture_output=True, text=True, check=True
    )
    assert "--quiet" in done.stdout
