"""What goes back, line by line: discounts, tax, shipping, fees, several payments, and what was paid back before."""

from dataclasses import replace
from decimal import Decimal

import pytest

from store import money, policy
from store.decision import LineAmount, Past
from store.order import Payment, Variant
from store.returns import Condition, Reason
from store.rules import ExchangeRule, RestockingFee
from tests.store import made
from tests.store.selling import EU, GENEROUS, HARBOUR, RETAIL, STRICT, asked, decide, offer, sent_to, sold, thing

MUGS = thing("Camp Mug", "10.00", 3, discount="5.00", tax="2.00")
"""27.00 for three: 25.00 and 2.00 of tax."""


def test_a_line_is_worth_what_was_paid_for_it_after_discounts_and_with_tax() -> None:
    refund = offer(decide(sold(MUGS), asked(MUGS)))
    assert refund.amount == Decimal("27.00")
    assert refund.worked_out == (LineAmount(MUGS.id, Decimal("25.00"), Decimal("2.00")),)


def test_one_of_three_pieces_gets_its_share_and_the_last_one_what_is_left() -> None:
    shares: list[Decimal] = []
    for taken in range(3):
        before = Past(returned={MUGS.id: taken}, promised=sum(shares, money.ZERO))
        shares.append(offer(decide(sold(MUGS), asked(MUGS, quantity=1), past=before)).amount)
    assert shares == [Decimal("9.00"), Decimal("9.00"), Decimal("9.00")]
    odd = thing("Sock", "3.33", 3, discount="0.01")
    amounts = [
        offer(decide(sold(odd), asked(odd, quantity=1), past=Past(returned={odd.id: taken}))).amount
        for taken in range(3)
    ]
    assert amounts == [Decimal("3.33"), Decimal("3.32"), Decimal("3.33")]
    assert sum(amounts) == odd.paid


def test_a_restocking_fee_is_a_share_of_the_price_without_the_tax() -> None:
    speaker = thing("Speaker", "100.00", category="electronics", discount="20.00", tax="8.00")
    refund = offer(decide(sold(speaker), asked(speaker)))
    assert refund.fee_lines == (("Restocking fee (10%)", Decimal("8.00")),)
    assert refund.amount == Decimal("80.00")
    assert refund.worked_out[0].net == Decimal("80.00")
    assert "fee.restocking" in refund.rule_ids


@pytest.mark.parametrize(
    ("tags", "condition", "fee", "rule"),
    [
        ((), "sealed", "0.00", None),
        ((), "opened", "15.00", "fee.opened"),
        (("clearance",), "sealed", "8.00", "fee.clearance"),
        (("clearance",), "opened", "15.00", "fee.opened"),
    ],
)
def test_of_several_fees_the_highest_is_kept(
    tags: tuple[str, ...], condition: Condition, fee: str, rule: str | None
) -> None:
    one = thing("Router", "100.00", tags=tags)
    refund = offer(decide(sold(one, delivered=1), asked(one, condition=condition), rules=STRICT))
    assert refund.fees == Decimal(fee)
    assert set(refund.rule_ids) == {"refund.original_method"} | ({rule} if rule else set())


def test_a_fee_by_the_piece_never_takes_more_than_there_is() -> None:
    fee = RestockingFee(id="fee.piece", amount=Decimal("8.00"), applies_to="everything")
    one = thing("Pen", "5.00", 2, tax="1.00")
    refund = offer(decide(sold(one), asked(one), rules=made.changed(HARBOUR, restocking=(fee,))))
    assert refund.fee_lines == (("Restocking fee", Decimal("10.00")),)
    assert refund.amount == Decimal("1.00")


def test_within_the_right_of_withdrawal_no_fee_is_kept() -> None:
    one = thing("Radio", "100.00", category="electronics")
    line = asked(one, condition="opened")
    inside = decide(sent_to(sold(one), "DE"), line, rules=EU)
    outside = decide(sent_to(sold(one, delivered=20), "DE"), line, rules=EU)
    assert (offer(inside).fees, offer(outside).fees) == (Decimal(0), Decimal("10.00"))


@pytest.mark.parametrize(("reason", "shipping"), [("damaged", "6.50"), ("wrong_item", "6.50"), ("too_small", "0.00")])
def test_the_shipping_goes_back_when_the_whole_order_is_faulty_or_wrong(reason: Reason, shipping: str) -> None:
    order = sold(MUGS, shipping="6.50")
    refund = offer(decide(order, asked(MUGS, reason)))
    assert (refund.shipping, refund.amount) == (Decimal(shipping), Decimal("27.00") + Decimal(shipping))
    assert ("shipping.refund" in refund.rule_ids) is (shipping != "0.00")
    assert refund.parts[0].amount == refund.amount


def test_the_shipping_stays_for_a_part_of_the_order_and_goes_back_once() -> None:
    order = sold(MUGS, shipping="6.50")
    assert offer(decide(order, asked(MUGS, "damaged", 2))).shipping == 0
    assert offer(decide(order, asked(MUGS, "damaged"), past=Past(shipping_promised=True))).shipping == 0
    generous = decide(order, asked(MUGS, "arrived_late", 1), rules=GENEROUS)
    assert {one.shipping for one in generous.offers if one.resolution == "refund"} == {Decimal("6.50")}


def test_who_withdraws_from_the_whole_order_in_the_eu_gets_its_shipping_back() -> None:
    order = sent_to(sold(MUGS, shipping="4.90"), "FR")
    whole, some = (decide(order, asked(MUGS, quantity=pieces), rules=EU) for pieces in (3, 2))
    assert (offer(whole).shipping, offer(some).shipping) == (Decimal("4.90"), Decimal(0))
    assert "withdrawal.eu" in offer(whole).rule_ids
    assert offer(decide(sent_to(order, "US"), asked(MUGS), rules=EU)).shipping == 0


