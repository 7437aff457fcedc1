"""The policy file: what is wrong in it is named with its place, and each order keeps the version of its day."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from kit import errors
from kit.settings import PROJECT_ROOT
from store import policy_file
from tests.store import made

TEXT = made.HARBOUR.read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    """Return the line in which a text first stands."""
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("days: 14}", 'days: "14"}', "versions[0].rules.windows[2].days: Input should be a valid integer"),
        ("days: 14}", "days: -1}", "versions[0].rules.windows[2].days: Input should be greater than or equal to 0"),
        ("days: 14}", "days: 9999}", "versions[0].rules.windows[2].days: Input should be less than or equal to 1095"),
        ("days: 30}", "days: 30, colour: red}", "versions[0].rules.windows[0].colour: this key is not known"),
        ("days: 30}", "dais: 30}", "versions[0].rules.windows[0].dais: this key is not known; did you mean `days`?"),
        ("id: window.shoes", "id: Shoes",
         "versions[0].rules.windows[1].id: write it in small letters with a dot, such as window.shoes"),
        ("method: pickup,", "method: pigeon,", "versions[0].rules.methods[2].method: Input should be"),
        ("method: pickup,", "method: keep,", "versions[0].rules.methods[2].method: `keep` is no way to send a parcel"),
        ("currency: USD", "currency: dollars", "shop.currency: write three capital letters, such as USD"),
        ("category: shoes, days: 60", "countries: [Canada], days: 60",
         "versions[0].rules.windows[1].countries[0]: write two capital letters, such as DE, or a region"),
        ('delivered_from: "11-01"', 'delivered_from: "1 Nov"',
         "versions[0].rules.holiday.delivered_from: write month and day in quotes, such as \"01-31\""),
        ("sentence: The {item} was a final-sale item", "sentence: The {itm} was a final-sale item",
         "versions[0].rules.exclusions[0].sentence: only {item} may stand in braces here"),
        ("locale: en_US", "locale: klingon", "shop.locale: There is no locale 'klingon'"),
        ("time_zone: America/Los_Angeles", "time_zone: Atlantis", "shop.time_zone: 'Atlantis' is no time zone"),
        ('zip: "97103"', "zip: 97103", "shop.return_address.zip: it must be text; write it in quotes"),
        ("proof: [order, zip], level: write", "proof: [order, shoe], level: write", "identity[2].proof[1]: "),
        ("proof: [order, zip]", "proof: [zip]", "identity[2]: a rule that covers an order needs `order`"),
        ("in_force_from: 2024-01-01", "in_force_from: someday", "versions[0].in_force_from: "),
        ("in_force_from: 2024-01-01", "in_force_from: 2024-02-30", "versions[0].in_force_from: "),
        ("holiday_extension: Orders delivered from {holiday_from}", "holiday_extension: From {monday}",
         "versions[0].rules.sentences.holiday_extension: unknown word in braces: monday"),
        ("final_sale: Final-sale items", "final_sale: Final-sale {items",
         "versions[0].rules.sentences.final_sale: a brace is not closed"),
        ("id: window.shoes", "id: window.standard", "versions[0].rules.windows[1].id: two rules have the same id"),
        ("id: fee.restocking", "id: window.holiday",
         "versions[0].rules.restocking[0].id: two rules have the same id, window.holiday"),
        ("category: electronics, days: 14", "category: shoes, days: 14",
         "versions[0].rules.windows[2]: it is for the same items as window.shoes"),
        ('return_until: "01-31"', 'return_until: "02-30"', "versions[0].rules.holiday.return_until: 02-30 is no day"),
        ('return_until: "01-31"', 'return_until: "12-31"',
         "versions[0].rules.holiday.return_until: it must be before delivered_from"),
        ('delivered_to: "12-24"', 'delivered_to: "10-24"', "versions[0].rules.holiday.delivered_to: it must not be"),
        ("percent: 10, applies_to", "percent: 10, amount: 5, applies_to",
         "versions[0].rules.restocking[0]: give either percent or amount"),
        ("days_from: 5, days_to: 7", "days_from: 5, days_to: 3",
         "versions[0].rules.refund_times[0].days_to: it must not be less than days_from"),
        ("states: [pending], address", "states: [delivered], address",
         "versions[0].rules.change_order.states: only orders that are pending or processed can be changed"),
        ("approval_limit: 300.00", "approval_limit: 300.001", "versions[0].rules.approval_limit: "),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_line_place_and_reason(old: str, new: str, place: str) -> None:
    assert old in TEXT
    with pytest.raises(errors.BadInput) as caught:
        policy_file.parse(TEXT.replace(old, new, 1), "shop.yml")
    told = str(caught.value).splitlines()
    near = [line for line in told if place in line]
    assert near, told
    assert near[0].startswith(f"shop.yml:{line_of(TEXT, old)} ")


@pytest.mark.parametrize(
    ("old", "new", "beside", "place"),
    [
        ("          category: gift_cards\n", "", "id: exclusion.gift_card", "exclusions[2]: name a category, a tag"),
        ("refund, exchange, store_credit]", "refund]", "store_credit_bonus:", "store_credit_bonus: there is a bonus"),
        ("        states: [pending]\n", "        states: [shipped]\n", "states: [shipped]",
         "cancel.states: only orders that are pending or processed can be cancelled"),
        ("category: shoes, days: 60", "days: 60", "      windows:", "windows: exactly one must have no category"),
        ("{kind: paypal, days_from: 3, days_to: 3}", "{kind: card, days_from: 3, days_to: 3}", "      refund_times:",
         "refund_times: one entry each is needed for card, paypal"),
    ],
)  # fmt: skip
def test_a_mistake_between_two_rules_is_named_at_the_one_to_look_at(
    old: str, new: str, beside: str, place: str
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(errors.BadInput) as caught:
        policy_file.parse(text, "shop.yml")
    assert f"shop.yml:{line_of(text, beside)} versions[0].rules.{place}" in str(caught.value)


def test_a_key_that_is_missing_is_named_where_it_should_stand() -> None:
    with pytest.raises(errors.BadInput) as caught:
        policy_file.parse(TEXT.replace("      label_days: 14\n", "", 1), "shop.yml")
    rules = line_of(TEXT, "    rules:")
    assert str(caught.value) == f"shop.yml:{rules} versions[0].rules.label_days: this key is missing"


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    broken = (
        TEXT.replace("days: 14}", "days: soon}").replace("currency: USD", "currency: x").replace("fee: 5.95", "fee: -1")
    )
    with pytest.raises(errors.BadInput) as caught:
        policy_file.parse(broken, "shop.yml")
    places = [line.split(" ")[1] for line in str(caught.value).splitlines()]
    assert places == [
        "shop.currency:",
        "versions[0].rules.windows[2].days:",
        "versions[0].rules.methods[1].fee:",
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("shop:\n  name: [", 2, "while parsing a flow"),
        ("shop:\n\tname: x", 2, "cannot start any token"),
        ("shop:\n  name: a\n  name: b", 3, "name: this key stands twice, first in line 2"),
        ("shop: *gone", 1, "found undefined alias 'gone'"),
    ],
)
def test_what_is_no_yaml_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(errors.BadInput) as caught:
        policy_file.parse(text, "shop.yml")
    assert str(caught.value).startswith(f"shop.yml:{line} ")
    assert reason in str(caught.value)


@pytest.mark.parametrize("text", ["", "[1, 2]", "just words", "shop: {}"])
def test_what_is_no_policy_at_all_is_refused(text: str) -> None:
    with pytest.raises(errors.BadInput, match=r"^policy\.yml:\d+ "):
        policy_file.parse(text)


def test_norway_is_a_country_and_half_past_nine_a_time() -> None:
    text = TEXT.replace("{id: window.gold, tier: gold, days: 90}", "{id: window.norway, countries: [NO], days: 90}")
    text = text.replace('opens: "09:00"', "opens: 09:30")
    book = policy_file.parse(text)
    assert any(window.countries == ("NO",) for window in book.newest().rules.windows)
    assert book.shop.human_hours.text() == "Monday to Friday, 9:30-17:00"


def test_a_mistake_in_rules_that_are_taken_over_is_named_where_it_stands() -> None:
    text = TEXT.replace("    rules:\n", "    rules: &first\n", 1).replace("label_days: 14", "label_days: 0")
    text += '  - {id: "2027-01", in_force_from: 2027-01-01, rules: {<<: *first, approval_limit: -1}}\n'
    with pytest.raises(errors.BadInput) as caught:
        policy_file.parse(text, "shop.yml")
    where = line_of(text, "label_days: 0")
    last = text.count("\n")
    assert [line.split(" ")[:2] for line in str(caught.value).splitlines()] == [
        [f"shop.yml:{where}", "versions[0].rules.label_days:"],
        [f"shop.yml:{where}", "versions[1].rules.label_days:"],
        [f"shop.yml:{last}", "versions[1].rules.approval_limit:"],
    ]


def test_in_the_eu_the_right_of_withdrawal_is_not_cut_short() -> None:
    text = (
        (PROJECT_ROOT / "policy" / "eu.yml")
        .read_text(encoding="utf-8")
        .replace("days: 14, refund_sh", "days: 10, refund_sh")
    )
    with pytest.raises(
        errors.BadInput, match=r"withdrawal\.days: the right of withdrawal in the EU is 14 days at least"
    ):
        policy_file.parse(text)


def test_the_number_of_a_policy_changes_with_any_rule_and_with_nothing_else() -> None:
    first = policy_file.parse(TEXT).newest()
    assert policy_file.parse("# a remark\n" + TEXT).newest().digest == first.digest
    for old, new in (("days: 30}", "days: 31}"), ("name: Harbour & Pine\n", "name: Harbour\n")):
        assert policy_file.parse(TEXT.replace(old, new, 1)).newest().digest != first.digest
    data = json.loads(json.dumps(first.as_data()))
    again = policy_file.stored(first.version, data["shop"], data["rules"])
    assert (again, again.digest) == (first, first.digest)


def test_rules_that_can_no_longer_be_read_are_told_as_such() -> None:
    with pytest.raises(errors.BadInput, match="stored policy old"):
        policy_file.stored("old", {}, {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.BadInput, match=r"gone\.yml"):
        policy_file.read(tmp_path / "gone.yml")


def test_an_order_keeps_the_version_of_the_day_it_was_placed() -> None:
    whole = yaml.safe_load(TEXT)
    later = yaml.safe_load(TEXT)["versions"][0] | {"id": "2026-03", "in_force_from": "2026-03-01"}
    later["rules"]["windows"][0]["days"] = 45
    whole["versions"].append(later)
    book = policy_file.parse(yaml.safe_dump(whole))
    in_force = {
        None: "2024-01",
        datetime(2019, 1, 1, tzinfo=UTC): "2024-01",
        # 1 March has begun in UTC, and not yet in the shop.
        datetime(2026, 3, 1, 7, 59, tzinfo=UTC): "2024-01",
        datetime(2026, 3, 1, 8, 1, tzinfo=UTC): "2026-03",
        datetime(2030, 1, 1, tzinfo=UTC): "2026-03",
    }
    assert {moment: book.in_force(moment).version for moment in in_force} == in_force
    assert book.in_force(datetime(2030, 1, 1, tzinfo=UTC)).rules.windows[0].days == 45
    assert book.version("2026-03").version == "2026-03"
    with pytest.raises(errors.NotFound):
        book.version("1999-01")


def test_versions_must_follow_each_other() -> None:
    whole = yaml.safe_load(TEXT)
    whole["versions"].append(whole["versions"][0] | {"id": "again"})
    with pytest.raises(errors.BadInput, match="in_force_from must rise"):
        policy_file.parse(yaml.safe_dump(whole))


def test_versions_may_share_their_rules_by_anchors() -> None:
    text = TEXT.replace("    rules:\n", "    rules: &first\n", 1)
    text += '  - {id: "2027-01", in_force_from: 2027-01-01, rules: {<<: *first, approval_limit: 500}}\n'
    book = policy_file.parse(text)
    assert [str(version.rules.approval_limit) for version in book.versions] == ["300", "500"]
