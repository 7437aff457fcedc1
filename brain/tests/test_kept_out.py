"""What Rasa imports and the brain never uses stays out, and whoever needs it is told so."""

import re
import subprocess
import sys
import textwrap

import pytest

from conftest import BOT, ROOT, command, environment

RASA = """
from brain import kept_out
with kept_out.while_importing_rasa():
    import rasa.engine.recipes.default_components
"""
NEEDS_IT = "".join(
    f"  - name: {name}\n" for name in ("WhitespaceTokenizer", "CountVectorsFeaturizer", "DIETClassifier")
)


def python(code):
    """Run a program in a process of its own: what is imported cannot be taken back."""
    program = textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, check=False, text=True, cwd=ROOT
    )


def said(code):
    done = python(code)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_rasa_is_imported_without_a_line_of_tensorflow():
    maps = said(RASA + "print('tensorflow' in open('/proc/self/maps').read())")
    assert maps == ["False"]


def test_the_real_one_is_there_without_the_block():
    """What the other tests find missing would be found: the environment has TensorFlow."""
    assert said("import importlib.util\nprint(importlib.util.find_spec('tensorflow') is not None)") == ["True"]


def test_whoever_imports_it_later_is_told_that_it_is_not_there():
    done = python(RASA + "import tensorflow")
    assert "ModuleNotFoundError: import of tensorflow halted" in done.stderr


@pytest.mark.parametrize(
    "use",
    [
        "from rasa.utils.tensorflow import layers\nlayers.tf.constant(1)",
        "from rasa.utils.tensorflow import models\nmodels.RasaModel()",
        "from rasa.utils.tensorflow import layers\nisinstance(1, layers.tf.Tensor)",
    ],
    ids=["a function", "a model", "a type"],
)
def test_whoever_really_uses_it_is_told_what_and_where(use):
    done = python(RASA + use)
    assert done.returncode == 1
    assert "kept_out.KeptOut: tensorflow" in done.stderr or "kept_out.KeptOut: keras" in done.stderr
    assert "brain/kept_out.py" in done.stderr


def test_a_second_block_changes_nothing():
    assert said(RASA + RASA + "import sys\nprint(sys.modules['tensorflow'])") == ["None"]


def test_what_was_imported_before_stays_what_it_is():
    done = said("import questionary\n" + RASA + "import questionary as later\nprint(later is questionary)")
    assert done == ["True"]


def test_another_version_of_rasa_gets_the_real_thing():
    code = """
    from brain import kept_out
    kept_out.RASA = "3.7.0"
    with kept_out.while_importing_rasa():
        import questionary
    print(questionary.text.__module__)
    """
    assert said(code) == ["questionary.prompts.text"]


def test_a_component_that_needs_tensorflow_is_refused_in_training_by_name(tmp_path):
    for path in BOT.iterdir():
        if path.name != "config.yml":
            (tmp_path / path.name).symlink_to(path)
    config = (BOT / "config.yml").read_text().replace("policies:", f"{NEEDS_IT}policies:")
    (tmp_path / "config.yml").write_text(config)
    done = subprocess.run(
        command("brain.train", "--root", str(tmp_path), "--out", str(tmp_path / "m.tar.gz")),
        env=environment(), capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert re.search(r"DIETClassifier.* is kept out of the brain", done.stderr), done.stderr
    assert not (tmp_path / "m.tar.gz").exists()
