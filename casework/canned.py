"""Canned replies: read from a file and checked at the start, found by a few letters, filled with what is known."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import fuzz, utils
from sqlalchemy.ext.asyncio import AsyncSession

from casework import known
from casework.desk import Desk
from casework.known import Known
from conversations import repository as conversations
from kit import errors
from store import facts, repository
from store.policy_file import PolicyBook, Shop, place
from store.returns import Return

OF_A_CASE = frozenset({"customer", "agent", "order", "item", "rma", "refund_amount", "refund_to"})
"""Variables that stand for something of the conversation; the others are facts of the policy (`store.facts`)."""
ALIKE = 72.0
"""From 0 to 100, how much a name or title has to be like what was typed when it does not begin with it."""

_VARIABLE = re.compile(r"\{([a-z_]+)\}")
_BRACE = re.compile(r"[{}]")


class CannedReply(BaseModel):
    """A reply that agents call up: its name after the slash, its title in the list, and its text with variables."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(min_length=1, max_length=2000)]

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the text, in order."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.text)))


class _File(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    replies: tuple[CannedReply, ...]


@dataclass(frozen=True)
class CannedReplies:
    """The replies of a file, in its order."""

    replies: tuple[CannedReply, ...]

    def named(self, name: str) -> CannedReply | None:
        """Return the reply of a name; None when there is none."""
        return next((reply for reply in self.replies if reply.name == name), None)


@dataclass(frozen=True)
class Filled:
    """A reply as it goes into the reply box; `gaps` are the variables that nobody knows, written `[refund_amount]`."""

    text: str
    gaps: tuple[str, ...]


def read(path: Path, variables: Collection[str] | None = None) -> CannedReplies:
    """Read the file; with `variables` given, a reply may use no others.

    Raises:
        BadInput: the file cannot be used; the message names file, line and reason.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), path.name, variables)
    except (OSError, UnicodeDecodeError) as error:
        raise errors.BadInput(f"{path.name}: {error}") from error


def parse(text: str, name: str = "canned replies", variables: Collection[str] | None = None) -> CannedReplies:
    """Read the text of a file; `name` stands in the message of BadInput."""
    try:
        tree = yaml.compose(text)
        loaded = yaml.safe_load(text)
        read_file = _File.model_validate_json(json.dumps(loaded, default=str))
    except yaml.YAMLError as error:
        raise errors.BadInput(f"{name}: {error}") from error
    except ValidationError as error:
        raise errors.BadInput(_faults(name, tree, error)) from error
    _check(name, tree, read_file.replies, variables)
    return CannedReplies(read_file.replies)


def variables_of(book: PolicyBook, now: datetime) -> frozenset[str]:
    """Return every variable that a reply of this shop may use."""
    return OF_A_CASE | facts.of(book.in_force(now), now).keys()


def matching(replies: CannedReplies, typed: str) -> list[CannedReply]:
    """Return the replies that fit what was typed after the slash, best first; nothing typed returns all."""
    wanted = utils.default_process(typed.strip().removeprefix("/"))
    if not wanted:
        return list(replies.replies)
    ranked = [(_likeness(wanted, reply), -index, reply) for index, reply in enumerate(replies.replies)]
    fitting = sorted((entry for entry in ranked if entry[0] >= ALIKE), key=lambda entry: entry[:2], reverse=True)
    return [reply for _, _, reply in fitting]


async def fill(session: AsyncSession, desk: Desk, reply: CannedReply, conversation_id: UUID, agent_name: str) -> Filled:
    """Fill the variables of a reply with what is known in a conversation; what is not known stays as a visible gap.

    Raises:
        NotFound: there is no such conversation.
    """
    case = await known.of(session, await conversations.get(session, conversation_id))
    values = _facts(desk, case) | await _of_case(session, desk.book.shop, case, agent_name)
    gaps: list[str] = []

    def _value(found: re.Match[str]) -> str:
        name = found[1]
        if values.get(name):
            return values[name]
        gaps.append(name)
        return f"[{name}]"

    # One pass: what a customer is called is not read for variables again.
    return Filled(_VARIABLE.sub(_value, reply.text), tuple(dict.fromkeys(gaps)))


def _likeness(wanted: str, reply: CannedReply) -> float:
    """From 0 to 300: the name begins with it, then a word of name or title does, then both are alike."""
    name, title = utils.default_process(reply.name), utils.default_process(reply.title)
    if name == wanted:
        return 300.0
    if name.startswith(wanted):
        return 250.0
    if title.startswith(wanted):
        return 225.0
    if any(word.startswith(wanted) for word in f"{name} {title}".split()):
        return 200.0
    return max(fuzz.ratio(wanted, name), fuzz.ratio(wanted, title), fuzz.partial_token_ratio(wanted, title) - 10)


def _facts(desk: Desk, case: Known) -> dict[str, str]:
    policy = desk.book.in_force(case.order.placed_at if case.order else desk.clock.now())
    return facts.of(policy, desk.clock.now(), case.order)


async def _of_case(session: AsyncSession, shop: Shop, case: Known, agent_name: str) -> dict[str, str]:
    values = {
        "agent": agent_name,
        "customer": case.customer.name_first if case.customer and case.proved != "nothing" else "there",
        "order": case.order.display_number if case.order and case.proved != "gift" else "",
        "item": _items(case),
    }
    return_ = _return_meant(case.returns)
    if return_:
        values["rma"] = return_.rma
    if return_ and return_.resolution != "exchange":
        values["refund_amount"] = shop.money(return_.amount, return_.currency)
        values["refund_to"] = await _destination(session, return_)
    return values


def _return_meant(returns: Sequence[Return]) -> Return | None:
    """The return that waits for a person, else the newest that is open, else the newest."""
    waiting = [one for one in returns if one.approval == "requested"]
    running = [one for one in returns if one.is_open]
    return next(iter([*waiting, *running, *returns]), None)


def _items(case: Known) -> str:
    return_ = _return_meant(case.returns)
    if return_:
        return " and ".join(dict.fromkeys(line.name for line in return_.lines))
    wanted = [case.order.item(line.order_item_id) for line in case.lines] if case.order else []
    return " and ".join(dict.fromkeys(item.name for item in wanted if item))


async def _destination(session: AsyncSession, return_: Return) -> str:
    if return_.resolution == "store_credit":
        return "a gift card" if return_.gift else "store credit"
    methods = await repository.payment_methods_of(session, return_.customer_id)
    return next((method.label for method in methods if method.id == return_.refund_to), "")


def _check(
    name: str, tree: yaml.Node | None, replies: Sequence[CannedReply], variables: Collection[str] | None
) -> None:
    seen: set[str] = set()
    for index, reply in enumerate(replies):
        at = f"{name}, line {_line(tree, ('replies', index))}: {reply.name}"
        if reply.name in seen:
            raise errors.BadInput(f"{at}: another reply has this name")
        seen.add(reply.name)
        if _BRACE.search(_VARIABLE.sub("", reply.text)):
            raise errors.BadInput(f"{at}: a brace stands alone; variables are written {{like_this}}")
        unknown = [one for one in reply.variables if variables is not None and one not in variables]
        if unknown:
            raise errors.BadInput(f"{at}: unknown variable {{{unknown[0]}}}")


def _faults(name: str, tree: yaml.Node | None, error: ValidationError) -> str:
    faults = [
        f"{name}, line {_line(tree, fault['loc'])}: {place(fault['loc'])}: {fault['msg']}"
        for fault in error.errors()[:5]
    ]
    return "; ".join(faults)


def _line(tree: yaml.Node | None, location: Sequence[int | str]) -> int:
    """Return the line of a place in the file, or of the nearest thing around it."""
    node = tree
    for part in location:
        inner: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == str(part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            inner = node.value[part]
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1 if node is not None else 1
