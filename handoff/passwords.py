"""Agents' passwords: Argon2id as the library recommends it (RFC 9106). Each check takes about 0.1 s: use a thread."""

import unicodedata

import argon2
from argon2 import exceptions

from kit import errors, ids

SHORTEST = 10
LONGEST = 500
"""Characters; whoever sends more makes us work for nothing."""
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$vmOu1KvZ7Fnmygv9/NmKSQ$7/ZGPExTDIwxr+beq1bVCbqgcVXqRAn9eA3/5RoCD6w"
"""The hash that is checked when nobody has the e-mail, so that this takes as long as a wrong password."""

_HASHER = argon2.PasswordHasher()


def check(password: str, email: str, name: str) -> None:
    """Make sure that a password may be used by an agent.

    Raises:
        BadInput: it is too short or too long, or it is the agent's own e-mail or name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise errors.BadInput(f"A password has {SHORTEST} to {LONGEST} characters.")
    own = {email, email.partition("@")[0], name, name.replace(" ", "")}
    if password.strip().casefold() in {word.casefold() for word in own}:
        raise errors.BadInput("A password may not be the agent's own e-mail or name.")


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    return _HASHER.hash(_encoded(password))


def matches(stored: str, password: str) -> bool:
    """Tell whether this is the password of which `stored` was kept."""
    try:
        # What is too long for anybody's password is cut, so that it costs as much as any other wrong one.
        return _HASHER.verify(stored, _encoded(password[: LONGEST + 1]))
    except exceptions.VerificationError:
        return False


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(stored)


def generated() -> str:
    """Return a fresh password that can be read out, such as `k7mp-2xwd-9fqa-t3hn` (79 bits)."""
    return "-".join(ids.new_token(4) for _ in range(4))


def _encoded(password: str) -> bytes:
    """One form for the same letters, whichever keyboard they come from."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
