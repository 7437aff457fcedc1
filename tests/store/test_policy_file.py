"""The policy file: what is wrong in it is named with its place, and each order keeps the version of its day."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from kit import errors
from store import policy_file
from tests.store import made

TEXT = made.HARBOUR.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("days: 14}", 'days: "14"}', "versions[0].rules.windows[2].days"),
        ("days: 14}", "days: -1}", "versions[0].rules.windows[2].days"),
        ("days: 30}", "days: 30, colour: red}", "versions[0].rules.windows[0].colour"),
        ("id: window.shoes", "id: Shoes", "versions[0].rules.windows[1].id"),
        ("method: pickup,", "method: pigeon,", "versions[0].rules.methods[2].method"),
        ("currency: USD", "currency: dollars", "shop.currency"),
        ("time_zone: America/Los_Angeles", "time_zone: Atlantis", "shop: Value error, time_zone 'Atlantis'"),
        ("proof: [order, zip], level: write", "proof: [order, shoe], level: write", "identity[2].proof[1]"),
        ("proof: [order, zip]", "proof: [zip]", "identity[2]"),
        ("in_force_from: 2024-01-01", "in_force_from: someday", "versions[0].in_force_from"),
        ("from {holiday_from}", "from {monday}", "versions[0].rules.sentences"),
        ("{kind: paypal, days_from: 3, days_to: 3}", "{kind: card, days_from: 3, days_to: 3}", "refund_times"),
        ("category: shoes, days: 60", "days: 60", "exactly one"),
        ("id: window.shoes", "id: window.standard", "same id"),
        ("approval_limit: 300.00", "approval_limit: 300.001", "versions[0].rules.approval_limit"),
        ("      label_days: 14\n", "", "versions[0].rules.label_days"),
    ],
)
def test_a_fault_is_named_with_file_and_place(old: str, new: str, place: str) -> None:
    assert old in TEXT
    with pytest.raises(errors.BadInput) as caught:
        policy_file.parse(TEXT.replace(old, new, 1), "shop.yml")
    assert str(caught.value).startswith("shop.yml: ")
    assert place in str(caught.value)


@pytest.mark.parametrize("text", ["", "[1, 2]", "shop: [", "just words"])
def test_what_is_no_policy_at_all_is_refused(text: str) -> None:
    with pytest.raises(errors.BadInput):
        policy_file.parse(text)


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
