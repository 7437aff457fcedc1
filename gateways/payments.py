"""Payment providers: a ledger that only writes down, and Stripe (https://docs.stripe.com/api).

Stripe is asked so that a wish moves money once, however often and however late it is asked again. Each request carries
the wish's key as Stripe's idempotency key, and what it makes carries the key as metadata. Stripe forgets an idempotency
key after a day, so what is already there under the key is looked for first. Stripe also repeats a saved refusal for a
day; a refusal that is repeated is old news, and the wish is then asked under its next key: `key`, `key:2`, and so on.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Protocol

import stripe

from kit import errors
from kit.settings import Settings

SECONDS = 20.0
"""How long one wish may take, with all requests that it needs; afterwards nobody knows, and it is asked again."""
API_URL = "https://api.stripe.com"
METADATA_KEY = "transfer"
"""Under this name Stripe's refunds and payments carry our key."""
MOST_TURNS = 20
"""So many refusals of one wish are gone past within the day that Stripe repeats them."""
MOST_LISTED = 100

TWO_DECIMALS = 2
NO_DECIMALS = (
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
)
THREE_DECIMALS = ("BHD", "JOD", "KWD", "OMR", "TND")
DECIMALS: Mapping[str, int] = {**dict.fromkeys(NO_DECIMALS, 0), **dict.fromkeys(THREE_DECIMALS, 3)}
"""Places of the amounts of currencies that have not two (https://docs.stripe.com/currencies)."""
STEPS: Mapping[str, int] = {**dict.fromkeys(THREE_DECIMALS, 10), "ISK": 100, "UGX": 100}
"""Of these an amount is a multiple: card networks take two places of three, and two currencies lost both of theirs."""

_TAKEN = frozenset({"succeeded", "pending", "requires_action"})
"""A refund that Stripe has taken on (https://docs.stripe.com/api/refunds/object)."""
_PAID = frozenset({"succeeded", "processing"})
_LOST = frozenset({"failed", "canceled"})
_UNPAID = {
    "requires_payment_method": "the payment method was declined",
    "requires_confirmation": "the payment was not confirmed",
    "requires_action": "the bank wants the customer to confirm it, and the customer is not there",
    "canceled": "the payment was cancelled",
}
_FAILURES = {
    "lost_or_stolen_card": "the card was reported as lost or stolen",
    "expired_or_canceled_card": "the card has expired or was cancelled",
    "charge_for_pending_refund_disputed": "the customer disputed the payment while the refund was pending",
    "insufficient_funds": "the balance at Stripe did not cover it",
    "declined": "the bank declined it",
    "merchant_request": "it was called off in the Stripe account",
}
_REFUSALS = (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError, stripe.PermissionError)
_KEY = re.compile(r"(?:sk|rk)_[A-Za-z0-9_]+")
_NO_KEY = (
    "Setting RETURNDESK_STRIPE_API_KEY is wrong: with RETURNDESK_PAYMENTS=stripe it must be a secret key of the Stripe "
    "account (sk_live_… or sk_test_…) or a restricted one (rk_…)"
)


class MoneyOrder(Protocol):
    """What is to be paid, as the desk gives it to us; `store.ports.MoneyOrder` says what each part means."""

    @property
    def key(self) -> str:
        """The wish's name, the same each time it is asked."""
        ...

    @property
    def amount(self) -> Decimal:
        """How much."""
        ...

    @property
    def currency(self) -> str:
        """Of what (ISO 4217)."""
        ...

    @property
    def payment_reference(self) -> str:
        """The payment that is refunded: `pi_…` or `ch_…`; several, with spaces between, where one may not suffice."""
        ...

    @property
    def method_reference(self) -> str:
        """The payment method that is charged: `pm_…`."""
        ...

    @property
    def description(self) -> str:
        """What it is for, in words."""
        ...


class LedgerPayments:
    """The harmless twin of a provider: nothing moves but the books, and the shop pays by hand."""

    async def refund(self, order: MoneyOrder) -> str:
        """Return a reference made from the key."""
        return f"ledger_{order.key}"

    async def charge(self, order: MoneyOrder) -> str:
        """Return a reference made from the key."""
        return f"ledger_{order.key}"

    async def close(self) -> None:
        """Nothing is open."""


