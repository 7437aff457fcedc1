"""The one tree of errors that domains raise.

HouseError
├── NotFound       what was named does not exist, or not for the one who asks
├── NotAllowed     it exists, but a rule forbids it
├── Conflict       it was right a moment ago, and something moved in between
├── BadInput       what came in cannot be read; the message says where and why
└── Unavailable    something that we depend on does not answer

There is no HTTP status in here: each face (HTTP, Rasa, command line) has its own translation. An expected "no", such as
an expired return window, is a returned value and not an error.
"""


class HouseError(Exception):
    """Base of all; the message is written for an engineer, never shown to a customer."""


class NotFound(HouseError):
    """What was named does not exist, or not for the one who asks."""


class NotAllowed(HouseError):
    """A rule forbids it."""


class Conflict(HouseError):
    """It was right a moment ago, and something moved in between."""


class BadInput(HouseError):
    """What came in cannot be read; the message says where and why."""


class Unavailable(HouseError):
    """Something that we depend on does not answer."""
