"""A customer of the running house, who talks over the web chat API as any client does."""

import re
import uuid
from typing import Any

import httpx

Message = dict[str, Any]


class Customer:
    """One browser's conversation; keeps what has been said."""

    def __init__(self, url: str, **session: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60)
        opened = self._client.post("/api/chat/v1/sessions", json=session).raise_for_status().json()
        self.token = opened["token"]
        self._client.headers["Authorization"] = f"Bearer {self.token}"
        self.messages: list[Message] = opened["messages"]

    def say(self, text: str) -> list[Message]:
        """Write something; returns what came back for it."""
        return self._send({"text": text})

    def press(self, title: str) -> list[Message]:
        """Press the button or card of the newest message whose title begins so."""
        return self._send({"payload": self.token_of(title)})

    def choose(self, **quantities: int) -> list[Message]:
        """Choose item cards by a word of their title, with how many: `choose(mug=2)`."""
        cards = {card["title"].casefold(): card["payload"] for card in self.newest("cards")["cards"]}
        chosen = [
            f"{payload}*{quantity}"
            for word, quantity in quantities.items()
            for title, payload in cards.items()
            if word.casefold() in title
        ]
        assert len(chosen) == len(quantities), (quantities, list(cards))
        return self._send({"payload": " ".join(chosen)})

    def send_file(self, name: str, data: bytes) -> list[Message]:
        """Upload a file; returns what came back for it."""
        form = {"client_message_id": str(uuid.uuid4())}
        files = {"file": (name, data)}
        self._client.post("/api/chat/v1/attachments", params={"wait": 30}, data=form, files=files).raise_for_status()
        self.read()
        last = max(i for i, m in enumerate(self.messages) if m["author"] == "customer")
        return self.messages[last + 1 :]

    def token_of(self, title: str) -> str:
        """Return the token behind a button or card of the newest message that has any."""
        message = self.newest("buttons", "cards")
        shown = [*message["buttons"], *message["cards"]]
        for entry in shown:
            if entry.get("payload") and entry["title"].casefold().startswith(title.casefold()):
                return str(entry["payload"])
        raise AssertionError(f"no button {title!r} among {[entry['title'] for entry in shown]}: {message['text']}")

    def post(self, body: dict[str, Any], wait: int = 0) -> httpx.Response:
        """Send a raw message body."""
        body = {"client_message_id": str(uuid.uuid4()), **body}
        return self._client.post("/api/chat/v1/messages", params={"wait": wait}, json=body)

    def read(self, wait: int = 0) -> dict[str, Any]:
        """Fetch what is new and keep it."""
        after = self.messages[-1]["seq"] if self.messages else 0
        news = (
            self._client.get("/api/chat/v1/messages", params={"after": after, "wait": wait}).raise_for_status().json()
        )
        self.messages += news["messages"]
        return dict(news)

    def transcript(self) -> list[Message]:
        """Fetch the whole transcript."""
        return list(
            self._client.get("/api/chat/v1/messages", params={"after": 0}).raise_for_status().json()["messages"]
        )

    def newest(self, *parts: str) -> Message:
        """Return the newest message of the bot's that has one of these parts."""
        for message in reversed(self.messages):
            if message["author"] == "bot" and (not parts or any(message[part] for part in parts)):
                return message
        raise AssertionError(f"no message with {parts}")

    @property
    def heard(self) -> str:
        """All that came back for the last message, as one text."""
        last = max((i for i, m in enumerate(self.messages) if m["author"] == "customer"), default=-1)
        return "\n".join(message["text"] for message in self.messages[last + 1 :])

    @property
    def asked_for(self) -> str | None:
        """The slot that the newest message of the bot's asks for."""
        expects = self.newest()["expects"]
        return str(expects["slot"]) if expects else None

    def rma(self) -> str:
        """Return the newest return number that was said."""
        found = re.findall(r"RMA-\d{4}-\d{4}", "\n".join(message["text"] for message in self.messages))
        assert found, self.heard
        return str(found[-1])

    def _send(self, body: dict[str, Any]) -> list[Message]:
        self.post(body, wait=30).raise_for_status()
        self.read()
        last = max(i for i, m in enumerate(self.messages) if m["author"] == "customer")
        return self.messages[last + 1 :]
