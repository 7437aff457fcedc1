"""A stand-in for Stripe's API on loopback: real HTTP, Stripe's documented rules, and the trouble that a test asks for.

It takes form-encoded bodies and a secret key (Bearer or Basic), keeps the answer to each idempotency key for a day,
and knows payments, refunds, and saved payment methods (https://docs.stripe.com/api).
"""

import asyncio
import base64
import binascii
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY = "sk_test_standin"
Answer = tuple[int, dict[str, Any] | bytes]

REASONS = {400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found"}


@dataclass
class Request:
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Payment:
    """Money that a customer paid: `left` of it can still be refunded, in the smallest unit."""

    id: str
    charge: str
    amount: int
    currency: str
    left: int
    customer: str = ""
    status: str = "succeeded"
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass
class StripeServer:
    """The account, what was asked, and the trouble to come: each entry of `trouble` meets one request that moves money.

    Trouble is `hang`, `drop` (the connection ends with no answer), `lost` (it is done, and the answer gets lost),
    `garbage`, or an answer of its own. What is in `looks` meets requests that only look. To move money takes `seconds`.
    """

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    payments: dict[str, Payment] = field(default_factory=dict)
    methods: dict[str, dict[str, Any]] = field(default_factory=dict)
    trouble: list[str | Answer] = field(default_factory=list)
    looks: list[str | Answer] = field(default_factory=list)
    refund_status: dict[str, Any] = field(default_factory=lambda: {"status": "succeeded"})
    seconds: float = 0.0
    in_progress: set[str] = field(default_factory=set)
    saved: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def paid(self, amount: int, currency: str = "usd", reference: str = "pi_paid") -> Payment:
        """Have a customer's payment in the account."""
        payment = Payment(reference, reference.replace("pi_", "ch_"), amount, currency, amount)
        self.payments[reference] = payment
        return payment

    def saved_card(self, reference: str = "pm_card", customer: str | None = "cus_maya", declines: str = "") -> None:
        """Have a saved card in the account; it declines with the bank's code, where there is one."""
        card = {"id": reference, "object": "payment_method", "type": "card", "customer": customer}
        self.methods[reference] = {**card, "declines": declines}

    def forget_keys(self) -> None:
        """Let a day pass: Stripe removes idempotency keys that are a day old."""
        self.saved.clear()

    @property
    def asked_to_move(self) -> list[Request]:
        """The requests that would move money."""
        return [one for one in self.requests if one.method == "POST"]

    @property
    def keys(self) -> list[str]:
        """The idempotency keys under which money was to move."""
        return [one.headers["idempotency-key"] for one in self.asked_to_move]

    def answer(self, request: Request) -> tuple[Answer, bool]:
        """Answer a request, and tell whether the answer was a saved one."""
        if not _has_key(request):
            return _error(401, "invalid_request_error", "Invalid API Key provided: sk_test_****ndin"), False
        if request.method == "GET":
            return self._look(request), False
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return _error(400, "invalid_request_error", "The body must be form-encoded."), False
        key = request.headers.get("idempotency-key", "")
        asked = json.dumps([request.path, sorted(request.form.items())])
        if key in self.saved:
            before, kept = self.saved[key]
            if before != asked:
                text = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return _error(400, "idempotency_error", text), False
            return kept, True
        made = self._create(request)
        if key and not _is_validation(made):
            self.saved[key] = (asked, made)
        return made, False

    def _look(self, request: Request) -> Answer:
        if request.path == "/v1/refunds":
            wanted = {name: request.form[name] for name in ("charge", "payment_intent") if name in request.form}
            found = [one for one in self.refunds if all(one[name] == value for name, value in wanted.items())]
            return 200, _list(found[::-1], request)
        if request.path == "/v1/payment_intents":
            mine = [one for one in self.payments.values() if one.customer == request.form.get("customer")]
            return 200, _list([_intent(one) for one in mine[::-1]], request)
        kind, _, name = request.path.removeprefix("/v1/").partition("/")
        if kind == "payment_intents" and name in self.payments:
            intent = _intent(self.payments[name])
            expanded = request.form.get("expand[0]") == "latest_charge"
            return 200, {**intent, "latest_charge": _charge_of(self.payments[name])} if expanded else intent
        if kind == "charges":
            return 200, next(_charge_of(one) for one in self.payments.values() if one.charge == name)
        if name in self.methods:
            return 200, {key: value for key, value in self.methods[name].items() if key != "declines"}
        return _error(404, "invalid_request_error", f"No such PaymentMethod: '{name}'", code="resource_missing")

    def _create(self, request: Request) -> Answer:
        if request.path == "/v1/refunds":
            return self._refund(request.form)
        if request.path == "/v1/payment_intents":
            return self._charge(request.form)
        return _error(404, "invalid_request_error", f"Unrecognized request URL (POST: {request.path}).")

    def _refund(self, form: dict[str, str]) -> Answer:
        named = form.get("payment_intent") or form.get("charge") or ""
        payment = next((one for one in self.payments.values() if named in (one.id, one.charge)), None)
        if payment is None:
            kind = "payment_intent" if "payment_intent" in form else "charge"
            return _error(404, "invalid_request_error", f"No such {kind}: '{named}'", code="resource_missing")
        if not re.fullmatch(r"[1-9]\d*", form.get("amount", "")):
            return _error(400, "invalid_request_error", f"Invalid integer: {form.get('amount')}", param="amount")
        amount = int(form["amount"])
        if payment.left == 0:
            text = f"Charge {payment.charge} has already been refunded."
            return _error(400, "invalid_request_error", text, code="charge_already_refunded")
        if amount > payment.left:
            text = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({payment.left})"
            return _error(400, "invalid_request_error", text, param="amount")
        refund = {
            "id": f"re_{next(self.numbers)}",
            "object": "refund",
            "amount": amount,
            "charge": payment.charge,
            "currency": payment.currency,
            "metadata": _metadata(form),
            "payment_intent": payment.id,
            "reason": form.get("reason"),
            **self.refund_status,
        }
        if refund["status"] not in ("failed", "canceled"):
            payment.left -= amount
        self.refunds.append(refund)
        return 200, dict(refund)

    def _charge(self, form: dict[str, str]) -> Answer:
        method = self.methods.get(form.get("payment_method", ""))
        if method is None:
            return _error(404, "invalid_request_error", "No such PaymentMethod", code="resource_missing")
        if method["customer"] != form.get("customer"):
            return _error(400, "invalid_request_error", "The payment method belongs to a customer; name the customer.")
        if not (form.get("off_session") == form.get("confirm") == "true" and "payment_method_types[0]" in form):
            return _error(
                400, "invalid_request_error", "Without the customer, it is off_session and confirmed at once."
            )
        payment = self.paid(int(form["amount"]), form["currency"], f"pi_{next(self.numbers)}")
        payment.customer, payment.metadata = form["customer"], _metadata(form)
        if method["declines"]:
            payment.status, payment.left = "requires_payment_method", 0
            code = "authentication_required" if method["declines"] == "authentication_required" else "card_declined"
            words = {"code": code, "decline_code": method["declines"], "payment_intent": _intent(payment)}
            return _error(402, "card_error", "Your card was declined.", **words)
        return 200, _intent(payment)


@asynccontextmanager
async def running() -> AsyncIterator[StripeServer]:
    """Run a stand-in for the length of a block."""
    stripe = StripeServer()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _serve(stripe, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    stripe.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stripe
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(stripe: StripeServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await _read(reader)
    stripe.requests.append(request)
    coming = stripe.looks if request.method == "GET" else stripe.trouble
    trouble = coming.pop(0) if coming else None
    if trouble == "hang":
        await asyncio.sleep(3600)
    if trouble == "drop":
        return
    if isinstance(trouble, tuple):
        answer, repeated = trouble, False
    else:
        answer, repeated = await _answered(stripe, request)
    if trouble == "lost":
        return
    status, body = (200, b"<html>502 Bad Gateway</html>") if trouble == "garbage" else answer
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", "Content-Type: application/json", "Connection: close"]
    head += [f"Content-Length: {len(content)}", "Request-Id: req_standin"]
    head += ["Idempotent-Replayed: true"] if repeated else []
    writer.write("\r\n".join([*head, "", ""]).encode() + content)
    await writer.drain()


async def _answered(stripe: StripeServer, request: Request) -> tuple[Answer, bool]:
    """Answer a request; of two with one key at the same moment, the second is told to come back."""
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    if key and key in stripe.in_progress:
        text = "There is currently another in-progress request using this Stripe Idempotent Key."
        return _error(409, "idempotency_error", text, code="idempotency_key_in_use"), False
    stripe.in_progress.add(key)
    await asyncio.sleep(stripe.seconds if key else 0)
    answer = stripe.answer(request)
    stripe.in_progress.discard(key)
    return answer


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    written = parts.query if method == "GET" else body.decode()
    return Request(method, parts.path, headers, dict(parse_qsl(written, keep_blank_values=True)))


def _has_key(request: Request) -> bool:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind == "Basic":
        try:
            given = base64.b64decode(given).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return False
    return given == KEY


def _is_validation(answer: Answer) -> bool:
    """Tell whether a request was refused before Stripe began with it; such an answer is not saved."""
    status, body = answer
    return status in (400, 404) and isinstance(body, dict) and bool(body["error"].get("param"))


def _list(found: list[dict[str, Any]], request: Request) -> dict[str, Any]:
    limit = int(request.form.get("limit", "10"))
    return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": request.path}


def _intent(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "object": "payment_intent",
        "amount": payment.amount,
        "currency": payment.currency,
        "customer": payment.customer,
        "status": payment.status,
        "latest_charge": payment.charge,
        "metadata": payment.metadata,
    }


def _charge_of(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.charge,
        "object": "charge",
        "amount_captured": payment.amount,
        "amount_refunded": payment.amount - payment.left,
    }


def _metadata(form: dict[str, str]) -> dict[str, str]:
    return {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}


def _error(status: int, kind: str, message: str, **more: Any) -> Answer:
    return status, {"error": {"type": kind, "message": message, **more}}
