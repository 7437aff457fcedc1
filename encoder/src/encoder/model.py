"""The transformer itself: BERT's forward pass for one text at a time, in numpy.

One text at a time needs no padding, and is as fast as a batch on one core. The tanh form of GELU agrees with the exact
one to the sixth digit of the resulting vector.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from encoder import weights
from encoder.vectors import Vector

MAXIMUM_TOKENS = 128  # what the model was trained on
_CHARACTERS = 2_000  # 128 tokens never need more; a longer text only costs time
_GELU_OUTER = np.float32(math.sqrt(2 / math.pi))
_GELU_INNER = np.float32(0.044715 * math.sqrt(2 / math.pi))

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class _Norm:
    weight: Vector
    bias: Vector
    epsilon: float

    def __call__(self, x: Matrix) -> Matrix:
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(self.epsilon))
        return (centred / scale * self.weight + self.bias).astype(np.float32, copy=False)


@dataclass(frozen=True)
class _Dense:
    weight: Matrix  # (inputs, outputs), contiguous
    bias: Vector

    def __call__(self, x: Matrix) -> Matrix:
        return (x @ self.weight + self.bias).astype(np.float32, copy=False)


@dataclass(frozen=True)
class _Layer:
    """One encoder layer: attention and feed-forward, each added to its input and normalised."""

    heads: int
    query_key_value: _Dense
    attended: _Dense
    attention_norm: _Norm
    inner: _Dense
    outer: _Dense
    output_norm: _Norm

    def __call__(self, x: Matrix) -> Matrix:
        x = self.attention_norm(x + self.attended(self._attention(x)))
        return self.output_norm(x + self.outer(_gelu(self.inner(x))))

    def _attention(self, x: Matrix) -> Matrix:
        tokens, width = x.shape
        size = width // self.heads
        projected = self.query_key_value(x).reshape(tokens, 3, self.heads, size)
        query, key, value = projected.transpose(1, 2, 0, 3)
        scores = (query @ key.transpose(0, 2, 1)) * np.float32(1 / math.sqrt(size))
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        return np.asarray((scores @ value).transpose(1, 0, 2).reshape(tokens, width), dtype=np.float32)


class Encoder:
    """Turns a text into 384 numbers of unit length; texts that mean alike get vectors that point alike.

    Loading takes about 0.2 s. Without `folder` the installed all-MiniLM-L6-v2 is used and its SHA-256 checked; with a
    folder any model of the same family (BERT, mean pooling) is loaded, checked against `expected` when that is given.
    Raises encoder.weights.WeightsError when the files are missing or not the expected ones.
    """

    def __init__(self, folder: Path | None = None, expected: dict[str, str] | None = None) -> None:
        if folder is None:
            folder, expected = weights.installed_folder(), weights.SHA256
        weights.check(folder, expected or {})
        shape = weights.shape(folder)
        tensors = _tensors(folder)
        self._tokenizer = _tokenizer(folder)
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._positions = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm(tensors, "embeddings.LayerNorm", shape.epsilon)
        self._layers = [_layer(tensors, number, shape) for number in range(shape.layers)]

    @property
    def size(self) -> int:
        """How many numbers a vector has: 384 for the default model."""
        return int(self._words.shape[1])

    def encode(self, text: str) -> Vector:
        """Return the text's vector: float32, unit length. Any text works, an empty one too; the end of a very long
        one is not read."""
        tokens = self._tokenizer.encode(text[:_CHARACTERS]).ids
        x = self._norm(self._words[tokens] + self._positions[: len(tokens)])
        for layer in self._layers:
            x = layer(x)
        mean = x.mean(0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def encode_many(self, texts: Iterable[str]) -> Matrix:
        """Return one row for each text, in order; no texts give no rows."""
        rows = [self.encode(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.size), dtype=np.float32)


def _gelu(x: Matrix) -> Matrix:
    gate = np.tanh(x * (_GELU_OUTER + _GELU_INNER * x * x))
    return np.asarray(np.float32(0.5) * x * (gate + np.float32(1)), dtype=np.float32)


def _tensors(folder: Path) -> dict[str, Matrix]:
    path = folder / "model.safetensors"
    try:
        loaded = load_file(str(path))
    except (OSError, ValueError) as error:
        raise weights.WeightsError(f"{path} cannot be read: {error}") from error
    return {name: np.asarray(tensor, dtype=np.float32) for name, tensor in loaded.items() if tensor.dtype.kind == "f"}


def _tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAXIMUM_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _norm(tensors: dict[str, Matrix], name: str, epsilon: float) -> _Norm:
    return _Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"], epsilon)


def _dense(tensors: dict[str, Matrix], *names: str) -> _Dense:
    """Join the named linear maps side by side, turned so that rows are multiplied from the left."""
    weight = np.concatenate([tensors[f"{name}.weight"] for name in names])
    bias = np.concatenate([tensors[f"{name}.bias"] for name in names])
    return _Dense(np.ascontiguousarray(weight.T), bias)


def _layer(tensors: dict[str, Matrix], number: int, shape: weights.Shape) -> _Layer:
    prefix = f"encoder.layer.{number}"
    attention = f"{prefix}.attention.self"
    return _Layer(
        heads=shape.heads,
        query_key_value=_dense(tensors, f"{attention}.query", f"{attention}.key", f"{attention}.value"),
        attended=_dense(tensors, f"{prefix}.attention.output.dense"),
        attention_norm=_norm(tensors, f"{prefix}.attention.output.LayerNorm", shape.epsilon),
        inner=_dense(tensors, f"{prefix}.intermediate.dense"),
        outer=_dense(tensors, f"{prefix}.output.dense"),
        output_norm=_norm(tensors, f"{prefix}.output.LayerNorm", shape.epsilon),
    )