class StripePayments:
    """Refunds and charges through one Stripe account."""

    def __init__(self, api_key: str, base_url: str = API_URL) -> None:
        stripe.enable_telemetry = False  # it would write a file into the home folder, and time each request for Stripe
        self._http = stripe.HTTPXClient(timeout=SECONDS)
        client = stripe.StripeClient(
            api_key,
            base_addresses={"api": base_url.rstrip("/")},
            max_network_retries=0,  # whoever asks us tries again, and remembers it over a restart
            http_client=self._http,
        )
        self._api = client.v1

    async def refund(self, order: MoneyOrder) -> str:
        """Send money back on the payment that it came with; returns the refund's id (`re_…`).

        Of several payments, the first takes what it still can, and the next the rest; then there are several ids.

        Raises:
            Unavailable: nobody knows whether it was done; ask again with the same key.
            Conflict: Stripe refuses, or the order cannot be asked; the message is the reason, for an agent.
        """
        payments = _payments(order.payment_reference)
        amount = stripe_amount(order.amount, order.currency)
        async with _translated():
            if len(payments) > 1:
                return await self._refund_over(payments, order, amount)
            earlier = await self._refunds_under(payments[0], order.key)
            done = [_word(one, "id") for one in earlier if _word(one, "status") in _TAKEN]
            return done[0] if done else await self._refund_on(payments[0], order, amount, order.key, earlier)

    async def _refund_over(self, payments: Sequence[str], order: MoneyOrder, amount: int) -> str:
        """Refund over several payments, as far as that is not done; Stripe knows what of each is left."""
        earlier = {payment: await self._refunds_under(payment, order.key) for payment in payments}
        taken = [one for found in earlier.values() for one in found if _word(one, "status") in _TAKEN]
        done, rest = [_word(one, "id") for one in taken], amount - sum(one.amount for one in taken)
        room = {payment: await self._left_of(payment) for payment in payments}
        if rest > sum(room.values()):
            raise errors.Conflict(f"Stripe has too little left of the payments {', '.join(payments)} for this refund.")
        for payment in payments:
            piece = min(rest, room[payment])
            if piece > 0:
                key = f"{order.key}:{payment}:{piece}"
                try:
                    done.append(await self._refund_on(payment, order, piece, key, earlier[payment]))
                except (*_REFUSALS, errors.Conflict) as refusal:
                    if not done:
                        raise
                    words = f"Stripe has refunded a part ({', '.join(done)}) and refuses the rest: {refusal}"
                    raise errors.Unavailable(words) from refusal
                rest -= piece
        return " ".join(done)

    async def _refund_on(self, payment: str, order: MoneyOrder, amount: int, key: str, earlier: Sequence[Any]) -> str:
        params: Any = {
            **_named(payment),
            "amount": amount,
            "reason": "requested_by_customer",
            "metadata": _metadata(order),
        }

        async def ask(under: str) -> Any:
            return await self._api.refunds.create_async(params, {"idempotency_key": under})

        return _refunded(await _asked_once(key, ask, earlier))

    async def _refunds_under(self, payment: str, key: str) -> list[Any]:
        """Return the refunds of a payment that carry the key; raises Unavailable for one in an unknown state."""
        look: Any = {**_named(payment), "limit": MOST_LISTED}
        return _under_key(await self._api.refunds.list_async(look), key, _TAKEN | _LOST)

    async def _left_of(self, payment: str) -> int:
        """Return how much of a payment can still be refunded."""
        if "payment_intent" in _named(payment):
            intent = await self._api.payment_intents.retrieve_async(payment, {"expand": ["latest_charge"]})
            charge: Any = intent.latest_charge
        else:
            charge = await self._api.charges.retrieve_async(payment)
        return int(charge.amount_captured) - int(charge.amount_refunded)

    async def charge(self, order: MoneyOrder) -> str:
        """Take money from a saved payment method, without the customer; returns the payment's id (`pi_…`).

        Raises:
            Unavailable: nobody knows whether it was done; ask again with the same key.
            Conflict: Stripe or the bank refuses, or the order cannot be asked; the message is the reason.
        """
        amount = stripe_amount(order.amount, order.currency)
        method = _reference(order.method_reference, ("pm_",), "payment method (pm_…)", "be charged")
        async with _translated():
            saved = await self._api.payment_methods.retrieve_async(method)
            customer, kind = _word(saved, "customer"), _word(saved, "type")
            if not customer:
                raise errors.Conflict("Stripe has this payment method without a customer, so it cannot be charged.")
            listed = await self._api.payment_intents.list_async({"customer": customer, "limit": MOST_LISTED})
            earlier = _under_key(listed, order.key, _PAID | _UNPAID.keys())
            done = [_word(one, "id") for one in earlier if _word(one, "status") in _PAID]
            if done:
                return done[0]

            async def ask(key: str) -> Any:
                params: Any = {
                    "amount": amount,
                    "currency": order.currency.lower(),
                    "customer": customer,
                    "payment_method": method,
                    "payment_method_types": [kind],
                    "off_session": True,
                    "confirm": True,
                    "description": order.description,
                    "metadata": _metadata(order),
                }
                return await self._api.payment_intents.create_async(params, {"idempotency_key": key})

            return _charged(await _asked_once(order.key, ask, earlier))

    async def close(self) -> None:
        """Close the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def from_settings(settings: Settings) -> LedgerPayments | StripePayments:
    """Return the provider that the settings choose.

    Raises:
        BadInput: Stripe is chosen, and its key or its address cannot be one; the message names the setting.
    """
    if settings.payments == "ledger":
        return LedgerPayments()
    key, url = settings.stripe_api_key.get_secret_value().strip(), settings.stripe_url.strip()
    if not _KEY.fullmatch(key):
        raise errors.BadInput(_NO_KEY)
    if not re.match(r"https?://[^/\s]", url):
        raise errors.BadInput(f"Setting RETURNDESK_STRIPE_URL is wrong: {url!r} is no address such as {API_URL}")
    return StripePayments(key, url)


def stripe_amount(amount: Decimal, currency: str) -> int:
    """Return an amount as Stripe takes it: in the currency's smallest unit, with the exceptions that Stripe makes.

    Raises:
        Conflict: it is nothing, or the currency has no unit that small.
    """
    code = currency.upper()
    units = amount.scaleb(DECIMALS.get(code, TWO_DECIMALS))
    if units <= 0 or units % STEPS.get(code, 1):
        raise errors.Conflict(
            f"{amount} {code} cannot be paid: it is not a whole number of what can be paid in {code}."
        )
    return int(units)


async def _asked_once(key: str, ask: Callable[[str], Awaitable[Any]], earlier: Sequence[Any]) -> Any:
    """Ask under the wish's first key to which Stripe does not repeat an old refusal."""
    lost = {_word(one, "id") for one in earlier}
    for turn in range(1, MOST_TURNS + 1):
        try:
            answer = await ask(key if turn == 1 else f"{key}:{turn}")
        except (stripe.CardError, stripe.InvalidRequestError) as refusal:
            if not _repeated(refusal.headers):
                raise
        else:
            if _word(answer, "id") not in lost:
                return answer
    raise errors.Conflict(f"Stripe has refused this {MOST_TURNS} times within a day; try again tomorrow.")


