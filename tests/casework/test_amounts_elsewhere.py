"""In a shop that writes money in another way, every amount that anybody reads is written so, and sums are exact."""

from dataclasses import replace
from decimal import Decimal

import pytest

from casework import cancellations, canned, explain, notices, order_desk
from casework.canned import CannedReply
from casework.proposal import Done
from casework.wanted import CancelOrder, ChangeItems, ChangeReturn, OpenReturn, Wish
from store import facts, money, policy_words, records, repository, service, transfers
from store.decision import RequestLine
from store.happenings import Act
from store.order import Order
from store.returns import Return
from store.transfer import Transfer
from tests.casework import elsewhere
from tests.casework.elsewhere import Elsewhere
from tests.casework.harbour import ANA, NOW
from tests.casework.post import Post
from tests.smtp_server import text_of

pytest_plugins = ["tests.casework.post_fixtures"]
SHOPS = {"EUR": elsewhere.in_euros, "JPY": elsewhere.in_yens}
in_each_shop = pytest.mark.parametrize("place", [make() for make in SHOPS.values()], ids=SHOPS)


class Reader:
    """Reads all that is written in a shop about Lena's orders, as she and as the agents do."""

    def __init__(self, post: Post, place: Elsewhere) -> None:
        self.post, self.place, self.read = post, place, list[str]()

    def reads(self, *texts: str) -> list[str]:
        """Read texts; return the amounts in them."""
        self.read += texts
        return [amount for text in texts for amount in self.place.amounts(text)]

    def written(self, amount: str | Decimal) -> str:
        """Return how an amount stands in the texts of this shop."""
        return self.place.book.shop.money(Decimal(amount), self.place.book.shop.currency)

    async def says_yes(self, wish: Wish) -> Done:
        """Have a wish shown, and say yes."""
        shown = await self.post.shown(wish)
        self.reads(*shown.lines, shown.needs_person or "")
        done = await self.post.says_yes(wish, to=shown)
        self.reads(done.text)
        return done

    async def comes_back(self, return_: Return) -> Return:
        """Let a parcel come, be checked and be paid by an agent, and the money move."""
        desk, rma = self.post.desk, return_.rma
        for state in ("received", "inspected"):
            done = await order_desk.record_parcel(desk, rma, state, ANA, None)
            self.reads(done.text)
        self.reads((await order_desk.settle(desk, rma, ANA, None)).text)
        await self.pays()
        return await self.post.stored(rma)

    async def warehouse_has(self, return_: Return) -> None:
        """Let the shop's own systems check and pay a parcel, and the desk tell the customer of each step."""
        act = Act("warehouse", self.post.now)
        for state in ("received", "inspected"):
            async with self.post.session() as session:
                await service.record_parcel(session, return_.rma, state, act, self.post.desk.book)
            await notices.tell_untold(self.post.desk)
        async with self.post.session() as session:
            await service.settle(session, return_.rma, act, self.post.desk.book)
        await self.pays()

    async def pays(self) -> None:
        """Be the payment provider, and let the customer hear of it."""
        async with self.post.session() as session:
            for one in await transfers.due(session):
                await transfers.mark_sent(session, one, self.post.now)
                await transfers.succeed(session, one, f"re_{one}", self.post.now)
        await notices.tell_untold(self.post.desk)
        self.post.wait(minutes=5)

    async def looks_around(self, order: Order) -> list[Transfer]:
        """Read the order as an agent sees it, what is promised, and all that was told; return what has moved."""
        async with self.post.session() as session:
            view = await order_desk.view(session, self.post.desk, order)
            entries = [*view.timeline, *(entry for one in view.returns for entry in one.events)]
            self.reads(*(entry.sentence for entry in entries), *view.refused.values())
            self.reads(*(one.text for one in view.promises), view.status.text)
            for one in view.returns:
                self.reads(
                    one.status.text, *(kept.text for kept in await records.promises_of_return(session, one.return_.id))
                )
                explained = await explain.explain(session, self.post.desk.book, one.return_.rma)
                self.reads(*explained.lines)
                assert explained.same
            moved = await transfers.of_order(session, order.id)
        self.reads(*(one.text for one in await self.post.notices(order.number)))
        self.reads(*(one.text for one in await self.post.told()))
        for mail in await self.post.unseen():
            self.reads(text_of(mail))
        return moved


@pytest.fixture
async def reader(post: Post, place: Elsewhere) -> Reader:
    """Somebody who reads everything in one of the shops."""
    await elsewhere.opened(post, place)
    await post.prove(order_number="L300001", zip="28195")
    return Reader(post, place)


def whole(amount: Decimal, place: Elsewhere) -> bool:
    """Tell whether an amount can be paid in the shop's currency."""
    return money.cents(amount, place.book.shop.currency) == amount


def opening(order: Order, name: str, quantity: int, **more: object) -> OpenReturn:
    """Send so many pieces of an item back, which were opened."""
    item = next(one for one in order.items if one.name == name)
    line = RequestLine(item.id, quantity, "no_longer_needed", "opened")
    values = {"resolution": "refund", "method": "drop_off_qr", **more}
    return OpenReturn(order.id, (line,), **values)  # type: ignore[arg-type]


