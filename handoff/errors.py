"""What can go wrong when a person takes over."""

from collections.abc import Sequence

from conversations.message import Message
from kit import errors


class NothingToTake(errors.Conflict):
    """The conversation does not wait for a person, or another agent has it."""


class NotTheOwner(errors.NotAllowed):
    """This agent does not have the conversation."""


class StaleView(errors.Conflict):
    """Something was said that the writer of this reply had not seen; `missed` holds it."""

    def __init__(self, missed: Sequence[Message]) -> None:
        super().__init__(f"{len(missed)} message(s) came in before this reply; read them first")
        self.missed = tuple(missed)
