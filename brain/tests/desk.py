"""A desk of a few lines: answers the tiny bot's action calls over HTTP and remembers what it was asked."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Desk:
    """`broken`: status that every call gets; `slow`: seconds that a call takes when its text says "slowly"."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    broken: int | None = None
    nonsense: bool = False
    slow: float = 0.0

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """Return events and responses of one action."""
        tracker, name = call["tracker"], call["next_action"]
        message = tracker["latest_message"]
        if "slowly" in (message.get("text") or ""):
            time.sleep(self.slow)
        if self.nonsense:
            return {"events": "none"}
        if name == "validate_return_form":
            return {"events": [*_filled(message)], "responses": []}
        if name == "action_submit":
            slots = tracker["slots"]
            return {"events": [], "responses": [{"text": f"done {slots['order']} {slots['resolution']}"}]}
        if name == "action_answer":
            note = {"event": "slot", "name": "note", "value": message["metadata"].get("mark"), "timestamp": None}
            return {"events": [note], "responses": [{"text": f"answer to {message['text']}"}]}
        return {"events": [], "responses": []}


def _filled(message: dict[str, Any]) -> list[dict[str, Any]]:
    slots = {"order_id": "order", "resolution": "resolution"}
    return [
        {"event": "slot", "name": slots[one["entity"]], "value": one["value"], "timestamp": None}
        for one in message["entities"]
        if one["entity"] in slots
    ]


def start(desk: Desk) -> ThreadingHTTPServer:
    """Serve the desk on a free port in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            desk.calls.append(call)
            desk.headers.append(dict(self.headers))
            desk.connections.add(self.client_address[1])
            body = json.dumps(desk.answer(call)).encode()
            self.send_response(desk.broken or 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
