"""Reads an answer to "shall I go ahead?". Only a clear yes is a yes."""

import re
from typing import Literal

from actions.words import words_of


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


_YES = frozenset(
    [
        "absolutely",
        "affirmative",
        "agreed",
        "certainly",
        "confirm",
        "confirmed",
        "correct",
        "definitely",
        "exactly",
        "fine",
        "k",
        "ok",
        "okay",
        "okey",
        "perfect",
        "please",
        "right",
        "sure",
        "y",
        "ya",
        "ye",
        "yea",
        "yeah",
        "yep",
        "yes",
        "yess",
        "yup",
    ]
)
_YES_PHRASES = _phrases(
    """
    yes please | yes pls | yes plz | yes do it | go ahead | do it | ok do it | please do | sounds good | sounds
    great | looks good | looks right | thats right | that is right | thats correct | that is correct | all good | go
    for it | lets do it | lets do this | please go ahead | of course | for sure | sure thing | why not | i confirm |
    i agree | make it so | proceed | please proceed | send it | thats fine | that is fine | fine by me | works for
    me | book it | i do | all correct | yes thats right | yes that is right | yes it is | yes i do | yes i am sure |
    yes im sure | im sure | i am sure | yes go ahead | yes thats fine | yes thank you | yes thanks | ok go ahead |
    ok go | okay go ahead | okay do it | ok yes | yes ok | yes sure | ok please | please | yeah go on | go on | go
    on then | yes lets go | lets go
    """
)
_NO = frozenset(
    ["cancel", "dont", "incorrect", "n", "na", "nah", "nay", "negative", "never", "no", "nope", "stop", "wrong"]
)
_NO_PHRASES = _phrases(
    """
    no thanks | no thank you | no thx | not yet | not now | dont do it | do not | please dont | better not | rather
    not | id rather not | i would rather not | no way | forget it | never mind | nevermind | leave it | no dont |
    not really | no stop | hold off | please stop | no please | absolutely not | of course not | i dont want that |
    i dont want to | no i dont | no not yet | changed my mind | i changed my mind | ive changed my mind | no forget
    it | no leave it | dont | nah im good | im good thanks | no its wrong | thats wrong | thats not right
    """
)
_FILLERS = frozenset(
    [
        "bot",
        "it",
        "maam",
        "mate",
        "oh",
        "please",
        "pls",
        "plz",
        "sir",
        "so",
        "thank",
        "thanks",
        "that",
        "the",
        "then",
        "thx",
        "ty",
        "uh",
        "um",
        "well",
        "you",
    ]
)
_YES_SIGNS = frozenset("👍👌✅✔☑🆗")
_NO_SIGNS = frozenset("👎❌✖🚫")
_CLAUSE = re.compile(r"[,.;!]+")


def read(text: str) -> Literal["yes", "no"] | None:
    """Read an answer to "shall I go ahead?"; only a clear yes is a yes, so that "yes, but" and "maybe" are None."""
    signs = {char for char in text if char in _YES_SIGNS | _NO_SIGNS}
    said = words_of(text)
    if not said:
        return _by_signs(signs)
    if "?" in text or text.strip().startswith(("/", "⁄", "∕")):
        return None
    verdict = _by_words(said) or _by_clauses(text)
    if verdict and signs and _by_signs(signs) != verdict:
        return None
    return verdict


def _by_signs(signs: set[str]) -> Literal["yes", "no"] | None:
    if signs and signs <= _YES_SIGNS:
        return "yes"
    return "no" if signs and signs <= _NO_SIGNS else None


def _by_clauses(text: str) -> Literal["yes", "no"] | None:
    """Read "leave it, I've changed my mind": every clause must say the same."""
    verdicts = {_by_words(words_of(clause)) for clause in _CLAUSE.split(text) if words_of(clause)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _by_words(said: list[str]) -> Literal["yes", "no"] | None:
    phrase = " ".join(said)
    core = [word for word in said if word not in _FILLERS]
    if phrase in _YES_PHRASES or (core and all(word in _YES for word in core)):
        return "yes"
    if phrase in _NO_PHRASES or (core and all(word in _NO for word in core)):
        return "no"
    stripped = " ".join(core)
    if stripped in _YES_PHRASES or (core and core[0] in _YES and " ".join(core[1:]) in _YES_PHRASES):
        return "yes"
    if stripped in _NO_PHRASES or (core and core[0] in _NO and " ".join(core[1:]) in _NO_PHRASES):
        return "no"
    return None
