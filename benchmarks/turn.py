"""A whole durable turn beside the bare turn of a stock Rasa: `.venv/bin/python benchmarks/turn.py` (about ten minutes).

The desk's turn goes from the web chat API to the stored reply: stored, acknowledged, queued, encoded, its mood read,
understood, acted on in the order store, journalled and stored again. Stock's turn (benchmarks/stock) is Rasa 3.6.21 as
`rasa init` makes it: default pipeline and policies, SQL tracker store, rasa-sdk's own server, REST channel; the same
examples, and actions that only look into a dictionary. Both are spoken to in turns, sentence by sentence, so that what
else the machine does falls on both; only ratios count. Stock's model is trained once (a quarter of an hour) and kept.
"""

import argparse
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Protocol

import httpx
import turn_houses

from kit.settings import PROJECT_ROOT

OPENING = (
    "how long do I have to send something back?",
    "where is my order {number}?",
    "{email}",
    "I want to return the {item} from {number}",
    "it is too small",
    "how long does a refund take?",
    "forget it",
    "thanks",
)
"""The first eight turns: a question, who it is, a return with a detour, and the end of it."""
AGAIN = (
    "who pays for the return shipping?",
    "where is my order {number}?",
    "I want to return the {item} from {number}",
    "it is too small",
    "how long does a refund take?",
    "my money back please",
    "forget it",
    "thanks",
)
"""What the rest of a conversation repeats, so that turn 10 and turn 200 are made of the same sentences."""
TURNS = 200
WINDOWS = {"start (turns 1-8)": (0, 8), "turn 10 (9-16)": (8, 16), "turn 200 (193-200)": (192, 200)}
START, TEN, LAST = WINDOWS
BUDGETS = {START: 0.6, LAST: 0.2}
"""The desk's median must be at most so much of stock's."""
FLAT = 1.2
"""How much longer the desk's turn 200 may take than its turn 10."""
FASTER = 4.0
"""How many times stock's turns per second a brain must manage on one core."""
ROUNDS, ROUND_SECONDS, CALLERS = 3, 6.0, 4


class Bot(Protocol):
    """Somebody to talk to."""

    def say(self, text: str) -> list[str]:
        """Send a message and return the texts that came back."""
        ...


class DeskChat:
    """One conversation with the desk over its web chat API."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/api/chat/v1", timeout=60, trust_env=False)
        token = self._client.post("/sessions", json={}).raise_for_status().json()["token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def say(self, text: str) -> list[str]:
        """Send a message; returns once the reply is stored. Raises Failed when it is not the bot's."""
        body = {"text": text, "client_message_id": str(uuid.uuid4())}
        answer = self._client.post("/messages", params={"wait": 30}, json=body).raise_for_status().json()
        if not answer["messages"] or any(message["author"] != "bot" for message in answer["messages"]):
            raise turn_houses.Failed(f"The bot did not answer {text!r}: {answer['messages']}")
        return [message["text"] for message in answer["messages"]]


class StockChat:
    """One conversation with stock Rasa over its REST channel."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._sender = str(uuid.uuid4())

    def say(self, text: str) -> list[str]:
        """Send a message; raises Failed when nothing comes back."""
        body = {"sender": self._sender, "message": text}
        answer = self._client.post("/webhooks/rest/webhook", json=body).raise_for_status().json()
        if not answer:
            raise turn_houses.Failed(f"Stock said nothing to {text!r}")
        return [message["text"] for message in answer]


def script(purchase: turn_houses.Purchase, turns: int) -> Iterator[str]:
    """Yield what the customer of an order says."""
    lines = OPENING + AGAIN * (turns // len(AGAIN))
    for line in lines[:turns]:
        yield line.format(number=purchase.number, email=purchase.email, item=purchase.item)


def converse(bots: Sequence[Bot], purchase: turn_houses.Purchase, turns: int, show: bool) -> list[list[float]]:
    """Say the same to all, who goes first changing from turn to turn; returns each one's milliseconds by turn."""
    times: list[list[float]] = [[] for _ in bots]
    for number, text in enumerate(script(purchase, turns)):
        for place in range(len(bots)) if number % 2 else reversed(range(len(bots))):
            begun = time.perf_counter()
            said = bots[place].say(text)
            times[place].append((time.perf_counter() - begun) * 1000)
            if show and number < len(OPENING + AGAIN):
                print(f"{'desk' if place == 0 else 'stock':6}{times[place][-1]:7.1f} ms  {text} -> {said[0][:70]!r}")
    return times


