"""The house keeps its own rules, and each rule finds what breaks it."""

import subprocess
from pathlib import Path

import pytest

from tools import house_rules

ROOT = house_rules.ROOT
PROJECT = """
[tool.hatch.build.targets.wheel]
packages = ["kit", "store"]
[tool.mypy]
packages = ["kit", "store"]
"""
CONTRACTS = "[importlinter]\nroot_packages =\n    kit\n    store\n"
DOMAIN = """
slots:
  order_id:
    type: text
responses:
  utter_greet:
  - text: Hello
actions:
- action_look_up
- action_ask_order_id:
    send_domain: true
"""
REGISTRY = "def names():\n    return {'action_look_up', 'action_ask_order_id'}\n"
RULES = "rules:\n- rule: greet\n  steps:\n  - action: utter_greet\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small house in perfect order."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    write(tmp_path, "pyproject.toml", PROJECT)
    write(tmp_path, ".importlinter", CONTRACTS)
    for package in ("kit", "store"):
        write(tmp_path, f"{package}/__init__.py", "")
    write(tmp_path, "kit/db.py", "async def done(session):\n    await session.commit()\n")
    assert house_rules.breaches(tmp_path) == []
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def found(root: Path) -> list[str]:
    return [f"{breach.path}:{breach.line}" for breach in house_rules.breaches(root)]


def remedies(root: Path) -> list[str]:
    return [breach.remedy for breach in house_rules.breaches(root)]


def with_dialogue(root: Path, code: str = "SLOT = 'order_id'\n") -> Path:
    """Add a dialogue in perfect order, whose registry is the small one above."""
    for listing in ("pyproject.toml", ".importlinter"):
        text = (root / listing).read_text()
        write(
            root, listing, text.replace('"store"', '"store", "actions"').replace("    store", "    store\n    actions")
        )
    write(root, "domain.yml", DOMAIN)
    write(root, "data/rules.yml", RULES)
    write(root, "actions/__init__.py", "")
    write(root, "actions/registry.py", REGISTRY)
    write(root, "actions/look_up.py", code)
    return root


def test_the_house_keeps_its_own_rules():
    assert [str(breach) for breach in house_rules.breaches(ROOT)] == []


def test_a_commit_outside_the_kit_is_found(project: Path):
    write(project, "store/service.py", "async def save(session):\n    await session.commit()\n")
    assert found(project) == ["store/service.py:2"]


def test_a_module_that_is_too_long_is_found(project: Path):
    write(project, "store/order.py", "x = 1\n" * 500)
    assert found(project) == []
    write(project, "store/order.py", "x = 1\n" * 501)
    assert found(project) == ["store/order.py:1"]


def test_a_function_that_is_too_long_is_found(project: Path):
    write(project, "store/order.py", "\n\ndef total():\n" + "    x = 1\n" * 59)
    assert found(project) == []
    write(project, "store/order.py", "\n\ndef total():\n" + "    x = 1\n" * 60)
    assert found(project) == ["store/order.py:3"]


@pytest.mark.parametrize("name", ["store/utils.py", "kit/helpers.py", "store/common/order.py"])
def test_a_module_whose_name_says_nothing_is_found(project: Path, name: str):
    write(project, name, "")
    assert found(project) == [f"{name}:1"]


@pytest.mark.parametrize("folder", ["work", "root", "home"])
def test_a_folder_of_one_machine_is_found(project: Path, folder: str):
    write(project, "docs/setup.md", f"first\nsee /{folder}/ana/desk\n")
    assert found(project) == ["docs/setup.md:2"]


@pytest.mark.parametrize("text", ["https://example.com/home/page", "framework/root/x", "${DIR}/work/x", "./home/x"])
def test_an_address_or_a_relative_path_is_no_folder_of_one_machine(project: Path, text: str):
    write(project, "docs/setup.md", text)
    assert found(project) == []


def test_what_git_ignores_is_not_looked_at(project: Path):
    write(project, ".gitignore", "var/\n")
    write(project, "var/utils.py", "")
    assert found(project) == []


def test_a_package_that_no_contract_knows_is_found(project: Path):
    write(project, "billing/__init__.py", "")
    assert [place.split(":")[0] for place in found(project)] == [".importlinter", "pyproject.toml", "pyproject.toml"]


def test_a_listed_package_that_is_gone_is_found(project: Path):
    (project / "store" / "__init__.py").unlink()
    assert all("store" in remedy for remedy in remedies(project))
    assert len(remedies(project)) == 3


def test_a_ninth_file_in_the_kit_is_found(project: Path):
    for number in range(7):
        write(project, f"kit/part{number}.py", "")
    assert found(project) == []
    write(project, "kit/part7.py", "")
    assert len(found(project)) == 1


def test_a_dialogue_in_order_has_no_breach(project: Path):
    assert found(with_dialogue(project)) == []


def test_an_action_that_nobody_registered_is_found_at_its_line(project: Path):
    with_dialogue(project)
    write(project, "domain.yml", DOMAIN + "- action_cancel\n")
    line = DOMAIN.count("\n") + 1
    assert [str(breach) for breach in house_rules.breaches(project)] == [
        f"domain.yml:{line} register action_cancel in actions/registry.py or drop it here"
    ]


def test_a_registered_action_that_the_domain_does_not_know_is_found(project: Path):
    with_dialogue(project)
    write(project, "domain.yml", DOMAIN.replace("- action_look_up\n", ""))
    assert remedies(project) == ["add action_look_up to actions in domain.yml, or do not register it"]


def test_a_registry_that_cannot_be_imported_is_found(project: Path):
    with_dialogue(project)
    write(project, "actions/registry.py", "import no_such_module\n")
    assert remedies(project) == ["it cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"]


def test_a_response_without_a_text_is_found(project: Path):
    with_dialogue(project, "SLOT = 'order_id'\nANSWER = 'utter_sorry'\n")
    assert found(project) == ["actions/look_up.py:2"]


def test_a_response_that_nothing_says_is_found(project: Path):
    with_dialogue(project)
    write(project, "data/rules.yml", "rules: []\n")
    assert remedies(project) == ["nothing says utter_greet: remove it, or use it"]


def test_a_slot_that_the_domain_does_not_know_is_found(project: Path):
    with_dialogue(project, "SLOT = 'order_id'\nevent = SlotSet('colour', 1)\n")
    assert found(project) == ["actions/look_up.py:2"]


def test_a_slot_that_nothing_uses_is_found(project: Path):
    with_dialogue(project, "SLOT = 'other'\n")
    assert remedies(project) == ["nothing reads or sets the slot order_id: remove it, or use it"]


def test_the_command_prints_a_line_for_each_breach_and_fails(project: Path, capsys: pytest.CaptureFixture[str]):
    assert house_rules.main([str(project)]) == 0
    write(project, "store/utils.py", "")
    assert house_rules.main([str(project)]) == 1
    assert capsys.readouterr().out.startswith("store/utils.py:1 name it after what it is about")
