"""What stands in the open conversation, without a browser: rows, head, reply box and questions as plain data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from casework import proposal_words
from casework.brief import Who
from console import forecast, handover_dialogs, headline, reply_box, return_acts
from console.forecast import Outlook
from console.moments import Wall
from console.transcript import Row, Story, Style, hidden_address, rows
from conversations.conversation import Conversation, Owner
from conversations.mails import MailState, StoredMail
from conversations.message import Author, Message, State
from handoff.agent import Agent, Role
from handoff.held import HeldReply, HeldState
from handoff.notes import Note
from handoff.surveys import Survey
from handoff.ticket import Outcome, Reason, Stage, Ticket
from kit import ids
from store.returns import Return, ReturnLine
from tests.store import made

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
WALL = Wall("America/Los_Angeles", NOW)
STYLE = Style(WALL, timedelta(hours=24), 0.6, 0.9, lambda one: f"https://desk.example.com/attachments/{one}")
HERE = UUID(int=7)
DOLLARS = proposal_words.saying(made.book().shop, "USD")


def message(seq: int, author: Author = Author.CUSTOMER, text: str = "hello", **more: Any) -> Message:
    agent = "Ana Lopes" if author is Author.AGENT else None
    state = State.ANSWERED if author is Author.CUSTOMER else State.DELIVERED
    at = NOW - timedelta(minutes=60 - seq)
    return replace(
        Message(ids.new_id(), HERE, seq, author, agent, text, {}, state, "web", 0, at),
        **more,
    )


def ticket(**more: Any) -> Ticket:
    empty = dict.fromkeys(Ticket.__dataclass_fields__)
    known = {
        "id": UUID(int=1), "conversation_id": HERE, "reason": Reason.MOOD, "detail": "“useless”", "trigger": {},
        "priority": 1, "stage": Stage.QUEUED, "language": "en", "skills": (), "callback": False,
        "contact_wanted": False, "alarms": 0, "requested_at": NOW - timedelta(minutes=9),
    }  # fmt: skip
    return Ticket(**{**empty, **known, **more})


def conversation(owner: Owner = Owner.AGENT, agent_name: str | None = "Ana Lopes", **more: Any) -> Conversation:
    name = agent_name if owner is Owner.AGENT else None
    made = Conversation(HERE, "web", "visitor", "en", owner, 3, name, {}, None, 0, UUID(int=2), 9, NOW)
    return replace(made, **more)


def agent(name: str = "Ana Lopes", role: Role = Role.AGENT) -> Agent:
    return Agent(UUID(int=3), "a@example.com", name, role, None, ("en",), (), 6, True, NOW, {}, False)


def only(found: list[Row]) -> Row:
    (row,) = found
    return row


def text_of(row: Row) -> str:
    return "".join(part["text"] for part in row["parts"])


def test_words_that_led_to_a_mood_are_marked_where_the_customer_wrote_them() -> None:
    reading = {"score": 0.93, "words": ["useless", "third time"], "rule": "mood.head", "reason": "mood"}
    row = only(rows(Story([message(1, text="The third time, USELESS answers")], ticket=None), STYLE))
    assert row["mood"] is None
    row = only(rows(Story([message(1, text="The third time, USELESS answers", mood=reading)]), STYLE))
    assert [part["text"] for part in row["parts"] if "marked" in part] == ["third time", "USELESS"]
    assert row["mood"]["title"] == "Very upset"
    assert row["mood"]["why"] == "“useless”, “third time” · rule mood.head · 0.93"


@pytest.mark.parametrize(
    ("reading", "title"),
    [
        ({"score": 0.59, "rule": "mood.head"}, None),
        ({"score": 0.6, "rule": "mood.head"}, "Upset"),
        ({"score": 0.2, "rule": "legal.threat", "reason": "legal"}, "Legal threat"),
        ({"score": 0.1, "rule": "safety.injury", "reason": "safety"}, "Safety"),
    ],
)
def test_a_calm_message_bears_no_mark_and_a_threat_does_however_calm_it_sounds(
    reading: dict[str, Any], title: str | None
) -> None:
    row = only(rows(Story([message(1, mood=reading)]), STYLE))
    assert (row["mood"] or {}).get("title") == title


def test_an_address_is_a_link_in_what_we_wrote_and_never_in_what_a_customer_wrote() -> None:
    words = "See https://shop.example.com/returns, please."
    theirs, ours = rows(Story([message(1, text=words), message(2, Author.BOT, words)]), STYLE)
    assert theirs["parts"] == [{"text": words}]
    assert [part.get("href") for part in ours["parts"]] == [None, "https://shop.example.com/returns", None]
    assert text_of(ours) == words


def test_the_message_that_brought_a_person_says_so() -> None:
    story = Story([message(1), message(2)], ticket=ticket(trigger={"seq": 2}))
    assert [row["called"] for row in rows(story, STYLE)] == ["", "This is why you were called: upset"]


def test_it_names_the_rule_of_the_shops_file_that_brought_them() -> None:
    trigger = {"seq": 1, "words": ["useless"], "rule": "mood.head", "escalation": "mood.at_once", "score": 0.97}
    row = only(rows(Story([message(1)], ticket=ticket(trigger=trigger)), STYLE))
    assert row["called"] == "This is why you were called: upset · rule mood.at_once"


def test_the_chosen_button_is_marked_among_those_that_were_offered() -> None:
    offered = {"buttons": [{"title": "Yes", "payload": "aaaaaa"}, {"title": "No", "payload": "bbbbbb"}]}
    story = Story([message(1, Author.BOT, content=offered), message(2, text="No", press="bbbbbb*1")])
    chips = rows(story, STYLE)[0]["chips"]
    assert [(chip["title"], chip["pressed"]) for chip in chips] == [("Yes", False), ("No", True)]


def test_a_message_that_went_by_e_mail_says_where_and_whether_it_arrived() -> None:
    mail = StoredMail(
        ids.new_id(), "k", HERE, "maya.torres@example.com", "s", {"seqs": [1]}, MailState.SENT, 1, None, NOW, NOW
    )
    said = [message(1, Author.AGENT, state=State.QUEUED)]
    states = [
        only(rows(Story(said, mails=[replace(mail, state=state)]), STYLE))["state"]
        for state in (MailState.QUEUED, MailState.SENT, MailState.FAILED)
    ]
    assert states == [
        "Goes by e-mail to m…s@example.com",
        "E-mailed to m…s@example.com",
        "E-mail to m…s@example.com failed",
    ]


def test_an_e_mail_that_failed_says_why_and_stands_out_like_a_message_that_failed() -> None:
    why = "550 5.1.1 maya.torres@example.com:\n  mailbox unknown"
    mail = StoredMail(
        ids.new_id(), "k", HERE, "maya.torres@example.com", "s", {"seqs": [1]}, MailState.FAILED, 5, why, NOW, None
    )
    row = only(rows(Story([message(1, Author.AGENT, state=State.QUEUED)], mails=[mail]), STYLE))
    assert row["state"] == "E-mail to m…s@example.com failed: 550 5.1.1 m…s@example.com: mailbox unknown"
    assert row["failed"]


def test_of_an_address_a_passer_by_learns_little() -> None:
    assert hidden_address("maya.torres@example.com") == "m…s@example.com"
    assert hidden_address("m@example.com") == "…@example.com"
    assert hidden_address("+15035550142") == "…0142"


def test_notes_and_surveys_stand_where_they_were_written() -> None:
    note = Note(ids.new_id(), 1, "Ben Okafor", "known fault", NOW)
    survey = Survey(ids.new_id(), HERE, UUID(int=1), "Ana Lopes", None, None, 4, "quick", NOW, NOW)
    found = rows(Story([message(1), message(2)], [note], [survey]), STYLE)
    assert [row["kind"] for row in found] == ["said", "note", "said", "survey"]
    assert text_of(found[3]) == "Rated 4 of 5 for Ana Lopes: “quick”"
    late = replace(survey, answered_at=NOW + timedelta(hours=1))
    assert rows(Story([message(1), message(2)], surveys=[late]), STYLE)[-1]["time"] == STYLE.wall.time(late.answered_at)
    skipped = replace(survey, rating=None, comment=None, skipped="no agent has answered")
    assert text_of(rows(Story([message(1)], (), [skipped]), STYLE)[1]) == "Not asked how it was: no agent has answered"


def test_a_pause_of_a_day_begins_a_new_conversation_on_the_screen() -> None:
    found = rows(Story([message(1, created_at=NOW - timedelta(hours=25)), message(2, created_at=NOW)]), STYLE)
    assert [row["episode"] for row in found] == [False, True]
    assert [row["day"] for row in found] == ["Yesterday", "Today"]


def test_the_tail_of_a_transcript_gives_the_same_rows_as_the_whole() -> None:
    said = [message(seq) for seq in range(1, 9)]
    said[5] = replace(said[5], created_at=NOW)
    notes = [Note(ids.new_id(), 2, "Ben", "old", NOW), Note(ids.new_id(), 7, "Ben", "new", NOW)]
    whole = rows(Story(said, notes), STYLE)
    tail = rows(Story(said[4:], notes), STYLE, after=5)
    assert tail == [row for row in whole if row["seq"] > 5]


def test_files_are_opened_by_a_link_that_ends() -> None:
    content = {"attachments": [{"id": str(HERE), "media_type": "image/png", "name": "left.png"}]}
    (file,) = only(rows(Story([message(1, text="", content=content)]), STYLE))["files"]
    assert file == {"name": "left.png", "url": f"https://desk.example.com/attachments/{HERE}", "picture": True}


@pytest.mark.parametrize(
    ("has_it", "role", "acts", "may_write", "act"),
    [
        (conversation(), Role.AGENT, ("transfer", "finish"), True, ""),
        (conversation(Owner.QUEUE), Role.AGENT, ("claim",), False, "claim"),
        (conversation(Owner.BOT), Role.AGENT, ("take_over",), False, "take_over"),
        (conversation(agent_name="Ben Okafor"), Role.AGENT, (), False, ""),
        (conversation(agent_name="Ben Okafor"), Role.SUPERVISOR, ("take_over",), False, "take_over"),
    ],
)
def test_only_who_has_a_conversation_writes_in_it(
    has_it: Conversation, role: Role, acts: tuple[str, ...], may_write: bool, act: str
) -> None:
    me = agent(role=role)
    right = reply_box.right_of(me, has_it, waits=True)
    assert headline.acts_of(has_it, ticket(), me) == acts
    assert (right.open, right.act) == (may_write, act)
    assert right.open or right.reason.endswith(".")


def test_the_head_says_who_it_is_whether_they_are_here_and_what_is_due() -> None:
    here = conversation(customer_seen_at=NOW - timedelta(seconds=20))
    late = ticket(stage=Stage.CLAIMED, agent_name="Ana Lopes", first_response_due=NOW - timedelta(minutes=4))
    head = headline.head_of(here, late, None, agent(), WALL)
    assert (head.customer, head.proof, head.presence, head.owner) == (
        "Customer",
        "not verified",
        "here now",
        "with you",
    )
    assert head.clock == headline.Clock("Answer 4 min late", late=True)
    gone = replace(here, customer_seen_at=NOW - timedelta(minutes=5))
    who = Who(UUID(int=4), "Maya Torres", "m@example.com", None, "standard", "order", 1, 0)
    head = headline.head_of(
        gone, replace(late, first_response_at=NOW, resolution_due=NOW + timedelta(hours=2)), who, agent(), WALL
    )
    assert (head.customer, head.proof, head.presence) == ("Maya Torres", "", "left 5 min ago")
    assert head.clock == headline.Clock("Solution due in 2 h", late=False)


def test_a_stale_reply_warns_of_what_its_writer_had_not_seen() -> None:
    held = HeldReply(ids.new_id(), HERE, "Ana Lopes", "On its way", (), 4, HeldState.STALE, NOW)
    shown = reply_box.held_of([(held, [message(5, text="my money instead")])], 5, "Maya Torres", WALL)
    assert shown.rows[0]["missed"] == [{"time": "09:05", "name": "Maya Torres", "text": "my money instead"}]
    assert shown.warned_up_to == 5


def test_the_answers_that_were_found_are_offered_and_a_calm_nothing_is_not() -> None:
    answers = [{"question": "Who pays?", "answer": "We do.", "score": 0.9}, {"question": "x" * 90, "answer": "y"}]
    offered = reply_box.suggestions_of(message(1, mood={"score": 0.1, "answers": answers}))
    assert offered[0] == {"question": "Who pays?", "answer": "We do."}
    assert len(offered[1]["question"]) == 70
    assert reply_box.suggestions_of(None) == reply_box.suggestions_of(message(1)) == []


def waiting_return() -> Return:
    amount = Decimal("89.00")
    line = ReturnLine(UUID(int=5), 1, "defective", "refund", amount, name="Camera")
    return Return(
        UUID(int=6), "RMA-4829-1563", UUID(int=7), UUID(int=8), "requested", "none", "open", "refund", "drop_off_qr",
        amount, Decimal("0.00"), "USD", NOW, (line,),
    )  # fmt: skip


def test_each_question_shows_the_words_that_the_customer_will_read() -> None:
    told = f"Ana Lopes could not approve it: {return_acts.TO_BE_WRITTEN}. Please don't send anything."
    refuse = return_acts.question_of("refuse", waiting_return(), Outlook(here=told), DOLLARS)
    assert refuse.danger
    assert refuse.told is not None
    assert refuse.told("") == "Ana Lopes could not approve it: … Please don't send anything."
    assert refuse.told("It was\n used") == "Ana Lopes could not approve it: It was used. Please don't send anything."
    assert refuse.told("Why so late?") == "Ana Lopes could not approve it: Why so late? Please don't send anything."
    notice = return_acts.question_of("approve", waiting_return(), Outlook(notice="It is approved."), DOLLARS)
    assert notice.told is not None
    assert (notice.told(""), notice.told_as) == ("It is approved.", forecast.NOTICE)


def test_a_question_says_when_the_customer_is_not_told() -> None:
    for act in set(return_acts.TITLES) - {"change"}:  # which has a dialog of its own
        question = return_acts.question_of(act, waiting_return(), Outlook(), DOLLARS)
        assert question.told is None
        assert "The customer is not told." in question.lines


def test_an_outcome_says_which_returns_it_decides() -> None:
    waiting = [waiting_return()]
    assert handover_dialogs.decided_lines(Outcome.APPROVED, waiting) == [
        "RMA-4829-1563: approved, and the customer gets the label."
    ]
    assert "still waits" in handover_dialogs.decided_lines(Outcome.INFORMED, waiting)[0]
    assert handover_dialogs.decided_lines(Outcome.REFUSED, []) == ["No return waits for a decision; none is changed."]
    here, other = handover_dialogs.decided_lines(Outcome.APPROVED, [], ["RMA-1111-2222"])
    assert here == "No return of this conversation waits for a decision; none is changed."
    assert other.startswith("RMA-1111-2222: waits too, from an earlier conversation, and is not decided by this.")


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "just now"), (90, "1 min ago"), (7200, "2 h ago"), (3 * 86400, "3 days ago")]
)
def test_a_moment_is_told_in_one_unit(seconds: int, said: str) -> None:
    assert WALL.ago(NOW - timedelta(seconds=seconds)) == said