@pytest.mark.database
@in_each_shop
async def test_a_whole_return_is_written_as_the_shop_writes_and_paid_exactly(reader: Reader, place: Elsewhere) -> None:
    order = place.delivered
    first = (await reader.says_yes(replace(opening(order, "Headset", 1), refund_to="card_lena"))).return_
    assert first is not None
    await reader.comes_back(first)
    second = (await reader.says_yes(opening(order, "Headset", 2))).return_
    assert second is not None
    assert second.needs_person is not None
    reader.reads((await order_desk.approve(reader.post.desk, second.rma, ANA, None)).text)
    await reader.comes_back(await reader.post.stored(second.rma))
    moved = await reader.looks_around(order)

    after = await reader.post.order(order.number)
    assert [one.state for one in moved] == ["succeeded"] * len(moved)
    assert all(whole(one.amount, place) for one in moved)
    for one in (first, second):
        parts = [part.amount for part in moved if part.return_id == one.id]
        assert sum(parts) == one.amount
        assert whole(one.fee, place)
        amounts = reader.reads(*reader.read)
        assert reader.written(one.amount) in amounts
        assert all(reader.written(part) in amounts for part in parts)
    assert len([one for one in moved if one.return_id == second.id]) == 2  # in parts, the way it was paid
    headset = order.items[0]
    assert first.amount + first.fee + second.amount + second.fee == headset.paid
    assert after.refunded == first.amount + second.amount
    said = " ".join(reader.read)
    assert {"EUR": "500,00\u00a0€", "JPY": "￥50,000"}[order.currency] in said
    assert {"EUR": "4,90\u00a0€", "JPY": "￥491"}[order.currency] in said


@pytest.mark.database
@in_each_shop
async def test_credit_with_a_bonus_and_an_exchange_that_costs_more(reader: Reader, place: Elsewhere) -> None:
    order = place.delivered
    credit = (await reader.says_yes(opening(order, "Cable", 1, resolution="store_credit"))).return_
    assert credit is not None
    assert credit.bonus > 0
    assert whole(credit.bonus, place)
    await reader.warehouse_has(credit)
    swap = opening(
        order, "Headset", 1, resolution="exchange", exchange_variants={order.items[0].id: ("headset-black",)}
    )
    opened = (await reader.says_yes(swap)).return_
    assert opened is not None
    assert opened.price_difference > 0
    moved_once = ChangeReturn(opened.rma, "exchange", "printed_label", exchange_variants=swap.exchange_variants)
    await reader.says_yes(moved_once)
    await reader.comes_back(opened)
    reader.reads((await order_desk.send_exchange(reader.post.desk, opened.rma, "LP 77 99", ANA, None)).text)

    moved = await reader.looks_around(order)
    assert [(one.kind, one.amount) for one in moved] == [("refund", credit.amount), ("charge", opened.price_difference)]
    assert all(whole(one.amount, place) for one in moved)
    amounts = reader.reads(*reader.read)
    assert {reader.written(one) for one in (credit.amount, credit.bonus, opened.price_difference)} <= set(amounts)


@pytest.mark.database
@in_each_shop
async def test_changing_and_cancelling_an_order(reader: Reader, place: Elsewhere) -> None:
    await reader.post.prove(order_number="L300002", zip="28195")
    order = place.pending
    done = await reader.says_yes(ChangeItems(order.id, {order.items[0].id: "headset-white"}, "card_lena"))
    assert done.order is not None
    await reader.pays()
    assert reader.written(done.order.total) in done.text
    done = await reader.says_yes(CancelOrder(order.id, "ordered_by_mistake"))
    await reader.pays()

    moved = await reader.looks_around(order)
    after = await reader.post.order(order.number)
    assert after.state == "cancelled"
    assert after.refunded == sum(one.amount for one in moved) == order.total
    assert all(whole(one.amount, place) for one in moved)
    assert {reader.written(one.amount) for one in moved} <= set(reader.reads(*reader.read))
    assert cancellations.reasons(reader.post.desk, order)


@pytest.mark.database
@in_each_shop
async def test_a_prepared_reply_names_the_refund_as_the_shop_does(reader: Reader, place: Elsewhere) -> None:
    opened = (await reader.says_yes(opening(place.delivered, "Cable", 1, refund_to="card_lena"))).return_
    assert opened is not None
    reply = CannedReply(name="refund", title="Refund", text="You get {refund_amount}.")
    async with reader.post.session() as session:
        filled = await canned.fill(session, reader.post.desk, reply, reader.post.id, ANA)
        found = await repository.find_return(session, opened.rma)
    assert found is not None
    assert filled.text == f"You get {reader.written(found.amount)}."


@in_each_shop
def test_the_policys_own_words(place: Elsewhere) -> None:
    rules = place.book.newest()
    told = [text for section in policy_words.of_book(place.book) for _, text in section.lines]
    told += facts.of(rules, NOW).values()
    told = [text for text in told if text not in (place.book.shop.currency, place.book.shop.locale)]
    amounts = {amount for text in told for amount in place.amounts(text.replace(place.book.shop.currency, ""))}
    expected = {"EUR": {"4,90\u00a0€", "500,00\u00a0€"}, "JPY": {"￥491", "￥50,000"}}
    assert expected[place.book.shop.currency] <= amounts
