"""Every key of the console, in one table: the sheet behind `?` shows it, and the handler obeys it.

`act` names what happens. The shell does those that it knows, and passes `claim`, `focus_reply`, `finish` and the like
on to the open conversation. A key with no act is handled by the box that it is pressed in and only stands in the sheet.
"""

from dataclasses import asdict, dataclass

EVERYWHERE = "Everywhere"
LISTS = "Lists"
CONVERSATION = "Open conversation"
REPLY = "In the reply box"
DIALOG = "In a dialog"


@dataclass(frozen=True)
class Key:
    """One key, or keys after each other with a space between (`g q`); `Ctrl+` also means the Mac's command key."""

    keys: str
    says: str
    group: str
    act: str = ""


KEYS = (
    Key("?", "Show these keys", EVERYWHERE, "help"),
    Key("Ctrl+K", "Search all conversations", EVERYWHERE, "search"),
    Key("g q", "Go to the queue", EVERYWHERE, "go_queue"),
    Key("g s", "Go to the supervisor's page", EVERYWHERE, "go_supervisor"),
    Key("g a", "Available, or away", EVERYWHERE, "availability"),
    Key("Esc", "Leave the field, close, go back", EVERYWHERE, "back"),
    Key("n", "Claim the next one that waits", LISTS, "claim_next"),
    Key("j", "Next line", LISTS, "down"),
    Key("k", "Line before", LISTS, "up"),
    Key("Enter", "Open the line", LISTS),
    Key("c", "Claim the open conversation", CONVERSATION, "claim"),
    Key("r", "Write a reply", CONVERSATION, "focus_reply"),
    Key("t", "Transfer it", CONVERSATION, "transfer"),
    Key("f", "Finish and hand back", CONVERSATION, "finish"),
    Key("o", "Show the orders", CONVERSATION, "orders"),
    Key("Alt+N", "Note for colleagues, or reply", CONVERSATION),
    Key("Ctrl+Enter", "Send", REPLY),
    Key("Ctrl+Z", "Undo what was just sent (in an empty box)", REPLY),
    Key("/", "Canned replies (in an empty box)", REPLY),
    Key("Tab", "Next gap of a canned reply", REPLY),
    Key("Ctrl+Enter", "Do it", DIALOG),
    Key("Esc", "Close it, nothing is done", DIALOG),
)
"""Arrow keys work wherever `j` and `k` do."""


def by_group() -> dict[str, list[Key]]:
    """Return the keys as the sheet shows them."""
    groups: dict[str, list[Key]] = {}
    for key in KEYS:
        groups.setdefault(key.group, []).append(key)
    return groups


def for_browser() -> list[dict[str, str]]:
    """Return the keys that the handler in the browser obeys."""
    return [asdict(key) for key in KEYS if key.act]
