"""Ask how it was, once for each handled episode, and take the answer."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import web_sessions
from casework.desk import Desk
from conversations import buttons, outbox, transcript
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Author, Choice, Draft, Message
from handoff import surveys, texts
from handoff.surveys import Survey
from handoff.ticket import Ticket

ALREADY_ASKED = "already asked in this conversation"
NOBODY_ANSWERED = "no agent has answered"
SESSION_ENDED = "the chat session has ended"
_RATINGS = tuple(
    {"title": str(rating), "choice": Choice(surveys.RATE, "rating", rating).to_json(), "lasting": True}
    for rating in range(1, 6)
)
_PERSON = {"title": "Talk to a person", "choice": Choice("talk_to_human").to_json(), "lasting": True}
_POOR = 2
"""A rating of at most so much means that the customer was not helped."""
_NO_COMMENT = {"title": "No, that's all", "choice": Choice(surveys.NO_COMMENT, "comment").to_json(), "lasting": True}


async def ask(session: AsyncSession, desk: Desk, ticket: Ticket, agent_name: str) -> bool:
    """Ask how the help was, unless it was asked before or nobody has helped; False with the reason kept then."""
    now = desk.clock.now()
    conversation = await conversations.lock(session, ticket.conversation_id)
    skipped = NOBODY_ANSWERED if ticket.first_response_at is None else await unreachable(session, desk, conversation)
    survey = surveys.draft(conversation.id, ticket.id, agent_name, now, skipped)
    if not await surveys.open_(session, survey, conversation.episode_id):
        again = surveys.draft(conversation.id, ticket.id, agent_name, now, ALREADY_ASKED)
        await surveys.open_(session, again, conversation.episode_id)
        return False
    if skipped:
        return False
    text = texts.with_name(desk.handoff.texts.survey, agent_name)
    await _say(session, desk, conversation, Draft(text, buttons=_RATINGS, expects=_expects("rating", "choice")))
    return True


async def unreachable(session: AsyncSession, desk: Desk, conversation: Conversation) -> str | None:
    """Return why the customer could not answer a question on this channel any more; None when they can."""
    newest = await conversations.newest_of(session, conversation.id, Author.CUSTOMER)
    signs = [moment for moment in (newest and newest.created_at, conversation.customer_seen_at) if moment]
    kept_for = timedelta(days=desk.settings.session_days)
    if conversation.channel == web_sessions.CHANNEL and signs and desk.clock.now() - max(signs) >= kept_for:
        return SESSION_ENDED
    return None


async def receive(session: AsyncSession, desk: Desk, conversation: Conversation, message: Message) -> bool:
    """Take a message that answers a survey; False when it is about something else."""
    if message.press is not None:
        return await _press(session, desk, conversation, message)
    survey = await surveys.waiting(session, conversation.id)
    if survey is None or not message.text:
        return False
    asked_last = await _asked_last(session, conversation)
    if survey.awaits == surveys.RATING:
        taken = asked_last and await _take_rating(session, desk, conversation, (survey, message.text))
    else:
        words = message.text if asked_last else ""
        taken = await _take_comment(session, desk, conversation, (survey, words))
    if taken:
        await transcript.mark_answered(session, message)
    return taken


async def _take_rating(session: AsyncSession, desk: Desk, conversation: Conversation, said: tuple[Survey, str]) -> bool:
    """Take words that follow the question for a rating; False when they are about something else."""
    survey, words = said
    rating, both = surveys.rating_in(words), surveys.rating_and_comment_in(words)
    if rating is not None:
        await _rate(session, desk, conversation, (survey, rating))
    elif both is not None:
        await surveys.rate(session, survey.id, both[0], desk.clock.now())
        await _end(session, desk, conversation, (survey, both[0]), both[1])
    elif surveys.declines(words):
        await surveys.close(session, survey.id)
        await _say(session, desk, conversation, Draft(desk.handoff.texts.survey_skipped))
    else:
        return False
    return True


async def _take_comment(
    session: AsyncSession, desk: Desk, conversation: Conversation, said: tuple[Survey, str]
) -> bool:
    """Take words that follow a rating; False when the assistant is to answer them (a comment is kept even then)."""
    survey, words = said
    corrected = surveys.rating_in(words) if words else None
    if corrected is not None:
        await _rate(session, desk, conversation, (survey, corrected))
        return True
    if words and surveys.says_nothing(words):
        await _end(session, desk, conversation, (survey, survey.rating), None)
        return True
    comment = words if words and surveys.is_comment(words) else None
    if comment is None or surveys.also_wants(words):
        await surveys.close(session, survey.id, comment)
        return False
    await _end(session, desk, conversation, (survey, survey.rating), comment)
    return True


async def _end(
    session: AsyncSession,
    desk: Desk,
    conversation: Conversation,
    rated: tuple[Survey, int | None],
    comment: str | None,
) -> None:
    """End a survey with thanks; whoever was not helped well is offered a person again."""
    survey, rating = rated
    await surveys.close(session, survey.id, comment)
    if rating is not None and rating <= _POOR:
        await _say(session, desk, conversation, Draft(desk.handoff.texts.survey_sorry, buttons=(_PERSON,)))
    else:
        await _say(session, desk, conversation, Draft(desk.handoff.texts.survey_thanks))


async def _press(session: AsyncSession, desk: Desk, conversation: Conversation, message: Message) -> bool:
    """Take a pressed rating; other buttons are left alone."""
    meant = await buttons.meaning_of(session, conversation.id, message.press or "")
    if meant is None or meant.intent not in (surveys.RATE, surveys.NO_COMMENT):
        return False
    press = await buttons.read(session, conversation, message.press or "", desk.clock.now())
    await transcript.set_pressed(session, message, press.title, [choice.to_json() for choice in press.choices])
    survey = await surveys.waiting(session, conversation.id)
    if meant.intent == surveys.RATE and survey and survey.awaits == surveys.RATING:
        await _rate(session, desk, conversation, (survey, int(meant.value)))
    elif meant.intent == surveys.RATE:
        await _say(session, desk, conversation, Draft(desk.handoff.texts.survey_known))
    else:
        if survey:
            await _end(session, desk, conversation, (survey, survey.rating), None)
        else:
            await _say(session, desk, conversation, Draft(desk.handoff.texts.survey_thanks))
    await transcript.mark_answered(session, message)
    return True


async def _rate(session: AsyncSession, desk: Desk, conversation: Conversation, given: tuple[Survey, int]) -> None:
    survey, rating = given
    await surveys.rate(session, survey.id, rating, desk.clock.now())
    text = desk.handoff.texts.survey_comment
    await _say(session, desk, conversation, Draft(text, buttons=(_NO_COMMENT,), expects=_expects("comment", "text")))


async def _asked_last(session: AsyncSession, conversation: Conversation) -> bool:
    """Tell whether the survey's question is the last thing that was said to the customer."""
    last = await conversations.newest_of_each(session, [conversation.id], Author.BOT, Author.SYSTEM, Author.AGENT)
    expects = last[conversation.id].content.get("expects") if conversation.id in last else None
    return expects is not None and expects["slot"] in ("rating", "comment")


async def _say(session: AsyncSession, desk: Desk, conversation: Conversation, draft: Draft) -> None:
    sender = outbox.Sender(Author.SYSTEM, conversation.owner_counter)
    await outbox.send(session, conversation.id, [draft], sender, desk.clock.now())


def _expects(slot: str, kind: str) -> dict[str, str]:
    return {"slot": slot, "input": kind}


async def of(session: AsyncSession, conversation_id: UUID) -> list[Survey]:
    """Return the surveys of a conversation, oldest first."""
    return await surveys.of(session, conversation_id)
