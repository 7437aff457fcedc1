"""What the customer may choose: amounts, fees, destinations, and rules that hold for every order there could be."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import money, policy
from store.decision import Decision, Offer, RequestLine
from store.order import Order, OrderItem, PaymentMethod, Variant
from store.policy_file import Policy
from store.returns import REASONS, Reason, Resolution
from tests.store import made

METHODS = [made.VISA, made.PAYPAL, made.GIFT_CARD]
HARBOUR = made.rules()
RETAIL = made.retail_rules()


def decide(order: Order, *lines: RequestLine, rules: Policy = HARBOUR) -> Decision:
    return policy.decide(order, lines, rules, made.NOW, policy.Past(), METHODS)


def offers(decision: Decision, resolution: Resolution) -> list[Offer]:
    return [offer for offer in decision.offers if offer.resolution == resolution]


def fees(decision: Decision) -> dict[str, Decimal]:
    return {entry.method: entry.fee for entry in decision.methods}


def test_a_refund_goes_to_the_card_that_paid_with_the_time_that_cards_take() -> None:
    one = made.item(price="64.00")
    (refund,) = offers(decide(made.order(one), made.wanted(one)), "refund")
    assert (refund.amount, refund.destination, refund.refund_to) == (Decimal("64.00"), "Visa ending 4242", "visa")
    assert refund.when == "5-7 business days after we have checked the parcel"


def test_electronics_cost_ten_percent_unless_they_are_faulty() -> None:
    one = made.item("Wireless Headphones", "129.00", category="electronics")
    (refund,) = offers(decide(made.order(one), made.wanted(one)), "refund")
    assert refund.fee_lines == (("Restocking fee (10%)", Decimal("12.90")),)
    assert refund.amount == Decimal("116.10")
    (faulty,) = offers(decide(made.order(one), made.wanted(one, "defective")), "refund")
    assert (faulty.fee_lines, faulty.amount) == ((), Decimal("129.00"))


def test_store_credit_adds_ten_percent() -> None:
    one = made.item(price="64.00")
    (credit,) = offers(decide(made.order(one), made.wanted(one)), "store_credit")
    assert (credit.bonus, credit.amount) == (Decimal("6.40"), Decimal("70.40"))


def test_an_exchange_is_free_of_every_fee() -> None:
    one = made.item("Wireless Headphones", "129.00", category="electronics")
    decision = decide(made.order(one), made.wanted(one))
    (exchange,) = offers(decision, "exchange")
    assert exchange.amount == Decimal("129.00")
    assert {entry.fee for entry in policy.methods_for(decision, "exchange")} == {money.ZERO}
    label = next(entry for entry in decision.methods if entry.method == "printed_label")
    assert policy.final_amount(exchange, label) == Decimal("129.00")


def test_each_method_has_its_fee_and_a_faulty_item_travels_free() -> None:
    one = made.item()
    assert fees(decide(made.order(one), made.wanted(one))) == {
        "drop_off_qr": Decimal("0.00"),
        "printed_label": Decimal("5.95"),
        "pickup": Decimal("7.00"),
        "store": Decimal("0.00"),
    }
    assert set(fees(decide(made.order(one), made.wanted(one, "damaged"))).values()) == {money.ZERO}


def test_one_faulty_item_makes_the_parcel_free_for_those_beside_it() -> None:
    one, other = made.item(), made.item("Camp Mug")
    decision = decide(made.order(one, other), made.wanted(one), made.wanted(other, "damaged"))
    assert set(fees(decision).values()) == {money.ZERO}


def test_a_method_never_costs_more_than_there_is() -> None:
    cheap = made.item(price="3.00")
    decision = decide(made.order(cheap), made.wanted(cheap))
    (refund,) = offers(decision, "refund")
    pickup = next(entry for entry in decision.methods if entry.method == "pickup")
    assert policy.final_amount(refund, pickup) == Decimal("0.00")


def test_only_a_payment_that_covers_the_amount_gets_the_refund() -> None:
    one = made.item(price="50.00")
    order = made.order(one, made.item("Vase", "40.00"), paid={"gift": "30.00", "visa": "60.00"})
    decision = decide(order, made.wanted(one))
    assert [offer.refund_to for offer in offers(decision, "refund")] == ["visa"]
    assert decision.needs_person is None


def test_when_no_single_payment_covers_the_amount_each_gets_its_part_back() -> None:
    one = made.item(price="90.00")
    decision = decide(made.order(one, paid={"gift": "30.00", "visa": "60.00"}), made.wanted(one))
    (refund,) = offers(decision, "refund")
    assert (refund.refund_to, refund.destination) == (None, "the way it was paid")
    assert [(part.refund_to, part.amount) for part in refund.parts] == [
        ("visa", Decimal("60.00")),
        ("gift", Decimal("30.00")),
    ]
    assert decision.needs_person is None


def test_the_retail_shop_offers_the_original_method_and_each_gift_card() -> None:
    one = made.item(price="50.00")
    decision = decide(made.order(one), made.wanted(one), rules=RETAIL)
    assert [offer.refund_to for offer in offers(decision, "refund")] == ["visa", "gift"]
    assert {offer.resolution for offer in decision.offers} == {"refund", "exchange"}


def test_a_payment_method_that_is_gone_is_described_in_general_words() -> None:
    one = made.item()
    (refund,) = offers(decide(made.order(one, paid={"old": "38.00"}), made.wanted(one)), "refund")
    assert (refund.refund_to, refund.destination) == ("old", "your original payment method")


@pytest.mark.parametrize(("price", "expected"), [("94.00", "10.00"), ("89.00", "0.00"), ("79.50", "-19.00")])
def test_the_difference_of_an_exchange_is_positive_when_the_customer_pays(price: str, expected: str) -> None:
    shoes = made.item("Trail Runner", "89.00", quantity=2)
    other = Variant("t-10", shoes.product_id, shoes.name, {"size": "10"}, Decimal(price), 3)
    assert policy.price_difference(shoes, other, 2, "USD") == Decimal(expected)


def test_a_gift_card_bears_no_more_than_its_balance_and_a_card_bears_all() -> None:
    assert policy.can_pay(made.GIFT_CARD, Decimal("60.00"))
    assert not policy.can_pay(made.GIFT_CARD, Decimal("60.01"))
    assert policy.can_pay(made.VISA, Decimal(9999))


PRICES = st.integers(0, 90_000).map(lambda value: money.cents(Decimal(value) / 100, "USD"))
CATEGORIES = st.sampled_from(["home", "shoes", "electronics", "beauty", "gift_cards", "clothing"])


@st.composite
def orders(draw: st.DrawFn) -> tuple[Order, tuple[RequestLine, ...]]:
    items = []
    for position in range(draw(st.integers(1, 4))):
        one = made.item(
            f"Thing {position}", str(draw(PRICES)), draw(st.integers(1, 5)), draw(CATEGORIES), draw(st.booleans())
        )
        items.append(one)
    order = made.order(*items, delivered=draw(st.integers(0, 100)))
    lines = tuple(
        RequestLine(one.id, draw(st.integers(1, one.quantity)), draw(st.sampled_from(REASONS))) for one in items
    )
    return order, lines


def value(order: Order, lines: tuple[RequestLine, ...]) -> Decimal:
    found = {one.id: one for one in order.items}
    return sum((found[line.order_item_id].unit_price * line.quantity for line in lines), Decimal(0))


@given(orders(), st.sampled_from([HARBOUR, RETAIL]))
def test_nobody_gets_more_than_they_paid_apart_from_the_bonus(
    case: tuple[Order, tuple[RequestLine, ...]], rules: Policy
) -> None:
    order, lines = case
    decision = decide(order, *lines, rules=rules)
    for offer in decision.offers:
        for way in decision.methods:
            amount = policy.final_amount(offer, way)
            assert money.ZERO <= amount <= value(order, lines) + offer.bonus
            assert amount <= order.total + offer.bonus
        bonus = money.percent_of(value(order, lines), rules.rules.store_credit_bonus, "USD")
        assert money.ZERO <= offer.bonus <= bonus


@given(orders(), st.sampled_from([HARBOUR, RETAIL]))
def test_the_lines_of_an_offer_add_up_to_it(case: tuple[Order, tuple[RequestLine, ...]], rules: Policy) -> None:
    order, lines = case
    decision = decide(order, *lines, rules=rules)
    kept = tuple(line for line, told in zip(lines, decision.lines, strict=True) if told.eligible)
    for offer in decision.offers:
        assert sum(amount for _, amount in offer.line_amounts) == offer.amount - offer.bonus
        assert offer.amount - offer.bonus + offer.fees == value(order, kept)
        assert len(offer.line_amounts) == len(kept)
        assert sum(policy.line_amount(offer, one.id) for one in order.items) == offer.amount - offer.bonus


@given(orders())
def test_the_same_question_gets_the_same_answer(case: tuple[Order, tuple[RequestLine, ...]]) -> None:
    order, lines = case
    assert decide(order, *lines) == decide(replace(order), *lines, rules=made.changed(HARBOUR))


@given(PRICES, st.integers(2, 6), CATEGORIES, st.sampled_from(REASONS), st.sampled_from([HARBOUR, RETAIL]))
def test_more_pieces_never_bring_less(
    price: Decimal, quantity: int, category: str, reason: Reason, rules: Policy
) -> None:
    one = made.item("Thing", str(price), quantity, category)
    amounts: dict[str, list[Decimal]] = {}
    for pieces in range(1, quantity + 1):
        decision = decide(made.order(one), made.wanted(one, reason, pieces), rules=rules)
        for offer in decision.offers:
            amounts.setdefault(f"{offer.resolution}/{offer.refund_to}", []).append(offer.amount)
    for found in amounts.values():
        assert found == sorted(found)
        assert len(found) == quantity


@given(orders())
def test_every_verdict_names_a_rule_and_is_a_sentence(case: tuple[Order, tuple[RequestLine, ...]]) -> None:
    order, lines = case
    for line in decide(order, *lines).lines:
        assert line.rule_ids
        assert line.explanation.endswith(".")
        assert "{" not in line.explanation
        assert "!" not in line.explanation


@given(orders(), st.permutations(METHODS))
def test_the_order_of_payment_methods_changes_nothing_for_the_demo_shop(
    case: tuple[Order, tuple[RequestLine, ...]], methods: list[PaymentMethod]
) -> None:
    order, lines = case
    assert policy.decide(order, lines, HARBOUR, made.NOW, policy.Past(), methods) == decide(order, *lines)


def test_a_shop_may_refund_to_gift_cards_if_it_says_so() -> None:
    one = made.item()
    assert len(offers(decide(made.order(one), made.wanted(one)), "refund")) == 1
    rules = made.changed(HARBOUR, refund_to_gift_card=True)
    assert len(offers(decide(made.order(one), made.wanted(one), rules=rules), "refund")) == 2


def test_the_item_of_the_order_is_what_counts_not_its_price_in_the_shop_today() -> None:
    bought: OrderItem = made.item(price="19.99", quantity=3)
    (refund,) = offers(decide(made.order(bought), made.wanted(bought)), "refund")
    assert refund.amount == Decimal("59.97")
