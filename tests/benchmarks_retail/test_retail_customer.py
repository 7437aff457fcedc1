"""The measure's own customer: what counts as told, as the right summary, and as a passed task."""

import pytest
from retail import comparing, heard, judging, manner, script
from retail.customer import Customer
from retail.script import Script, Wish
from retail.tasks import Item, Person, Shop, Task, Write

LAMP = Item("1", "Desk Lamp", ("white", "medium", "USB"), "137.94")
DIM = Item("2", "Desk Lamp", ("silver", "low", "battery"), "150.01")
BOTTLE = Item("3", "Water Bottle", ("1000ml", "steel", "blue"), "54.04")
SHOP = Shop({one.variant: one for one in (LAMP, DIM, BOTTLE)}, {"#W1234567": (LAMP, BOTTLE)})
ANN = Person("Ann", "Lee", "10001", (), {"card_1": "Visa ending 4417", "paypal_1": "PayPal"})
RETURN = Write("return", "#W1234567", ("1",), payment="paypal_1")
SWAP = Write("items", "#W1234567", ("1",), ("2",), payment="paypal_1")


def _task(*writes: Write, tells: tuple[str, ...] = (), hands_over: bool = False) -> Task:
    return Task("1", ANN, writes, tells, frozenset(), hands_over)


def _seen(*writes: Write, told: str = "", person: str = "", allowed: str = "") -> comparing.Seen:
    return comparing.Seen(writes, told, person, stuck=False, person_allowed=allowed)  # type: ignore[arg-type]


def _asked(said: str, slot: str, *options: str, asks: str = "choice") -> heard.Heard:
    return heard.Heard(said, "\n".join([said, *options]), slot, asks, options)


@pytest.mark.parametrize(
    ("text", "wanted", "told"),
    [
        ("You get $8,276.23 back.", "8276.23", True),
        ("It was $625.6 in total.", "625.60", True),
        ("There are 10 of them.", "10", True),
        ("The 10-inch one costs $110.00", "10", False),
        ("It has 64 GB.", "64GB", True),
        ("Made of Polyester", "polyester", True),
        ("You get $8,276.24 back.", "8276.23", False),
    ],
)
def test_a_number_counts_as_told_in_any_formatting(text: str, wanted: str, told: bool) -> None:
    assert heard.tells(text, wanted) is told


def test_all_expected_writes_and_no_others_pass() -> None:
    assert comparing.compare(_task(RETURN), _seen(RETURN)).outcome == "passed"
    assert comparing.compare(_task(RETURN), _seen()).outcome == "missing write"
    assert comparing.compare(_task(RETURN), _seen(RETURN, SWAP)).outcome == "wrong write"
    assert comparing.compare(_task(RETURN, tells=("54.04",)), _seen(RETURN)).outcome == "not told"


def test_what_the_policy_forbids_must_not_be_written() -> None:
    task = Task("1", ANN, (RETURN,), (), frozenset(), hands_over=False, barred=frozenset({0}))

    assert comparing.compare(task, _seen()).outcome == "passed"
    assert comparing.compare(task, _seen(RETURN)).outcome == "wrong write"


def test_what_changes_nothing_may_be_written_or_not() -> None:
    on_file = Write("on_file", address=("1 Elm Street", "", "Ohio", "OH", "43215"))
    task = Task("1", ANN, (RETURN, on_file), (), frozenset(), hands_over=False, idle=frozenset({1}))

    assert comparing.compare(task, _seen(RETURN)).outcome == "passed"
    assert comparing.compare(task, _seen(RETURN, on_file)).outcome == "passed"
    assert comparing.compare(task, _seen(on_file)).outcome == "missing write"


def test_the_order_of_items_does_not_matter_but_their_pairs_do() -> None:
    wanted = Write("exchange", "#W1", ("1", "2"), ("3", "4"), "paypal_1")
    turned = Write("exchange", "#W1", ("2", "1"), ("4", "3"), "paypal_1")
    crossed = Write("exchange", "#W1", ("1", "2"), ("4", "3"), "paypal_1")
    assert comparing.compare(_task(wanted), _seen(turned)).outcome == "passed"
    assert comparing.compare(_task(wanted), _seen(crossed)).outcome == "wrong write"


def test_a_person_passes_only_where_one_is_expected() -> None:
    assert comparing.compare(_task(hands_over=True), _seen(person="asked")).outcome == "passed"
    assert comparing.compare(_task(hands_over=True), _seen()).outcome == "missing write"
    assert comparing.compare(_task(RETURN), _seen(person="asked")).outcome == "person"
    assert comparing.compare(_task(RETURN), _seen(person="asked", allowed="right")).outcome == "right person"