def _repeated(headers: Mapping[str, str] | None) -> bool:
    return (headers or {}).get("idempotent-replayed", "").lower() == "true"


def _under_key(listed: Any, key: str, known: AbstractSet[str]) -> list[Any]:
    """Return what carries the key, newest first as Stripe lists it.

    Raises:
        Unavailable: something is there, and we do not know its status; to ask for another might pay twice.
    """
    things = getattr(listed, "data", None)
    if not isinstance(things, list):
        raise errors.Unavailable("Stripe's answer cannot be read: it should be a list.")
    found = [one for one in things if _word(getattr(one, "metadata", None), METADATA_KEY) == key]
    for one in found:
        if _word(one, "status") not in known:
            raise errors.Unavailable(f"Stripe has {_word(one, 'id')} with a status that we do not know.")
    return found


def _word(thing: Any, name: str) -> str:
    """Return a field of an answer that is a text, or the id of the object that it holds; empty where there is none."""
    value = getattr(thing, name, None)
    value = value if isinstance(value, str) else getattr(value, "id", None)
    return value if isinstance(value, str) else ""


def _refunded(refund: Any) -> str:
    identifier, status = _word(refund, "id"), _word(refund, "status")
    if identifier and status in _TAKEN:
        return identifier
    if identifier and status in _LOST:
        reason = _word(refund, "failure_reason")
        words = _FAILURES.get(reason, "Stripe does not know why")
        raise errors.Conflict(f"Stripe says that the refund {identifier} has {_past(status)}: {words}.")
    raise errors.Unavailable(f"Stripe's answer cannot be read: a refund {identifier!r} with status {status!r}.")


