"""Starting wrongly ends at once, with one line that says what to do."""

import socket
import subprocess

import pytest

from conftest import command, environment


def start(*arguments):
    return subprocess.run(
        command("brain.serve", "--actions-url", "http://127.0.0.1:9/", *arguments),
        env=environment(), capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip


def test_a_missing_model_is_one_clear_line_and_a_failure(tmp_path):
    done = start("--model", str(tmp_path / "none.tar.gz"), "--port", "5999")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "there is no model at" in done.stderr
    assert "brain.train" in done.stderr


def test_a_used_port_is_one_clear_line_and_a_failure(tmp_path):
    (tmp_path / "model.tar.gz").touch()
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        done = start("--model", str(tmp_path / "model.tar.gz"), "--port", str(used.getsockname()[1]))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot listen on 127.0.0.1" in done.stderr


def test_a_file_that_is_no_model_is_a_failure(tmp_path):
    (tmp_path / "model.tar.gz").write_bytes(b"no model")
    done = start("--model", str(tmp_path / "model.tar.gz"), "--port", "0")
    assert done.returncode == 1
    assert "cannot be loaded" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("missing", ["config.yml", "domain.yml", "data"])
def test_training_without_a_file_names_it(tmp_path, missing):
    for name in {"config.yml", "domain.yml", "data"} - {missing}:
        (tmp_path / name).touch()
    done = subprocess.run(
        command("brain.train", "--root", str(tmp_path), "--out", str(tmp_path / "m.tar.gz")),
        env=environment(), capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert missing in done.stderr