def test_a_summary_of_what_is_wanted_has_no_differences() -> None:
    text = "For order #W1234567:\nTake back Desk Lamp: $137.94\nRefund $137.94 to PayPal"
    assert judging.differences(RETURN, text, ANN, SHOP) == []


def test_another_payment_method_is_corrected_in_words() -> None:
    text = "For order #W1234567:\nTake back Desk Lamp\nRefund $137.94 to Visa ending 4417"
    found = judging.differences(RETURN, text, ANN, SHOP)
    assert judging.correction(found) == "no, PayPal please"


def test_items_too_many_are_corrected_in_words() -> None:
    text = "For order #W1234567:\nTake back Desk Lamp\nTake back Water Bottle\nRefund $191.98 to PayPal"
    assert judging.correction(judging.differences(RETURN, text, ANN, SHOP)) == "no, not the water bottle"


def test_another_version_is_corrected_in_words() -> None:
    text = "Send 1 × Desk Lamp (silver, high, USB) in order #W1234567 instead of white, medium, USB"
    found = judging.differences(SWAP, text, ANN, SHOP)
    assert judging.correction(found) == "no, the desk lamp should be silver, low, battery"


def test_a_customer_says_yes_to_nothing_but_what_they_want() -> None:
    customer = Customer(_task(RETURN), Script((Wish("return the lamp", "return the lamp", (0,)),)), SHOP)
    cancels = "Cancel order #W1234567 (Desk Lamp, Water Bottle)\nShall I go ahead?"
    assert customer.respond(_asked(cancels, "confirm", asks="yes_no")) == "no, return the lamp"
    returns = "Take back Desk Lamp of order #W1234567\nRefund to PayPal\nShall I go ahead?"
    assert customer.respond(_asked(returns, "confirm", asks="yes_no")) == "ok go ahead"
    assert customer.respond(_asked("Done.", "")) is None


def test_an_order_number_is_known_only_when_it_was_shown() -> None:
    customer = Customer(_task(RETURN), Script((Wish("return the lamp", "return the lamp", (0,)),)), SHOP)
    assert (
        customer.respond(_asked("Which order?", "order")) == "I don't have the number. It's the one with the desk lamp"
    )
    assert customer.respond(_asked("Which?", "order", "#W1234567 · Desk Lamp", "#W7654321 · Tea")) == "#W1234567"


def test_a_refusal_leads_to_the_other_wish() -> None:
    instead = Wish("then cancel all of it", "cancel all of it", (0,))
    wishes = (Wish("only cancel the lamp", "cancel the lamp", otherwise=instead),)
    customer = Customer(_task(Write("cancel", "#W1234567", reason="no longer needed")), Script(wishes), SHOP)
    assert customer.respond(_asked("I can only cancel the whole order.", "")) == "then cancel all of it"


@pytest.mark.parametrize("wording", [1, 2])
def test_every_script_can_be_read(wording: int) -> None:
    scripts = script.read(script.of_wording(wording))
    assert len(scripts) == 74
    assert all(wish.again for one in scripts.values() for wish in one.wishes)
    assert all(one.manner in manner.MANNERS for one in scripts.values())


def test_another_wording_says_other_words_for_the_same_wishes() -> None:
    first, second = script.read(), script.read(script.of_wording(2))

    for name, one in first.items():
        wishes = [wish for wish in second[name].wishes if wish.writes or wish.tells or wish.otherwise]
        known = [wish for wish in one.wishes if wish.writes or wish.tells or wish.otherwise]
        assert [(wish.writes, wish.tells) for wish in wishes] == [(wish.writes, wish.tells) for wish in known], name
        assert not {wish.say for wish in wishes if wish.say} & {wish.say for wish in known}, name


def test_every_task_of_our_own_has_a_script_that_wants_all_of_its_writes() -> None:
    for name, one in script.read(script.MORE).items():
        wished = {index for wish in one.wishes for each in (wish, *wish.alternatives) for index in each.writes}
        assert wished or name == "", name
        assert wished == set(range(len(wished)))


def test_each_customer_answers_in_their_own_manner() -> None:
    polite, terse = manner.MANNERS["polite"], manner.MANNERS["terse"]

    assert polite.answer("pay", "my gift card") == "Please use my gift card for that."
    assert terse.answer("reason", "I changed my mind") == "i changed my mind"
    assert terse.place("order", ["#W1 · Tea", "#W2 · Lamp"], lambda one: "#W2" in one) == "2"
    assert polite.place("order", ["#W1 · Tea", "#W2 · Lamp"], lambda one: "#W2" in one) == ""
