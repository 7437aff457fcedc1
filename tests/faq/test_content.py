"""Content files: what ours must keep to, and how a wrong file is refused."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq import content
from faq.entry import Entry
from kit.errors import BadInput

TOPICS = [
    "add-item", "approval-limit", "bot-or-person", "bought-elsewhere", "cancel-order", "cancel-refund",
    "cancel-return", "card-expired", "change-address", "change-return", "changed-mind", "come-back-later",
    "contact-ways", "coupon", "currency", "damaged-item", "deadline-counts", "delivered-not-here", "digital",
    "does-not-fit", "drop-off", "electronics-opened", "exchange-how", "exchange-other-product",
    "exchange-out-of-stock", "exchange-price-difference", "exchange-when-sent", "faulty-after-window",
    "faulty-item", "for-someone-else", "gift-card-paid", "gift-cards", "gift-return", "holiday-purchases",
    "how-often", "how-to-return", "human-hours", "hygiene-items", "incomplete-return", "inspection",
    "international", "invoice-copy", "item-condition", "keep-item", "label-expiry", "label-lost", "lost-box",
    "lost-parcel", "missing-parts", "more-time", "no-account", "no-receipt", "not-returnable", "not-as-described",
    "old-orders",
    "order-not-arrived", "order-number-lost", "original-shipping", "own-carrier", "packing", "partial-return",
    "personalised", "photo-proof", "pickup", "price-match", "print-label-no-printer", "privacy", "refund-amount",
    "refund-before-arrival", "refund-late", "refund-method", "refund-time", "refuse-delivery", "restocking-fee",
    "return-address", "return-in-store", "return-number", "return-refused", "return-updates", "return-window",
    "sale-items", "set-items", "split-payment", "store-credit-bonus", "store-credit-use", "tax", "track-order",
    "track-return", "two-orders-one-box", "unsafe-item", "waiting-time", "who-pays-shipping", "why-verify",
    "window-start", "withdrawal", "worn-or-washed", "wrong-item",
]  # fmt: skip

NUMBER_IN_WORDS = re.compile(
    r"\b(two|three|four|five|six|seven|ten|fourteen|thirty|sixty|ninety|half|hundred)\b"
    r"(?=\s+(business |working )?(day|week|month|year|hour|percent|dollar|euro))",
    re.IGNORECASE,
)

GOOD = """---
title: Can I swim here?
topic: swimming
questions:
  - May I go into the water?
  - is bathing allowed
  - where can one swim
follow_up:
  - title: Hours
    say: When are you open?