def test_what_was_refunded_or_promised_before_is_not_paid_again() -> None:
    order = sold(MUGS)
    goodwill = replace(order, payments=(*order.payments, Payment("visa", "refund", Decimal("7.00"))))
    refund = offer(decide(goodwill, asked(MUGS), past=Past(promised=Decimal("5.00"))))
    assert refund.amount == Decimal("15.00")
    assert refund.fee_lines == (("Already refunded or on its way", Decimal("12.00")),)
    assert "refund.never_more_than_paid" in refund.rule_ids


def test_a_bonus_that_the_shop_gave_does_not_count_as_refunded() -> None:
    order = sold(MUGS)
    credited = Payment("gift", "refund", Decimal("9.90"), bonus=Decimal("0.90"))
    refund = offer(decide(replace(order, payments=(*order.payments, credited)), asked(MUGS, quantity=2)))
    assert refund.amount == Decimal("18.00")


def test_the_bonus_is_on_what_goes_back_after_fees_and_not_on_the_shipping() -> None:
    speaker = thing("Speaker", "100.00", category="electronics")
    credit = offer(decide(sold(speaker), asked(speaker)), "store_credit")
    assert (credit.bonus, credit.amount) == (Decimal("9.00"), Decimal("99.00"))
    broken = offer(decide(sold(speaker, shipping="10.00"), asked(speaker, "defective")), "store_credit")
    assert (broken.bonus, broken.amount) == (Decimal("10.00"), Decimal("120.00"))


def test_the_fee_of_the_way_back_comes_off_the_largest_part_first() -> None:
    rug = thing("Rug", "90.00")
    decision = decide(sold(rug, paid={"gift": "40.00", "visa": "45.00", "paypal": "5.00"}), asked(rug))
    pickup = next(way for way in decision.methods if way.method == "pickup")
    parts = policy.parts_after(offer(decision), pickup)
    assert [(part.refund_to, part.amount) for part in parts] == [
        ("visa", Decimal("38.00")),
        ("gift", Decimal("40.00")),
        ("paypal", Decimal("5.00")),
    ]


def test_a_fee_that_is_more_than_the_largest_part_goes_on_to_the_next() -> None:
    pen = thing("Pen", "8.00")
    decision = decide(sold(pen, paid={"gift": "4.00", "visa": "4.00"}), asked(pen))
    pickup = next(way for way in decision.methods if way.method == "pickup")
    assert [part.amount for part in policy.parts_after(offer(decision), pickup)] == [Decimal("1.00")]


def test_what_was_refunded_to_a_method_counts_against_it() -> None:
    rug = thing("Rug", "90.00", 2)
    order = sold(rug, paid={"visa": "100.00", "gift": "80.00"})
    back = replace(order, payments=(*order.payments, Payment("visa", "refund", Decimal("70.00"))))
    refund = offer(decide(back, asked(rug, quantity=1), past=Past(returned={rug.id: 1})))
    assert [(part.refund_to, part.amount) for part in refund.parts] == [
        ("gift", Decimal("80.00")),
        ("visa", Decimal("10.00")),
    ]


def test_what_is_promised_to_a_method_counts_against_it() -> None:
    rug = thing("Rug", "50.00", 2)
    order = sold(rug, paid={"visa": "60.00", "gift": "40.00"})
    before = Past(returned={rug.id: 1}, promised=Decimal("50.00"), promised_to={"visa": Decimal("50.00")})
    refund = offer(decide(order, asked(rug, quantity=1), past=before))
    assert {part.refund_to: part.amount for part in refund.parts} == {
        "gift": Decimal("40.00"),
        "visa": Decimal("10.00"),
    }


def test_the_slowest_of_several_parts_is_when_all_of_it_is_there() -> None:
    rug = thing("Rug", "90.00")
    refund = offer(decide(sold(rug, paid={"gift": "45.00", "visa": "45.00"}), asked(rug)))
    assert refund.when == "5-7 business days after we have checked the parcel"
    assert {part.destination: part.when for part in refund.parts} == {
        "Visa ending 4242": "5-7 business days after we have checked the parcel",
        "Gift card ending 7310": "as soon as we have checked the parcel",
    }


def test_exchanges_of_an_order_may_be_counted() -> None:
    one = decide(sold(MUGS), asked(MUGS), rules=RETAIL)
    two = decide(sold(MUGS), asked(MUGS), rules=RETAIL, past=Past(exchanges=1))
    assert "exchange" in {found.resolution for found in one.offers}
    assert {found.resolution for found in two.offers} == {"refund"}
    free = made.changed(RETAIL, exchange=ExchangeRule(id="exchange.any"))
    assert "exchange" in {
        o.resolution for o in decide(sold(MUGS), asked(MUGS), rules=free, past=Past(exchanges=9)).offers
    }


def test_a_discount_goes_on_to_what_a_line_is_exchanged_for() -> None:
    shirt = thing("Shirt", "60.00", 2, discount="20.00")
    dearer, cheaper, free = (
        Variant(f"s-{price}", shirt.product_id, "Shirt", {}, Decimal(price), 3) for price in ("70", "40", "0")
    )
    assert policy.price_difference(shirt, dearer, 1, "USD") == Decimal("10.00")
    assert policy.price_difference(shirt, cheaper, 2, "USD") == Decimal("-40.00")
    assert policy.price_difference(shirt, free, 2, "USD") == Decimal("-100.00")  # what was paid, and not 120.00
