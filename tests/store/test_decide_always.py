"""What holds for every order, every request and every policy that there could be."""

import itertools
import json
import timeit
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import money, policy, receipt
from store.amounts import share
from store.decision import Decision, Past, RequestLine
from store.order import Order, OrderItem, Payment
from store.policy_file import Policy
from store.returns import CONDITIONS, REASONS
from tests.store import made
from tests.store.selling import EU, HARBOUR, METHODS, SHOPS, sent_to, sold, thing

CENTS = st.integers(0, 90_000).map(lambda value: money.cents(Decimal(value) / 100, "USD"))
TAGS = ("clearance", "software", "digital", "made_to_order", "in_ear", "hygiene")
CATEGORIES = ("home", "shoes", "electronics", "beauty", "gift_cards")
COUNTRIES = ("US", "DE", "FR", "CH", "USA")
POLICIES = st.sampled_from(list(SHOPS.values()))
type Case = tuple[Order, tuple[RequestLine, ...], Past]


@st.composite
def items(draw: st.DrawFn, position: int = 0) -> OrderItem:
    """Return an item with a discount that it can bear, and a tax."""
    price, quantity = draw(CENTS), draw(st.integers(1, 4))
    discount = min(draw(CENTS), price * quantity) if draw(st.booleans()) else money.ZERO
    return thing(
        f"Thing {position}",
        str(price),
        quantity,
        category=draw(st.sampled_from(CATEGORIES)),
        tags=tuple(draw(st.sets(st.sampled_from(TAGS), max_size=2))),
        final_sale=draw(st.integers(0, 5)) == 0,
        discount=str(discount),
        tax=str(draw(CENTS) / 10 if draw(st.booleans()) else money.ZERO),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return an order, what is asked about it, and what has happened to it before."""
    found = [draw(items(position)) for position in range(draw(st.integers(1, 3)))]
    found = [replace(one, tax=money.cents(one.tax, "USD")) for one in found]
    order = sold(*found, delivered=draw(st.integers(0, 120)), shipping=str(draw(CENTS) / 100))
    order = sent_to(replace(order, shipping=money.cents(order.shipping, "USD")), draw(st.sampled_from(COUNTRIES)))
    order = replace(order, payments=draw(payments(order.total)))
    lines = tuple(
        RequestLine(
            one.id,
            draw(st.integers(1, one.quantity)),
            draw(st.sampled_from(REASONS)),
            draw(st.sampled_from([None, *CONDITIONS])),
        )
        for one in found
    )
    before = Past(
        returned={one.id: draw(st.integers(0, 1)) for one in found},
        promised=money.cents(draw(CENTS) / 10, "USD"),
        opened=(made.NOW - timedelta(days=3),) * draw(st.integers(0, 4)),
        started_at=made.NOW - timedelta(days=draw(st.integers(0, 20))) if draw(st.booleans()) else None,
        gift=draw(st.integers(0, 5)) == 0,
        exchanges=draw(st.integers(0, 1)),
    )
    return order, lines, before


@st.composite
def payments(draw: st.DrawFn, total: Decimal) -> tuple[Payment, ...]:
    """Pay a total by up to three methods, and refund some of it."""
    cuts = sorted([money.cents(total * draw(st.integers(0, 100)) / 100, "USD") for _ in range(draw(st.integers(0, 2)))])
    edges = [money.ZERO, *cuts, total]
    parts = [after - before for before, after in itertools.pairwise(edges)]
    entries = [Payment(method.id, "payment", amount) for method, amount in zip(METHODS, parts, strict=False)]
    if draw(st.booleans()):
        entries.append(Payment(entries[0].payment_method_id, "refund", money.cents(entries[0].amount / 3, "USD")))
    return tuple(entries)


def decide(case: Case, rules: Policy) -> Decision:
    order, lines, before = case
    return policy.decide(order, lines, rules, made.NOW, before, METHODS)


@given(cases(), POLICIES)
def test_nobody_gets_more_than_is_left_of_what_was_paid_apart_from_the_bonus(case: Case, rules: Policy) -> None:
    order, _, before = case
    decision = decide(case, rules)
    left = max(money.ZERO, order.paid - order.refunded - before.promised)
    for offer in decision.offers:
        assert offer.amount >= money.ZERO
        if offer.resolution == "exchange":
            assert offer.amount <= sum((one.paid for one in order.items), money.ZERO)
            continue
        assert offer.amount - offer.bonus <= left
        for way in decision.methods:
            assert money.ZERO <= policy.final_amount(offer, way) <= left + offer.bonus


@given(cases(), POLICIES)
def test_the_parts_of_an_offer_add_up_to_it_with_and_without_the_fee(case: Case, rules: Policy) -> None:
    order, _, _ = case
    decision = decide(case, rules)
    for offer in decision.offers:
        values = sum((amount for _, amount in offer.line_amounts), money.ZERO)
        assert values == offer.amount - offer.shipping - offer.bonus
        assert [(line.order_item_id, line.net) for line in offer.worked_out] == list(offer.line_amounts)
        assert all(amount >= money.ZERO for _, amount in offer.line_amounts)
        if offer.resolution != "refund":
            assert offer.parts == ()
            continue
        for way in decision.methods:
            parts = policy.parts_after(offer, way)
            assert sum((part.amount for part in parts), money.ZERO) == policy.final_amount(offer, way)
            assert len({part.refund_to for part in parts}) == len(parts)
        if offer.refund_to is None:
            assert all(part.amount <= order.paid_with(part.refund_to) for part in offer.parts)


@given(cases(), POLICIES)
def test_the_same_question_gets_the_same_answer_also_from_its_receipt(case: Case, rules: Policy) -> None:
    order, lines, before = case
    decision = decide(case, rules)
    assert decide(case, replace(rules)) == decision
    stored = json.loads(json.dumps(receipt.inputs(order, lines, made.NOW, before, METHODS)))
    again = receipt.replay(stored, rules)
    assert again == decision
    assert receipt.outcome(again) == json.loads(json.dumps(receipt.outcome(decision)))


@given(cases(), POLICIES)
def test_every_verdict_names_a_rule_and_is_a_sentence_and_a_window_names_its_day(case: Case, rules: Policy) -> None:
    decision = decide(case, rules)
    known = {rule_id for line in decision.lines for rule_id in line.rule_ids}
    for line in decision.lines:
        assert line.rule_ids
        assert line.explanation.endswith(".")
        assert not set("{}!") & set(line.explanation)
        if line.deadline is not None:
            assert str(line.deadline.year) in line.explanation
        if not line.eligible and line.rule_ids[0].startswith("window."):
            assert line.deadline is not None
    for offer in decision.offers:
        assert offer.rule_ids
        known |= set(offer.rule_ids)
    assert known <= set(decision.rule_ids)
    if decision.needs_person:
        assert decision.eligible_lines


@given(cases(), POLICIES, st.integers(0, 400))
def test_more_days_never_refuse_what_fewer_allowed(case: Case, rules: Policy, more: int) -> None:
    windows = tuple(
        window if window.days is None else window.model_copy(update={"days": window.days + more})
        for window in rules.rules.windows
    )
    longer = made.changed(rules, windows=windows)
    for before, after in zip(decide(case, rules).lines, decide(case, longer).lines, strict=True):
        assert after.eligible or not before.eligible


@given(cases(), st.integers(0, 60), st.integers(0, 14), st.sampled_from(["DE", "FR", "IE"]))
def test_in_the_eu_nobody_is_refused_within_fourteen_days_but_by_what_the_law_excepts(
    case: Case, days: int, ago: int, country: str
) -> None:
    order, lines, _ = case
    order = replace(sent_to(order, country), delivered_at=made.NOW - timedelta(days=ago))
    windows = tuple(window.model_copy(update={"days": min(window.days or 0, days)}) for window in EU.rules.windows)
    rules = made.changed(EU, windows=windows)
    excepted = {rule.id for rule in rules.rules.exclusions if rule.except_from_withdrawal}
    for line in policy.decide(order, lines, rules, made.NOW, Past(), METHODS).lines:
        assert line.eligible or set(line.rule_ids) <= excepted


@given(cases(), POLICIES, st.integers(0, 30))
def test_an_earlier_start_never_refuses_what_a_later_one_allowed(case: Case, rules: Policy, days: int) -> None:
    order, lines, before = case
    late = replace(before, started_at=None)
    early = replace(before, started_at=made.NOW - timedelta(days=days))
    answers = [policy.decide(order, lines, rules, made.NOW, one, METHODS) for one in (late, early)]
    for after, earlier in zip(answers[0].lines, answers[1].lines, strict=True):
        assert earlier.eligible or not after.eligible


@given(cases(), POLICIES, st.permutations(METHODS))
def test_the_order_in_which_payment_methods_are_known_changes_no_amount(
    case: Case, rules: Policy, methods: list[object]
) -> None:
    order, lines, before = case
    again = policy.decide(order, lines, rules, made.NOW, before, methods)  # type: ignore[arg-type]
    amounts = {(one.resolution, one.refund_to, one.amount) for one in decide(case, rules).offers}
    assert amounts == {(one.resolution, one.refund_to, one.amount) for one in again.offers}


@given(CENTS, st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_shares_add_up_to_the_whole_whatever_order_they_come_back_in(total: Decimal, portions: list[int]) -> None:
    pieces, taken, given_back = sum(portions), 0, money.ZERO
    for portion in portions:
        one = share(total, portion, pieces, taken, "USD")
        assert one >= money.ZERO
        given_back += one
        taken += portion
    assert given_back == total


@settings(max_examples=60)
@given(items(), st.data())
def test_an_item_that_comes_back_piece_by_piece_gives_back_what_was_paid_for_it(
    one: OrderItem, data: st.DataObject
) -> None:
    whole = replace(one, category="home", tags=(), final_sale=False, tax=money.cents(one.tax, "USD"))
    order, taken, total = sold(whole), 0, money.ZERO
    while taken < whole.quantity:
        pieces = data.draw(st.integers(1, whole.quantity - taken))
        line = RequestLine(whole.id, pieces, "no_longer_needed")
        before = Past(returned={whole.id: taken}, promised=total)
        decision = policy.decide(order, [line], HARBOUR, made.NOW, before, METHODS)
        refund = next(offer for offer in decision.offers if offer.resolution == "refund")
        total += refund.amount
        taken += pieces
    assert total == order.total


@pytest.mark.parametrize("name", SHOPS)
def test_deciding_takes_less_than_a_millisecond(name: str) -> None:
    wares = [thing(f"Thing {number}", "19.99", 3) for number in range(3)]
    order = sold(*wares)
    lines = [RequestLine(one.id, 2, "damaged") for one in wares]
    took = timeit.repeat(
        lambda: policy.decide(order, lines, SHOPS[name], made.NOW, Past(), METHODS), number=20, repeat=10
    )
    assert min(took) / 20 < 0.001
