"""A bare yes or no to what the desk offered by itself: "if you need longer, just say so"."""

from actions import finer
from actions.call import Call, Want
from conversations import repository as conversations
from conversations import topics
from conversations.message import Author

_OURS = (Author.BOT, Author.SYSTEM, Author.AGENT)
_ENTITY_OF = {"order_number": "order_id", "rma": "rma"}


async def offered(call: Call) -> Want | None:
    """Return the want that a yes to the newest notice stands for; None when it offered nothing, or is not the last
    thing that the customer was told before they wrote."""
    topic = topics.of(call.conversation)
    if topic is None or not topic.offer or not await is_last(call):
        return None
    named = tuple({"entity": _ENTITY_OF[name], "value": value} for name, value in topic.evidence.items())
    return finer.want_of(Want("request_label", topic.offer, named))


async def is_last(call: Call) -> bool:
    """Tell whether a notice is the last thing that the customer was told before they wrote."""
    topic = topics.of(call.conversation)
    last = await conversations.newest_of_each(call.session, [call.conversation.id], *_OURS)
    said = await conversations.message(call.session, call.room.message_id)
    newest = last.get(call.conversation.id)
    return bool(topic and newest and said and newest.seq == topic.seq < said.seq)
