"""Sentence embeddings in numpy: all-MiniLM-L6-v2 without torch.

`encoder.model.Encoder` turns text into a vector, `encoder.vectors` writes vectors into JSON and back, and
`encoder.clauses` splits a message into the clauses that may each be a want.
"""

from encoder.model import Encoder
from encoder.vectors import pack, unpack

__all__ = ["Encoder", "pack", "unpack"]
