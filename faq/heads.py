"""Linear heads over sentence embeddings: which topic a text is about, and whether it is a question for us at all.

Nearest neighbour alone confuses answers that share their words ("return", "refund", "label"); a head learns which
directions tell our topics apart. Both are convex problems solved from a fixed start: the same content gives the same
heads, and an edited file needs no training run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq.vectors import Vector

_FREEDOM = 40.0
"""Inverse strength of the topic head's regularisation."""
_STEPS = 150
_FEWEST_STEPS = 30
_EFFORT = 24_000_000
"""Rows times topics times steps: much content takes fewer steps, so that it is still learnt within a minute."""
_RIDGE = 2.0


@dataclass(frozen=True)
class Head:
    """A linear head over directions from `middle`."""

    middle: Vector
    weights: Vector

    def __call__(self, vector: Vector) -> Vector:
        """Return one score for each column of the weights."""
        scores: Vector = _directions(vector[None, :], self.middle)[0] @ self.weights
        return scores

    def chances(self, vector: Vector) -> Vector:
        """Return the scores as shares of 1."""
        shares: Vector = _shares(self(vector)[None, :])[0]
        return shares


def topics(known: Vector, owners: Sequence[int], importance: Vector, count: int) -> Head:
    """Learn which of `count` topics a text belongs to: softmax regression, accelerated gradient steps (Nesterov)."""
    middle = known.mean(axis=0)
    rows = _directions(known, middle)
    wanted = np.zeros((len(rows), count), dtype=np.float32)
    wanted[np.arange(len(rows)), list(owners)] = 1
    share = (importance / importance.sum())[:, None].astype(np.float32)
    pull = np.float32(1 / (_FREEDOM * float(importance.sum())))
    step = np.float32(1 / (0.5 * _steepest(rows * np.sqrt(share)) + float(pull)))
    weights = ahead = np.zeros((rows.shape[1], count), dtype=np.float32)
    momentum = 1.0
    for _ in range(max(_FEWEST_STEPS, min(_STEPS, _EFFORT // rows.shape[0] // count))):
        slope = rows.T @ ((_shares(rows @ ahead) - wanted) * share) + ahead * pull
        moved = ahead - slope * step
        following = (1 + (1 + 4 * momentum * momentum) ** 0.5) / 2
        ahead = moved + np.float32((momentum - 1) / following) * (moved - weights)
        weights, momentum = moved, following
    return Head(middle, weights)


def gate(ours: Vector, foreign: Vector) -> Head:
    """Learn what is for us: ours aim at 1 and strangers at -1 (ridge regression); each side weighs the same."""
    known = np.concatenate([ours, foreign])
    wanted = np.concatenate([np.ones(len(ours)), -np.ones(len(foreign))])[:, None]
    weight = np.ones(len(known))
    weight[len(ours) :] = len(ours) / max(len(foreign), 1)
    middle = np.average(known, axis=0, weights=weight).astype(np.float32)
    rows = _directions(known, middle).astype(np.float64)
    weighted = rows * weight[:, None]
    squares = rows.T @ weighted + _RIDGE * np.eye(rows.shape[1])
    return Head(middle, np.linalg.solve(squares, weighted.T @ wanted).astype(np.float32))


def _steepest(rows: Vector) -> float:
    """Return the largest eigenvalue of the rows' second moments: no step may be longer than its inverse allows."""
    return float(np.linalg.eigvalsh(rows.T @ rows)[-1])


def _shares(scores: Vector) -> Vector:
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True), dtype=np.float32)


def _directions(known: Vector, middle: Vector) -> Vector:
    away: Vector = known - middle
    length = np.linalg.norm(away, axis=1, keepdims=True).astype(np.float32)
    return np.asarray(away / np.maximum(length, np.float32(1e-9)), dtype=np.float32)
