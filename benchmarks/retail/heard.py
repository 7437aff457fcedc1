"""What the bot said in one turn, as a customer takes it in: words, choices, what is asked, and what was refused."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Message = Mapping[str, Any]

_REFUSED = re.compile(
    r"\b(can'?t|cannot|can only|could ?n'?t|isn'?t possible|aren'?t possible|not possible|unable|won'?t|sold out|"
    r"isn'?t available|not available|none (?:of|in)|only (?:go|be|goes|cancel)|not something|don'?t have|"
    r"no longer available|isn'?t something|not enough|does not have enough|doesn'?t have enough|already been|"
    r"nothing else|there(?: is|'?s) none|was cancelled|outside of)\b",
    re.IGNORECASE,
)
_ASKS: tuple[tuple[str, str], ...] = (
    ("identity", r"zip code|e-?mail address|your (?:full )?name"),
    ("confirm", r"shall i|should i|go ahead\?|is that right|do you confirm|is this correct|ok\?$"),
    ("pay", r"payment method|where should|refund go|pay (?:it )?with|where would you like the"),
    ("reason", r"\bwhy\b|reason"),
    ("address", r"address\?|which address|what is the new address"),
    ("order", r"which order|order number"),
    ("variant", r"instead of|which (?:size|colou?r|version|option|one)"),
    ("items", r"which (?:items?|of them|things?|ones?)"),
)
_SLOTS = {"refund_to": "pay", "payment": "pay"}


@dataclass(frozen=True)
class Heard:
    """One turn of the bot. `said` are its words; `text` is all that it showed, with cards and buttons."""

    said: str
    text: str
    slot: str
    input: str
    options: tuple[str, ...]
    person: bool = False

    @property
    def refuses(self) -> bool:
        """Whether something cannot be done, by the bot's words."""
        return bool(_REFUSED.search(self.said))


def hear(messages: Iterable[Message], *, person: bool) -> Heard:
    """Take in what the bot said since the customer's last message."""
    spoken = [one for one in messages if one["author"] != "customer"]
    said = "\n".join(one["text"] for one in spoken if one["text"])
    options = [option for one in spoken for option in _options(one)]
    expects = next((one["expects"] for one in reversed(spoken) if one.get("expects")), None) or {}
    slot = _SLOTS.get(expects.get("slot", ""), expects.get("slot", ""))
    if not slot and said.rstrip().endswith("?"):
        slot = _asked(said)
    return Heard(said, "\n".join([said, *options]), slot, expects.get("input", ""), tuple(options), person)


def tells(text: str, wanted: str) -> bool:
    """Tell whether something was said: a number in any formatting, words in any case and spacing."""
    number = wanted.replace(",", "").lstrip("$")
    if re.fullmatch(r"\d+(\.\d+)?", number):
        found = re.findall(r"(?<![\w.-])\$?(\d[\d,]*(?:\.\d+)?)(?![\w-])", text)
        return any(float(one.replace(",", "")) == float(number) for one in found)
    return "".join(wanted.split()).casefold() in "".join(text.split()).casefold()


def _options(message: Message) -> list[str]:
    cards = [
        " · ".join(str(card[name]) for name in ("title", "text", "price", "note") if card.get(name))
        for card in message.get("cards") or ()
    ]
    return [*cards, *(button["title"] for button in message.get("buttons") or ())]


def _asked(said: str) -> str:
    """Work out what a question without a mark is about, from its last sentences."""
    last = said.rstrip().splitlines()[-1].casefold()
    if "anything else" in last or "what can i do" in last:
        return ""
    return next((slot for slot, words in _ASKS if re.search(words, last)), "")
