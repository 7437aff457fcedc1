"""Rules of the house that no linter knows: one line for each breach, `file:line what to do`; exit code 1 if any."""

from __future__ import annotations

import argparse
import ast
import configparser
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
MOST_MODULE_LINES = 500
MOST_FUNCTION_LINES = 60
MOST_KIT_FILES = 8
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
# These have modules but are no packages of the house: see docs/architecture.md.
BESIDE_THE_HOUSE = {"brain", "benchmarks", "deploy", "docs", "migrations", "tests", "tools"}
RASAS_OWN_SLOTS = {"requested_slot", "session_started_metadata"}
MACHINE_PATH = re.compile(r"(?<![\w.:/{}<>*-])/(?:work|root|home)/")
OPAQUE_SUFFIXES = {".png", ".jpg", ".webp", ".ico", ".pdf", ".gz", ".lock", ".woff2", ".safetensors", ".svg"}


@dataclass(frozen=True, order=True)
class Breach:
    """One place that breaks a rule, and what to do about it."""

    path: str
    line: int
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.remedy}"


class Tree:
    """The files of a project, as its rules see them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> list[str]:
        """Every file that git keeps or would keep, by its path below the root."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=True,
        )
        names = {name for name in listed.stdout.split("\0") if name}
        return sorted(name for name in names if (self.root / name).is_file())

    @cached_property
    def modules(self) -> dict[str, str]:
        """The text of every Python file."""
        return {name: self.text(name) for name in self.files if name.endswith(".py")}

    @cached_property
    def packages(self) -> set[str]:
        """The packages at the top of the tree."""
        heads = {name.split("/")[0] for name in self.files if name.count("/") == 1 and name.endswith("/__init__.py")}
        return heads - BESIDE_THE_HOUSE

    def text(self, name: str) -> str:
        """Return a file's text."""
        return (self.root / name).read_text(encoding="utf-8")

    def within(self, *folders: str) -> dict[str, str]:
        """Return the Python files below these folders."""
        heads = tuple(f"{folder}/" for folder in folders)
        return {name: text for name, text in self.modules.items() if name.startswith(heads)}

    @cached_property
    def domain(self) -> dict[str, Any]:
        """Rasa's domain.yml; empty when there is none."""
        path = self.root / "domain.yml"
        loaded = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return loaded if isinstance(loaded, dict) else {}

    def line_in_domain(self, word: str) -> int:
        """Return where a name is defined in domain.yml, for the message."""
        pattern = re.compile(rf"^\s*(?:- )?{re.escape(word)}:?\s*$")
        lines = self.text("domain.yml").splitlines()
        return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 1)


def only_the_database_commits(tree: Tree) -> Iterator[Breach]:
    """One message is one transaction: `.commit(` stands in kit/db.py and nowhere else."""
    for name, text in tree.within(*tree.packages, "brain").items():
        for number, line in enumerate(text.splitlines(), 1):
            if ".commit(" in line and name != "kit/db.py" and "/tests/" not in name:
                yield Breach(name, number, "open the transaction with kit.db.Database.transaction; do not commit here")


def modules_and_functions_are_small(tree: Tree) -> Iterator[Breach]:
    """A module of more than 500 lines, or a function of more than 60, holds more than one thing."""
    for name, text in tree.modules.items():
        lines = text.count("\n")
        if lines > MOST_MODULE_LINES:
            yield Breach(name, 1, f"split this module by noun: {lines} lines, {MOST_MODULE_LINES} are the limit")
        if name.startswith("migrations/"):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _length(node) > MOST_FUNCTION_LINES:
                remedy = f"split {node.name}: {_length(node)} lines, {MOST_FUNCTION_LINES} are the limit"
                yield Breach(name, node.lineno, remedy)


def names_say_something(tree: Tree) -> Iterator[Breach]:
    """A module called utils is the first sign of a missing wall."""
    for name in tree.modules:
        if VAGUE_NAMES & {Path(part).stem for part in Path(name).parts}:
            yield Breach(name, 1, "name it after what it is about, or move each function to the noun it belongs to")


def no_path_of_one_machine(tree: Tree) -> Iterator[Breach]:
    """What names a folder of one machine works on one machine."""
    for name in tree.files:
        if Path(name).suffix in OPAQUE_SUFFIXES:
            continue
        try:
            lines = tree.text(name).splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if MACHINE_PATH.search(line):
                yield Breach(
                    name, number, "name no folder of one machine; go from the project's root or from a setting"
                )


def packages_are_listed(tree: Tree) -> Iterator[Breach]:
    """Each package at the top stands in the import contracts, in the wheel and under the type checker."""
    contracts = configparser.ConfigParser()
    contracts.read_string(tree.text(".importlinter"))
    project = tomllib.loads(tree.text("pyproject.toml"))
    tool = project["tool"]
    listings = {
        ".importlinter": contracts["importlinter"]["root_packages"].split(),
        "pyproject.toml": tool["hatch"]["build"]["targets"]["wheel"]["packages"],
        "pyproject.toml (mypy)": tool["mypy"]["packages"],
    }
    for where, listed in listings.items():
        for package in sorted(tree.packages - set(listed)):
            yield Breach(where.split()[0], 1, f"add the package {package} to the packages listed for {_tool(where)}")
        for package in sorted(set(listed) - tree.packages):
            yield Breach(where.split()[0], 1, f"{_tool(where)} lists {package}, which is no package: remove or make it")


