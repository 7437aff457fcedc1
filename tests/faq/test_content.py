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
    "return-window", "window-start", "how-to-return", "order-number-lost", "no-receipt", "lost-box", "item-condition",
    "worn-or-washed", "sale-items", "hygiene-items", "gift-cards", "electronics-opened", "restocking-fee",
    "who-pays-shipping", "drop-off", "print-label-no-printer", "label-expiry", "pickup", "return-in-store",
    "refund-time", "refund-method", "card-expired", "store-credit-bonus", "exchange-how", "exchange-price-difference",
    "exchange-out-of-stock", "damaged-item", "wrong-item", "missing-parts", "faulty-after-window", "gift-return",
    "international", "lost-parcel", "partial-return", "holiday-purchases", "cancel-order", "change-address",
    "approval-limit", "human-hours", "privacy", "price-match",
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


def test_every_entry_has_six_to_ten_wordings_and_a_title_that_fits_a_button(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        assert 6 <= len(entry.questions) <= 10, entry.key
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
    ("old", "new", "reason"),
    [
        ("---\ntitle", "title", "front matter"),
        ("title: Can", "titel: Can", "unknown field 'titel'"),
        ("title: Can I swim here?\n", "", "title must be a text"),
        ("title: Can I swim here?", "title: 7", "title must be a text"),
        ("title: Can I swim", f"title: {'very ' * 10}long", "fit on a button"),
        ("topic: swimming", "topic: sailing", "topic is 'sailing'"),
        ("  - is bathing allowed\n", "", "at least 3 wordings"),
        ("is bathing allowed", "may i go into the WATER?", "same wording twice"),
        ("  - is bathing allowed", "  - yes", r"questions\[1\] must be a text"),
        ("    say: When are you open?\n", "", r"follow_up\[0\] must have title and say"),
        ("say: When", "url: x\n    say: When", "nothing else"),
        ("title: Can", "title: [Can", "not YAML"),
        ("Yes, from {{ window_start }} on.", "", "no answer"),
        ("{{ window_start }}", "{{ window_begin }}", "no fact named window_begin"),
        ("{{ window_start }}", "{{ window_start", "the text cannot be read"),
        ("{{ window_start }}", "{{ window_start.upper() }}", "only {{ name }}"),
        ("{{ window_start }}", "{% for x in window_start %}{{ x }}{% endfor %}", "only {{ name }}"),
        ("{{ window_start }}", "{{ '30 days' }}", "only {{ name }}"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_reason(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in GOOD
    (tmp_path / "swimming.md").write_text(GOOD.replace(old, new))
    with pytest.raises(BadInput, match=rf"^swimming\.md: .*{reason}"):
        content.load(tmp_path, {"window_start"})


def test_two_entries_cannot_claim_the_same_wording(tmp_path: Path) -> None:
    (tmp_path / "swimming.md").write_text(GOOD)
    (tmp_path / "bathing.md").write_text(GOOD.replace("topic: swimming", "topic: bathing"))
    with pytest.raises(BadInput, match=r"swimming\.md: the wording .* already belongs to bathing\.md"):
        content.load(tmp_path)


def test_a_folder_without_entries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no entry"):
        content.load(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "swimming.md").write_bytes(GOOD.replace("Yes", "Ja, natürlich").encode("latin-1"))
    with pytest.raises(BadInput, match=r"swimming\.md: not UTF-8"):
        content.load(tmp_path)


@given(st.text(max_size=200))
def test_whatever_stands_in_a_file_it_is_read_or_refused(text: str) -> None:
    for source in (text, GOOD + text, f"---\n{text}\n---\nanswer"):
        with contextlib.suppress(BadInput):
            assert content.parse("swimming", source).title
