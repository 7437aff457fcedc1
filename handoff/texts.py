"""What the customer is told at each change of owner; the words are part of the change."""

from handoff.ticket import Outcome, Reason

_WHY = {
    Reason.ASKED_FOR: "I'm bringing in a person from our team.",
    Reason.COMPLAINT: "I'm sorry about this. I'm bringing in a person from our team who can put it right.",
    Reason.BOT_FAILED: "I don't want to keep you going in circles, so I'm bringing in a person from our team.",
    Reason.BRAIN_DOWN: "Something on our side isn't working, so I'm bringing in a person from our team.",
    Reason.POLICY: "A person on our team decides this one, so I'm passing it on to them now.",
    Reason.IDENTITY: "I couldn't match those details, so I'm bringing in a person from our team to look.",
}

_OUTCOME = {
    Outcome.WAITING_FOR_GOODS: "We are now waiting for the goods to arrive.",
}


def queued(reason: Reason, place: int) -> str:
    """Say that a person is coming, and the place in the queue."""
    position = "You are next." if place == 1 else f"You are number {place} in the queue."
    return f"{_WHY[reason]} {position} They will see everything we wrote here, and you can add more while you wait."


def joined(agent_name: str) -> str:
    """Say who has joined."""
    return f"{agent_name} has joined and is reading the conversation."


def handed_back(agent_name: str, outcome: Outcome, line: str) -> str:
    """Say that the bot is back, with the outcome and the agent's line on it."""
    parts = [
        f"{agent_name} has left the conversation.",
        _OUTCOME.get(outcome, ""),
        line.strip(),
        "I'm the assistant, back to help.",
    ]
    return " ".join(part for part in parts if part)
