"""Rasa's intent classifier over sentence vectors, and the wants of a message with several clauses.

The desk encodes each message once and sends the vectors along; a text without one is encoded here. Whatever is below
the thresholds becomes out_of_scope or nlu_fallback here, so no FallbackClassifier stands in the pipeline.
"""

import functools
from dataclasses import asdict
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from brain import entities, head, turn, wants, wire, wordings
from encoder import Encoder, clauses, many

FALLBACK = "nlu_fallback"
_FILE = "head.joblib"
_RANKED = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceClassifier(GraphComponent, IntentClassifier):
    """Sets intent, intent_ranking and wants of a message. Settings are described at `get_default_config`."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._head: head.Head | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings: those of brain.head.Settings; in_scope, the soft score below which a
        message is out of scope; confidence, below which it is not understood; want, above which a clause is a want."""
        return {**asdict(head.Settings()), "in_scope": 0.5, "confidence": 0.15, "want": 0.35}

    @staticmethod
    def required_packages() -> list[str]:
        """Return what must be installed."""
        return ["sklearn"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceClassifier":
        """Build an untrained component (see GraphComponent)."""
        del execution_context
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "SentenceClassifier":
        """Read the trained head back."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component._head = joblib.load(folder / _FILE)  # noqa: SLF001  (its own class)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the head on the examples of data/nlu and store it with the model."""
        lines = [(one.get(TEXT), one.get(INTENT)) for one in training_data.intent_examples if one.get(TEXT)]
        tables = {one["name"]: one["elements"] for one in training_data.lookup_tables}
        read = list(wordings.read(sorted(lines), tables))
        texts = [one.text for one in read]
        settings = head.Settings(**{name: self._config[name] for name in asdict(head.Settings())})
        fitted = head.Head(settings).fit(texts, many.encode(texts), [one.intent for one in read])
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(fitted, folder / _FILE)
        self._head = fitted
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: no other component learns from this one's output."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, intent_ranking and wants of each message."""
        for message in messages:
            self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        text = (message.get(TEXT) or "").strip()
        if self._head is None or text.startswith("/"):
            return  # no text of a customer's starts with a slash (brain.wire); Rasa's own tests may
        found = message.get(ENTITIES) or []
        if not text or text.startswith(wire.SLASH):
            intent = (
                "inform" if not text else FALLBACK
            )  # an attachment answers what was asked; a command is no language
            self._set(message, [(intent, 1.0)], [])
            return
        parts = clauses.split(text)
        guesses = self._head.guess([text, *parts], vectors_of([text, *parts]))
        ranking = self._judged(guesses[0])
        whole = wants.Clause(text, *ranking[0], found)
        judged = [
            wants.Clause(part, *self._judged(guess)[0], entities.find(part))
            for part, guess in zip(parts, guesses[1:], strict=True)
        ]
        self._set(message, ranking, wants.several(whole, judged, self._config["want"]))

    def _judged(self, guess: head.Guess) -> list[tuple[str, float]]:
        """Return the ranking with the decision on top: the best intent in scope unless a threshold forbids it."""
        if guess.in_scope < self._config["in_scope"]:
            top = (head.OUT_OF_SCOPE, guess.out_of_scope)
        elif guess.confidence < self._config["confidence"]:
            top = (FALLBACK, 1.0 - guess.confidence)
        else:
            top = (guess.intent, guess.confidence)
        return [top, *(one for one in guess.ranking if one[0] != top[0])]

    @staticmethod
    def _set(message: Message, ranking: list[tuple[str, float]], found: list[dict[str, Any]]) -> None:
        named = [{"name": name, "confidence": confidence} for name, confidence in ranking[:_RANKED]]
        message.set(INTENT, named[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, named, add_to_output=True)
        message.set("wants", found, add_to_output=True)


def vectors_of(texts: list[str]) -> NDArray[np.float32]:
    """Return one row for each text: the vector that the desk sent with the turn, or one made here."""
    current = turn.current()
    sent = current.vectors if current else {}
    return np.stack([sent[text] if text in sent else own_encoder().encode(text) for text in texts])


@functools.cache
def own_encoder() -> Encoder:
    """Return the brain's own encoder, loaded when the first text without a vector comes (0.2 s, 90 MB)."""
    return Encoder()
