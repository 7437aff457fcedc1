"""What can go wrong when a person takes over."""

from kit import errors


class NothingToTake(errors.Conflict):
    """The conversation does not wait for a person, or another agent has it."""


class NotTheOwner(errors.NotAllowed):
    """This agent does not have the conversation."""
