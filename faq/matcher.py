"""Which answer a question means: rapidfuzz for spelling, the sentence encoder with two linear heads for meaning.

rapidfuzz does what an encoder of whole words cannot: it repairs slips and knows our own wordings again. Everything else
is judged by the heads (`faq/heads.py`) with thresholds that were chosen by folds on our own wordings and strangers; how
they were measured, and what came out on questions of others, stands in docs/faq.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from encoder import clauses
from faq import content, heads, spelling, vectors
from faq.entry import Entry
from faq.vectors import Encode, Vector

type Kind = Literal["answer", "did_you_mean", "none"]

LONGEST_QUESTION = 2000
"""In characters; the encoder reads about the first 500, and nobody asks one question in more than this."""
CANDIDATES = 3
MOST_AT_ONCE = 3
"""Questions of one message that are answered."""
FOR_US_AT = 0.6
"""How much a text is for us (gate, nearest cosine and the best topic's share, added up) to be a question that our
answers are about; below it there is no answer."""
ANSWER_FOR_US_AT = 1.0
"""How much a text is for us to be answered without asking back."""
ANSWER_FROM = 0.45
"""Share of the best topic from which it is answered without asking back."""
EACH_FROM = 0.4
"""Share of the best topic from which a clause of a message is a question of its own."""
ONE_OF_THEM_FROM = 0.5
"""What the surest of these clauses must reach."""
SHARE_WEIGHT = 0.6
"""What the best topic's share counts for a text being for us."""
SHORTEST_CLAUSE = 3
"""In words; a shorter clause is part of its neighbour's question."""

_ASKS = re.compile(
    r"^\W*(?:(?:and|also|so|plus|then|or|if so)\W+)*"
    r"(?:who|what|when|where|why|which|how|do|does|did|can|could|is|are|was|were|will|would|may|must|should|has|have|am"
    r"|whos|whats|wheres|whens|hows|wat|wen|hwo|wher)\b"
    r"|\?|\b(?:wonder|tell me|know)\b",
    re.IGNORECASE,
)
"""How a clause is put that asks something; what only leads up to a question is not answered."""
_SENTENCE_WEIGHT = 0.4
"""What a sentence of an answer counts beside a wording when the topics are learnt."""


@dataclass(frozen=True)
class Match:
    """What was found: `entry` only when it is to be answered; `candidates`, best first, for a "did you mean".

    `score` is the best topic's share of all, 1 for one of our wordings, 0 for a stranger.
    """

    kind: Kind
    entry: Entry | None
    candidates: tuple[Entry, ...]
    score: float


@dataclass(frozen=True)
class Evidence:
    """What the two heads say of one text: a share of 1 for each entry, and how much it is a question for us."""

    topics: Vector
    for_us: float


NOTHING = Match("none", None, (), 0.0)


class Matcher:
    """Finds the entry that a text asks for; the same text always finds the same."""

    def __init__(
        self,
        entries: Sequence[Entry],
        encode: Encode,
        *,
        strangers: Sequence[str] | None = None,
        kept: vectors.Kept | None = None,
        cache: Path | None = None,
    ) -> None:
        """Encode all wordings once: some seconds, or none where `cache`, a folder, holds the vectors of this content.

        `strangers` are texts that no entry answers; None takes ours. `kept` has the vectors of an earlier matcher.
        """
        kept = kept or vectors.Kept(encode, cache)
        foreign = tuple(content.strangers() if strangers is None else strangers)
        self._entries = tuple(entries)
        self._encode = encode
        rows = [(text, place) for place, entry in enumerate(entries) for text in (*entry.wordings, *entry.sentences)]
        known = np.concatenate([kept.of(one.key, (*one.wordings, *one.sentences)) for one in entries])
        wording = [place for place, (text, owner) in enumerate(rows) if text in entries[owner].wordings]
        weight = np.full(len(rows), _SENTENCE_WEIGHT, dtype=np.float32)
        weight[wording] = 1
        self._topics = heads.topics(known, [owner for _, owner in rows], weight, len(entries))
        self._gate = heads.gate(known, kept.of("strangers", foreign))
        self._known = known[wording]
        self._owners = np.array([rows[place][1] for place in wording])
        self._places = [np.flatnonzero(self._owners == place) for place in range(len(entries))]
        self._wordings = spelling.Wordings([rows[place][0] for place in wording])
        self._speller = spelling.Speller(text for text, _ in rows)

    def find(self, text: str, vector: Vector | None = None) -> Match:
        """Return what `text` asks for; `vector` is its embedding where the caller has it already."""
        asked = spelling.normalise(text) if len(text) <= LONGEST_QUESTION else ""
        if not any(sign.isalpha() for sign in asked):
            return NOTHING
        same = self._wordings.find(asked)
        if same is not None:
            entry = self._entries[self._owners[same]]
            return Match("answer", entry, (entry,), 1.0)
        return self._judge(self.evidence(text, vector))

    def find_each(self, text: str, vector: Vector | None = None) -> tuple[Match, ...]:
        """Return what a message asks for, one match for each of several questions; one match where it is one.

        Several are seen only when at least two clauses surely mean different entries: half of one question, answered
        alone, is worse than one question too few.
        """
        whole = self.find(text, vector)
        parts = clauses.split(text) if len(text) <= LONGEST_QUESTION else []
        if whole.score >= 1 or len(parts) < 2:
            return (whole,)
        found = [self._clause(part) for part in parts if len(part.split()) >= SHORTEST_CLAUSE and _ASKS.search(part)]
        sure: dict[str, Match] = {}
        for one in found:
            if one.entry is not None:
                sure.setdefault(one.entry.key, one)
        if len(sure) < 2 or max(one.score for one in sure.values()) < ONE_OF_THEM_FROM:
            return (whole,)
        return tuple(sure.values())[:MOST_AT_ONCE]

    def _clause(self, text: str) -> Match:
        """Return what one of several clauses asks for: an answer from a lower share on, or nothing."""
        found = self.find(text)
        likely = found.score >= EACH_FROM and found.candidates
        return Match("answer", found.candidates[0], found.candidates, found.score) if likely else NOTHING

    def nearest(self, text: str, vector: Vector | None = None) -> tuple[tuple[Entry, float], ...]:
        """Return the entries whose wordings are nearest in meaning, best first, each with its cosine (-1 to 1)."""
        likeness = self._known @ (self._encode(text) if vector is None else vector)
        best = np.full(len(self._entries), -1, dtype=np.float32)
        np.maximum.at(best, self._owners, likeness)
        order = np.argsort(-best, kind="stable")[:CANDIDATES]
        return tuple((self._entries[place], float(best[place])) for place in order)

    def evidence(self, text: str, vector: Vector | None = None) -> Evidence:
        """Return what the heads say of `text`; a text with slips is weighed together with its repaired self."""
        found = self._weigh(self._encode(text) if vector is None else vector)
        repaired = self._speller.repair(text)
        if repaired == spelling.normalise(text):
            return found
        other = self._weigh(self._encode(repaired))
        both = np.sqrt(found.topics * other.topics)
        return Evidence(both / both.sum(), (found.for_us + other.for_us) / 2)

    def _weigh(self, vector: Vector) -> Evidence:
        shares = self._topics.chances(vector)
        # Only the likeliest topics' wordings are compared: with thousands of them that is most of the time.
        likely = np.argpartition(-shares, CANDIDATES)[:CANDIDATES] if len(shares) > CANDIDATES else range(len(shares))
        close = np.concatenate([self._places[place] for place in likely])
        nearest = float((self._known[close] @ vector).max())
        for_us = float(self._gate(vector)[0]) + nearest + SHARE_WEIGHT * float(shares.max())
        return Evidence(shares, for_us)

    def _judge(self, evidence: Evidence) -> Match:
        if evidence.for_us < FOR_US_AT:
            return NOTHING
        order = np.argsort(-evidence.topics, kind="stable")[:CANDIDATES]
        candidates = tuple(self._entries[place] for place in order)
        score = min(float(evidence.topics[order[0]]), 0.99)
        if score < ANSWER_FROM or evidence.for_us < ANSWER_FOR_US_AT:
            return Match("did_you_mean", None, candidates, score)
        return Match("answer", candidates[0], candidates, score)
