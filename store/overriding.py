"""Setting a refusal aside: which rules a person has to overrule for a return, and which nobody can.

Only rules that refuse an item can be set aside (windows, exclusions, and those about its condition). What was not
delivered or is in a return already stays refused, and rules about money (fees, destinations, limits) stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import opening, past, repository
from store.decision import Decision, RequestLine
from store.order import Order
from store.policy_file import Policy, PolicyBook


@dataclass(frozen=True)
class Overridden:
    """What a return would be once `overruled` is set aside; empty when the policy allows it anyway."""

    overruled: frozenset[str]
    decision: Decision


async def work_out(
    session: AsyncSession, order: Order, lines: Sequence[RequestLine], book: PolicyBook, now: datetime
) -> Overridden:
    """Work out which rules have to be set aside for these lines of an order, by the policy in force for it.

    Raises NotFound (an item of another order), BadInput (a quantity below one, no lines), Conflict (something refuses
    that nobody can set aside; the message is the rule's own sentence).
    """
    if not lines:
        raise errors.BadInput("choose at least one item")
    case = opening.Case(
        order=order,
        lines=tuple(lines),
        rules=book.in_force(order.placed_at),
        past=await past.past_of(session, order, now, book),
        methods=tuple(await repository.payment_methods_of(session, order.customer.id)),
        now=now.astimezone(UTC),
    )
    return set_aside(case)


def set_aside(case: opening.Case) -> Overridden:
    """Set aside, one after the other, the rules that refuse; raises Conflict at one that cannot be."""
    possible = may_be_set_aside(case.rules)
    overruled: frozenset[str] = frozenset()
    while True:
        decision = replace(case, rules=replace(case.rules, overruled=overruled)).decide()
        if not decision.refused_lines:
            return Overridden(overruled, decision)
        for line in decision.refused_lines:
            refusing = possible & set(line.rule_ids) - overruled
            if not refusing:
                raise errors.Conflict(line.explanation)
            overruled |= refusing


def may_be_set_aside(rules: Policy) -> frozenset[str]:
    """Return the rules that a person may set aside: those that refuse an item for its age, its kind or its state."""
    windows = {window.id for window in rules.rules.windows}
    refusing = {rule.id for rule in rules.rules.condition_rules if rule.decision == "refuse"}
    return frozenset(windows | refusing | {exclusion.id for exclusion in rules.rules.exclusions})