def the_kit_stays_small(tree: Tree) -> Iterator[Breach]:
    """The kit is what every part needs and no part owns; it grows into a cellar unless somebody counts."""
    files = [name for name in tree.within("kit") if not name.endswith("__init__.py")]
    if len(files) > MOST_KIT_FILES:
        yield Breach(
            files[-1], 1, f"move something out of kit/ to where it is needed: {MOST_KIT_FILES} files are the limit"
        )


def actions_exist_on_both_sides(tree: Tree) -> Iterator[Breach]:
    """Every action that domain.yml names is registered in the desk, and every registered one is in domain.yml."""
    if not (tree.root / "actions" / "registry.py").is_file():
        return
    registered = _registered_names(tree.root)
    if isinstance(registered, str):
        yield Breach("actions/registry.py", 1, f"it cannot be imported: {registered}")
        return
    named = {_key(item) for item in tree.domain.get("actions", [])}
    for name in sorted(named - registered):
        yield Breach("domain.yml", tree.line_in_domain(name), f"register {name} in actions/registry.py or drop it here")
    for name in sorted(registered - named):
        yield Breach("actions/registry.py", 1, f"add {name} to actions in domain.yml, or do not register it")


def responses_exist_on_both_sides(tree: Tree) -> Iterator[Breach]:
    """Every `utter_...` that code or stories use has a text in domain.yml, and every text there is used."""
    defined = set(tree.domain.get("responses", {}))
    used: set[str] = set()
    sources = {**tree.within("actions", "brain"), **_dialogue_files(tree)}
    for name, text in sources.items():
        if name.startswith("brain/tests/"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for response in re.findall(r"(?<![.\w])utter_\w+", line):
                used.add(response)
                if response not in defined and not response.endswith("_"):
                    yield Breach(name, number, f"{response} has no text: add it to responses in domain.yml")
    asked = {f"utter_ask_{slot}" for slot in tree.domain.get("slots", {})}
    for response in sorted(defined - used - asked):
        yield Breach("domain.yml", tree.line_in_domain(response), f"nothing says {response}: remove it, or use it")


def slots_exist_on_both_sides(tree: Tree) -> Iterator[Breach]:
    """Every slot that actions read or set is in domain.yml, and every slot there is used by an action or a rule."""
    defined = set(tree.domain.get("slots", {}))
    if not defined:
        return
    words: set[str] = set()
    for name, text in tree.within("actions", "brain").items():
        module = ast.parse(text)
        words |= {
            node.value for node in ast.walk(module) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        for slot, number in _slots_named(module):
            if slot not in defined | RASAS_OWN_SLOTS and not name.startswith("brain/tests/"):
                yield Breach(name, number, f"the slot {slot} is not in domain.yml: add it there")
    words |= set(re.findall(r"\w+", "\n".join(_dialogue_files(tree).values())))
    for form in tree.domain.get("forms", {}).values():
        words |= set((form or {}).get("required_slots", []))
    for slot in sorted(defined - words):
        yield Breach(
            "domain.yml", tree.line_in_domain(slot), f"nothing reads or sets the slot {slot}: remove it, or use it"
        )


RULES: tuple[Callable[[Tree], Iterable[Breach]], ...] = (
    only_the_database_commits,
    modules_and_functions_are_small,
    names_say_something,
    no_path_of_one_machine,
    packages_are_listed,
    the_kit_stays_small,
    actions_exist_on_both_sides,
    responses_exist_on_both_sides,
    slots_exist_on_both_sides,
)


def breaches(root: Path) -> list[Breach]:
    """Return every breach in a project, in the order of files."""
    tree = Tree(root)
    return sorted(breach for rule in RULES for breach in rule(tree))


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _key(item: object) -> str:
    return str(next(iter(item))) if isinstance(item, dict) else str(item)


def _tool(where: str) -> str:
    return {".importlinter": "the import contracts", "pyproject.toml": "the wheel"}.get(where, "mypy")


def _dialogue_files(tree: Tree) -> dict[str, str]:
    names = (name for name in tree.files if name.startswith("data/") and name.endswith((".yml", ".yaml")))
    return {name: tree.text(name) for name in names}


def _slots_named(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in {"SlotSet", "get_slot"} and isinstance(node.args[0].value, str):
            yield node.args[0].value, node.lineno


def _registered_names(root: Path) -> set[str] | str:
    """Ask a process of its own, so that this one imports nothing of the house; the last line of its trouble if any."""
    asked = [sys.executable, "-c", "from actions import registry; print(*registry.names())"]
    done = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[-1]
    return set(done.stdout.split())


def main(argv: list[str] | None = None) -> int:
    """Print every breach and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=ROOT)
    found = breaches(parser.parse_args(argv).root)
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
