"""What can go wrong with a conversation."""

from kit import errors


class ConversationNotFound(errors.NotFound):
    """There is no conversation with this id."""


class OwnershipMoved(errors.Conflict):
    """The conversation has changed hands since this was computed; nothing may be done under the old counter."""


class UnreadableMessage(errors.BadInput):
    """The message is longer than we accept."""
