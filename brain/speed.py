"""Measures how long a brain takes to train, to start and to answer, in processes of their own."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from encoder import Encoder, pack


def measure(root: Path) -> list[str]:
    """Train, start and talk to a brain in processes of their own, and return what it took."""
    environment = {**os.environ, "PYTHONPATH": str(root.resolve())}  # noqa: TID251  (passed on to the processes)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.tar.gz"
        begun = time.perf_counter()
        training = [sys.executable, "-m", "brain.train", "--root", str(root), "--out", str(model)]
        subprocess.run(training, check=True, env=environment, capture_output=True)
        trained = time.perf_counter() - begun
        desk = _desk()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            number = free.getsockname()[1]
        url = f"http://127.0.0.1:{desk.server_address[1]}/"
        begun = time.perf_counter()
        arguments = ["--model", str(model), "--port", str(number), "--actions-url", url]
        arguments += ["--endpoints", str(root / "endpoints.yml")]
        process = subprocess.Popen([sys.executable, "-m", "brain.serve", *arguments], env=environment)
        try:
            return _talk(number, process, begun, trained)
        finally:
            process.terminate()
            process.wait(20)
            desk.shutdown()


def _talk(port: int, process: "subprocess.Popen[bytes]", begun: float, trained: float) -> list[str]:
    encoder = Encoder()
    text = "I'd like to return the blue mug from #H204518, it is too small"
    sent = {"text": text, "vector": pack(encoder.encode(text))}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while process.poll() is None:
        try:
            _turn(connection, text, [sent])
            break
        except OSError:
            connection.close()
            time.sleep(0.05)
    first = time.perf_counter() - begun
    times = {"with the desk's vectors": [sent], "encoding itself": []}
    lines = [
        "",
        "| what | measured |",
        "|---|---|",
        f"| training | {trained:.0f} s |",
        f"| start to first answer | {first:.1f} s |",
    ]
    for name, vectors in times.items():
        taken = [_turn(connection, text, vectors) for _ in range(120)][20:]
        ordered = f"{statistics.median(taken):.1f} / {sorted(taken)[94]:.1f} ms"
        lines.append(f"| a turn with one action call, {name} (p50 / p95) | {ordered} |")
        connection.request("GET", "/webhooks/desk/health")
        lines.append(f"| memory, {name} | {json.load(connection.getresponse())['rss_mb']} MB |")
    return lines


def _turn(connection: http.client.HTTPConnection, text: str, vectors: list[Any]) -> float:
    """Take one turn and return the milliseconds that it took; raises OSError when the brain does not answer yet."""
    body = json.dumps({"turn_id": str(time.perf_counter_ns()), "state": None, "text": text, "vectors": vectors})
    begun = time.perf_counter()
    connection.request("POST", "/webhooks/desk/webhook", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(answer.decode())
    return (time.perf_counter() - begun) * 1e3


def _desk() -> ThreadingHTTPServer:
    """Serve a desk that answers every action with one sentence."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two of them wait 40 ms for an acknowledgement

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"events": [], "responses": [{"text": "ok"}]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