---
Yes, from {{ window_start }} on.
"""


def test_there_is_an_entry_for_every_topic(entries: tuple[Entry, ...]) -> None:
    assert sorted(entry.key for entry in entries) == sorted(TOPICS)


def test_no_number_of_the_policy_stands_in_an_answer(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", entry.body)
        assert not re.search(r"[\d%$€£]", text), entry.key
        assert not NUMBER_IN_WORDS.search(text), entry.key


def test_the_search_for_numbers_in_words_finds_them() -> None:
    assert NUMBER_IN_WORDS.search("You have thirty days.")
    assert not NUMBER_IN_WORDS.search("I show you both sums.")


def test_there_are_at_least_eighty_entries(entries: tuple[Entry, ...]) -> None:
    assert len(entries) >= 80


def test_every_entry_has_enough_wordings_and_a_title_that_fits_a_button(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        assert 8 <= len(entry.questions) <= 24, entry.key
        assert len(entry.title) <= content.TITLE_LENGTH, entry.key


def test_titles_are_told_apart_on_buttons(entries: tuple[Entry, ...]) -> None:
    assert len({entry.title.casefold() for entry in entries}) == len(entries)


def test_strangers_are_no_wordings_of_ours(entries: tuple[Entry, ...]) -> None:
    ours = {wording.casefold() for entry in entries for wording in entry.wordings}
    strangers = content.strangers()
    assert len(strangers) > 100
    assert not ours & {text.casefold() for text in strangers}


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "swimming.md").write_text(GOOD)
    (entry,) = content.load(tmp_path, {"window_start"})
    assert entry.key == "swimming"
    assert entry.title == "Can I swim here?"
    assert entry.questions[1] == "is bathing allowed"
    assert (entry.follow_up[0].title, entry.follow_up[0].say) == ("Hours", "When are you open?")
    assert entry.variables == {"window_start"}


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("---\ntitle", "title", 1, "front matter"),
        ("title: Can", "titel: Can", 2, "unknown field 'titel'"),
        ("title: Can I swim here?\n", "", 2, "title must be a text"),
        ("title: Can I swim here?", "title: 7", 2, "title must be a text"),
        ("title: Can I swim", f"title: {'very ' * 10}long", 2, "fit on a button"),
        ("topic: swimming", "topic: sailing", 3, "topic is 'sailing'"),
        ("  - is bathing allowed\n", "", 4, "at least 3 wordings"),
        ("is bathing allowed", "may i go into the WATER?", 6, "same wording twice"),
        ("  - is bathing allowed", "  - yes", 6, r"questions\[1\] must be a text"),
        ("    say: When are you open?\n", "", 9, r"follow_up\[0\] must have title and say"),
        ("say: When", "url: x\n    say: When", 9, "nothing else"),
        ("title: Can", "title: [Can", 2, "not YAML"),
        ("topic: swimming", "topic: swimming: yes", 3, "not YAML"),
        ("Yes, from {{ window_start }} on.", "", 11, "no answer"),
        ("{{ window_start }}", "{{ window_begin }}", 12, "no fact named window_begin"),
        ("Yes, from {{ window_start }}", "Yes.\n\nFrom {{ window_begin }}", 14, "no fact named window_begin"),
        ("{{ window_start }}", "{{ window_start", 12, "the text cannot be read"),
        ("Yes, from", "Yes.\n\nFrom {{ shop.name }}", 14, "only {{ name }}"),
        ("{{ window_start }}", "{{ window_start.upper() }}", 12, "only {{ name }}"),
        ("{{ window_start }}", "{% for x in window_start %}{{ x }}{% endfor %}", 12, "only {{ name }}"),
        ("{{ window_start }}", "{{ '30 days' }}", 12, "only {{ name }}"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_the_reason(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    assert old in GOOD
    (tmp_path / "swimming.md").write_text(GOOD.replace(old, new))
    with pytest.raises(BadInput, match=rf"^swimming\.md:{line}: .*{reason}"):
        content.load(tmp_path, {"window_start"})


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "swimming.md").write_text(GOOD.replace("{{ window_start }}", "{{ shore }}"))
    (tmp_path / "sailing.md").write_text(GOOD)
    with pytest.raises(BadInput) as refused:
        content.load(tmp_path, {"window_start"})
    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()] == ["sailing.md:3", "swimming.md:12"]


def test_two_entries_cannot_claim_the_same_wording(tmp_path: Path) -> None:
    (tmp_path / "swimming.md").write_text(GOOD)
    (tmp_path / "bathing.md").write_text(GOOD.replace("topic: swimming", "topic: bathing"))
    with pytest.raises(BadInput, match=r"swimming\.md:2: the wording .* already belongs to bathing\.md"):
        content.load(tmp_path)


def test_a_folder_without_entries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no entry"):
        content.load(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "swimming.md").write_bytes(GOOD.replace("Yes", "Ja, natürlich").encode("latin-1"))
    with pytest.raises(BadInput, match=r"swimming\.md:12: not UTF-8"):
        content.load(tmp_path)


@given(st.text(max_size=200))
def test_whatever_stands_in_a_file_it_is_read_or_refused(text: str) -> None:
    for source in (text, GOOD + text, f"---\n{text}\n---\nanswer"):
        with contextlib.suppress(BadInput):
            assert content.parse("swimming", source).title
