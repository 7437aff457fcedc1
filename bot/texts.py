"""What the desk says by itself, without the brain: about buttons that no longer work, and about trouble on our side."""

from conversations.buttons import Validity
from conversations.message import Choice

BUTTON = {
    Validity.USED: "I already have that answer. Please go on with the newest message.",
    Validity.OLD: "That button belongs to an earlier question, so nothing changed. Please answer the newest message.",
    Validity.UNKNOWN: "I don't know that button, so nothing changed. Please use the newest message, or type.",
}
KEPT = (
    "Thank you, I've kept your file with this conversation, and a person on our team can see it here. "
    "I can't look inside files myself, so please also answer in words or with a button."
)
EMPTY = "That message reached me empty. Could you write it again?"
TROUBLE = "Sorry, something on our side isn't answering right now. I have your message and keep trying."
STATE_LOST = "I've been updated meanwhile and lost my place, sorry. Nothing was changed; let's start again from here."
PERSON_BUTTON = {"title": "Talk to a person", "choice": Choice("talk_to_human").to_json()}
WELCOME = (
    "Hello, I'm the returns assistant of {shop}. I can start a return or exchange, tell you where a refund or an order "
    "is, and answer questions about our policy. What can I do for you?"
)
WELCOME_CHOICES = (
    ("Start a return", "start_return"),
    ("Where is my refund?", "refund_status"),
    ("Where is my order?", "order_status"),
    ("Talk to a person", "talk_to_human"),
)