def whole_turns(data: Path, conversations: int, turns: int, show: bool) -> bool:
    """Measure whole turns and print the table; tells whether all budgets held."""
    desk: list[list[float]] = []
    stock: list[list[float]] = []
    with ExitStack() as stack:
        house = stack.enter_context(turn_houses.desk(data))
        stock_url = stack.enter_context(turn_houses.stock(data))
        for number, purchase in enumerate(house.purchases(conversations)):
            both = converse([DeskChat(house.url), StockChat(stock_url)], purchase, turns, show and number == 0)
            desk.append(both[0])
            stock.append(both[1])
            print(f"conversation {number + 1} of {conversations} done", flush=True)
    return report(desk, stock, turns)


def report(desk: list[list[float]], stock: list[list[float]], turns: int) -> bool:
    """Print medians, 95th percentiles and ratios; tells whether all budgets held."""
    medians: dict[str, float] = {}
    held = True
    print(f"\n{'milliseconds: median (95th percentile)':42}{'desk':>16}{'stock':>16}{'ratio':>8}")
    for name, (first, last) in WINDOWS.items():
        if last > turns:
            continue
        ours, theirs = ([time for one in times for time in one[first:last]] for times in (desk, stock))
        medians[name] = median(ours)
        ratio = median(ours) / median(theirs)
        budget = BUDGETS.get(name)
        held = held and (budget is None or ratio <= budget)
        verdict = "" if budget is None else f"  <= {budget}: {'held' if ratio <= budget else 'MISSED'}"
        print(f"{name:42}{spread(ours):>16}{spread(theirs):>16}{ratio:8.2f}{verdict}")
    if LAST in medians:
        flat = medians[LAST] / medians[TEN]
        held = held and flat < FLAT
        print(f"desk, turn 200 against turn 10: {flat:.2f}, < {FLAT}: {'held' if flat < FLAT else 'MISSED'}")
    return held


def spread(times: list[float]) -> str:
    """Write the median and the 95th percentile."""
    return f"{median(times):.1f} ({quantiles(times, n=20)[-1]:.1f})"


def throughput(data: Path) -> bool:
    """Measure turns per second of a brain and of stock, each held on one core, in turn; tells whether 4 times held."""
    rates: dict[str, list[float]] = {"brain": [], "stock": []}
    with ExitStack() as stack:
        brain = stack.enter_context(turn_houses.brain(data, core=0))
        stock_url = stack.enter_context(turn_houses.stock(data, core=0))
        for _ in range(ROUNDS):
            rates["brain"].append(turn_houses.rate(brain.ask, CALLERS, ROUND_SECONDS))
            ask = turn_houses.asking_stock(stock_url)
            rates["stock"].append(turn_houses.rate(ask, CALLERS, ROUND_SECONDS))
    for name, found in rates.items():
        print(f"{name:6} on one core: {median(found):6.1f} turns/s of {', '.join(f'{one:.1f}' for one in found)}")
    ratio = median(rates["brain"]) / median(rates["stock"])
    print(f"ratio {ratio:.1f}, >= {FASTER}: {'held' if ratio >= FASTER else 'MISSED'}")
    return ratio >= FASTER


def main() -> int:
    """Measure and print; the exit code is 1 when a budget is broken or something failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=PROJECT_ROOT / "var" / "benchmark-turn", help="kept between runs")
    parser.add_argument("--conversations", type=int, default=3, help="how many, one after the other")
    parser.add_argument("--turns", type=int, default=TURNS, help="how long each is")
    parser.add_argument("--only", choices=("turns", "brain"), help="measure only this")
    parser.add_argument("--show", action="store_true", help="print what is said at first")
    options = parser.parse_args()
    held = True
    try:
        if options.only != "brain":
            held = whole_turns(options.data, options.conversations, options.turns, options.show)
        if options.only != "turns":
            held = throughput(options.data) and held
    except turn_houses.Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