def _charged(intent: Any) -> str:
    identifier, status = _word(intent, "id"), _word(intent, "status")
    if identifier and status in _PAID:
        return identifier
    if identifier and status in _UNPAID:
        raise errors.Conflict(f"Stripe did not charge ({identifier}): {_UNPAID[status]}.")
    raise errors.Unavailable(f"Stripe's answer cannot be read: a payment {identifier!r} with status {status!r}.")


def _past(status: str) -> str:
    return "been cancelled" if status == "canceled" else "failed"


def _payments(references: str) -> list[str]:
    """Return the payments that an order names; raises Conflict when one is not Stripe's, or there is none."""
    return [
        _reference(one, ("pi_", "ch_", "py_"), "payment (pi_… or ch_…)", "be refunded")
        for one in references.split() or [""]
    ]


def _named(payment: str) -> dict[str, str]:
    """Return how Stripe calls a payment of this kind."""
    return {"payment_intent" if payment.startswith("pi_") else "charge": payment}


def _reference(reference: str, prefixes: tuple[str, ...], what: str, act: str) -> str:
    """Return a reference that is one of Stripe's.

    Raises:
        Conflict: it is not, so Stripe cannot be asked.
    """
    written = reference.strip()
    if not written.startswith(prefixes):
        shown = f"the shop has {written!r} for it" if written else "the shop has not given any"
        raise errors.Conflict(f"Without the id of a Stripe {what} nothing can {act}; {shown}.")
    return written


def _metadata(order: MoneyOrder) -> dict[str, str]:
    return {METADATA_KEY: order.key, "description": order.description[:500]}  # Stripe's limit for a value


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Put every failure of the library and of the way to Stripe into our two kinds."""
    try:
        async with asyncio.timeout(SECONDS):
            yield
    except TimeoutError as error:
        raise errors.Unavailable(f"Stripe did not answer within {SECONDS:g} seconds.") from error
    except stripe.StripeError as error:
        raise _in_our_words(error) from error
    except (AttributeError, TypeError, LookupError, ValueError) as error:  # the library's, at answers of no known shape
        raise errors.Unavailable(f"Stripe's answer cannot be read: {type(error).__name__}.") from error


def _in_our_words(error: stripe.StripeError) -> errors.HouseError:
    said = (error.user_message or type(error).__name__).strip()
    if isinstance(error, stripe.AuthenticationError):
        return errors.Conflict(
            f"Stripe does not accept the key ({said}). An engineer sets RETURNDESK_STRIPE_API_KEY to a secret key of "
            "the Stripe account and restarts the desk."
        )
    if isinstance(error, stripe.PermissionError):
        return errors.Conflict(
            f"The key at Stripe may not do this ({said}). An engineer gives it the rights that docs/payments.md lists."
        )
    if isinstance(error, _REFUSALS):
        return errors.Conflict(f"Stripe refuses: {said}{_code(error)}")
    if isinstance(error, stripe.APIConnectionError):
        return errors.Unavailable(f"Stripe cannot be reached: {type(error.__cause__ or error).__name__}.")
    return errors.Unavailable(f"Stripe is in trouble (HTTP {error.http_status or 'without a status'}): {said[:200]}")


def _code(error: stripe.StripeError) -> str:
    """Return Stripe's short code for a refusal, and the bank's: ` (card_declined, insufficient_funds)`."""
    bank = _word(error.error, "decline_code")
    codes = [code for code in (error.code, bank) if isinstance(code, str) and code]
    return f" ({', '.join(codes)})" if codes else ""
