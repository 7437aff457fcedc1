"""Keeps out of the process what Rasa imports and the brain never uses: TensorFlow above all.

Rasa 3.6.21 imports TensorFlow whatever the pipeline is, and with it the libraries of every vendor that it has a channel
or a tracker store for; it has no switch for either. Together they are two thirds of the memory and most of the start
(docs/understanding.md has the figures). So while Rasa is being imported, `import tensorflow` gives placeholders: good
for being a base class, a decorator or an annotation, and for nothing else. When the import is done they are sealed:
whoever then builds or looks into one gets KeptOut, which says what to do, and `import tensorflow` fails as if it were
not installed. That is what Rasa itself asks before it trains a component that needs it.

    with kept_out.while_importing_rasa():
        from rasa.core.agent import Agent

What has been imported before stays what it is. With another version of Rasa than the one that this was tried with
nothing is kept out, which is slow and right.
"""

import abc
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from typing import Any

RASA = "3.6.21"
_TENSORFLOW = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras", "jax", "h5py")
_OTHER_CHANNELS = ("aiogram", "fbmessenger", "google", "mattermostwrapper", "rocketchat_API", "slack_sdk", "twilio")
_OTHER_STORES = ("boto3", "botocore", "bson", "confluent_kafka", "pymongo", "webexteamssdk")
_SCREENS = ("matplotlib", "mpl_toolkits", "PIL", "prompt_toolkit", "questionary")
PACKAGES = frozenset({*_TENSORFLOW, *_OTHER_CHANNELS, *_OTHER_STORES, *_SCREENS})
"""What is kept out: DIET and TED, channels and stores that are not the desk's, plots and prompts of Rasa's commands."""


class KeptOut(ImportError):
    """Something really wanted a package that is kept out; the message names it and says what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is kept out of the brain (brain/kept_out.py): use a component without it in config.yml, "
            "or take the package from the list there"
        )


def behind(error: BaseException | None) -> KeptOut | None:
    """Return the KeptOut that an error came from, if it did: Rasa wraps what its components raise."""
    while error is not None and not isinstance(error, KeptOut):
        error = error.__cause__
    return error


class _Seal:
    """Whether Rasa's import is done."""

    closed = False


class _Kind(abc.ABCMeta):
    """The kind of all placeholders: any attribute of one is another, until they are sealed."""

    def __getattr__(cls, name: str) -> Any:
        return _placeholder(f"{cls.__module__}.{cls.__qualname__}", name)

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        """Be a decorator while Rasa is imported. Building one, or a class made from one, is refused afterwards."""
        if _Seal.closed:
            made_from = next(base for base in cls.__mro__ if _root(base.__module__) in PACKAGES)
            raise KeptOut(f"{made_from.__module__}.{made_from.__qualname__} ({cls.__qualname__} is made from it)")
        if len(arguments) == 1 and callable(arguments[0]) and not named:
            return arguments[0]
        return _as_it_is


def _as_it_is(decorated: Any) -> Any:
    """What `@tf.function(...)` makes of a function."""
    return decorated


def _placeholder(owner: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)  # Python asks for these itself, and takes no for an answer
    if _Seal.closed:
        raise KeptOut(f"{owner}.{name}")
    return _Kind(name, (), {"__module__": owner})


class _Package(types.ModuleType):
    """A package whose every name is a placeholder."""

    def __getattr__(self, name: str) -> Any:
        return _placeholder(self.__name__, name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds an empty package for everything that is kept out, and nothing else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for what is kept out."""
        del path, target
        if _root(fullname) not in PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Return an empty package."""
        return _Package(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing: there is nothing in it."""


@contextmanager
def while_importing_rasa() -> Iterator[None]:
    """Import Rasa in this block; what is kept out is sealed when it ends. A second block changes nothing."""
    if _Seal.closed or metadata.version("rasa") != RASA:
        yield
        return
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _seal()


def _seal() -> None:
    """Let every placeholder refuse from now on, and every later import of it fail (an entry of None does that)."""
    _Seal.closed = True
    modules: dict[str, Any] = sys.modules
    for name in [name for name, module in modules.items() if isinstance(module, _Package)]:
        del modules[name]
    for package in PACKAGES - {_root(name) for name in modules}:
        modules[package] = None


def _root(name: str) -> str:
    return name.partition(".")[0]
