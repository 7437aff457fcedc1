"""Handoffs are tried on a real conversation."""

from tests.conversations.conftest import talk

__all__ = ["talk"]
