"""Who may look at and change what: one table per shop, and the same answer for all that is wrong."""

import uuid
from dataclasses import replace

import pytest

from store import identity, policy_file
from store.identity import Claim, Evidence, Missing, Wrong
from store.order import Order
from store.policy_file import IdentityRule
from tests.store import made

ORDER = made.order(made.item())
JONAS = replace(made.MAYA, id=uuid.UUID(int=2), name_first="Jonas", name_last="Weber", email="jonas@example.com")
OF_ORDER = Claim("write", made.MAYA.id, (ORDER.id,))


def rules(shop: str = "harbour") -> tuple[IdentityRule, ...]:
    return policy_file.read(made.HARBOUR if shop == "harbour" else made.RETAIL).identity


def judge(evidence: Evidence, order: Order | None = ORDER, shop: str = "harbour") -> object:
    return identity.judge(rules(shop), evidence, order, [made.MAYA] if evidence.given - {"order", "rma"} else [])


@pytest.mark.parametrize(
    "contact",
    [
        {"email": " MAYA.Torres@Example.com "},
        {"phone": "(503) 555-0142"},
        {"phone": "+1 503 555 0142"},
        {"zip": "97 214"},
        {"zip": "97214-1034"},
    ],
)
@pytest.mark.parametrize("named", [{"order_number": "H204518"}, {"rma": "RMA-1000-0016"}])
def test_a_number_and_one_contact_write_that_order(named: dict[str, str], contact: dict[str, str]) -> None:
    assert judge(Evidence(**named, **contact)) == OF_ORDER


@pytest.mark.parametrize(
    "contact", [{"email": "maya@example.com"}, {"phone": "5035550143"}, {"zip": "97215"}, {"phone": "no phone"}]
)
def test_a_wrong_contact_and_an_unknown_order_get_the_same_answer(contact: dict[str, str]) -> None:
    wrong = identity.judge(rules(), Evidence(order_number="H204518", **contact), ORDER, [])
    unknown = identity.judge(rules(), Evidence(order_number="H999999", **contact), None, [])
    assert wrong == unknown == Wrong()


def test_somebody_elses_contact_does_not_open_an_order() -> None:
    evidence = Evidence(order_number="H204518", email="jonas@example.com")
    assert identity.judge(rules(), evidence, ORDER, [JONAS]) == Wrong()
    assert identity.judge(rules(), evidence, None, [JONAS]) == Wrong()


def test_a_customer_without_a_phone_is_not_matched_by_an_empty_or_unreadable_one() -> None:
    order = replace(ORDER, customer=replace(made.MAYA, phone=None))
    for phone in ("", "no phone", "0"):
        assert identity.judge(rules(), Evidence(order_number="H204518", phone=phone), order, []) in (
            Wrong(),
            Missing("contact"),
        )


@pytest.mark.parametrize(
    ("evidence", "what"),
    [
        (Evidence(), "order"),
        (Evidence(name="Maya Torres"), "order"),
        (Evidence(zip="97214"), "order"),
        (Evidence(order_number="H204518"), "contact"),
        (Evidence(order_number="H204518", name="Maya Torres"), "contact"),
        (Evidence(rma="RMA-1000-0016"), "contact"),
    ],
)
def test_what_is_still_missing_is_named(evidence: Evidence, what: str) -> None:
    assert judge(evidence) == Missing(what)  # type: ignore[arg-type]


def test_an_email_or_phone_alone_shows_nothing_but_general_status() -> None:
    for evidence in (Evidence(email=made.MAYA.email), Evidence(phone="5035550142")):
        assert judge(evidence, None) == Claim("general", made.MAYA.id, None)


def test_email_and_zip_look_at_all_orders_and_write_none() -> None:
    claim = judge(Evidence(email=made.MAYA.email, zip="97214"), None)
    assert claim == Claim("look", made.MAYA.id, None)
    assert isinstance(claim, Claim)
    assert claim.allows("look", ORDER.id, made.MAYA.id)
    assert not claim.allows("write", ORDER.id, made.MAYA.id)


@pytest.mark.parametrize(
    "evidence", [Evidence(email="Maya.Torres@example.com"), Evidence(name="maya  TORRES", zip="97214")]
)
def test_in_the_retail_shop_email_or_name_and_zip_do_all(evidence: Evidence) -> None:
    assert judge(evidence, None, "retail") == Claim("write", made.MAYA.id, None)


@pytest.mark.parametrize(
    "evidence", [Evidence(), Evidence(order_number="W1234567"), Evidence(name="Maya Torres"), Evidence(zip="97214")]
)
def test_the_retail_shop_asks_for_email_or_name_and_zip(evidence: Evidence) -> None:
    assert judge(evidence, None, "retail") == Missing("email_or_name_zip")


def test_an_unknown_email_is_wrong_in_the_retail_shop() -> None:
    assert identity.judge(rules("retail"), Evidence(email="who@example.com"), None, []) == Wrong()


def test_two_people_with_one_name_and_zip_prove_nothing() -> None:
    twin = replace(made.MAYA, id=uuid.UUID(int=3))
    evidence = Evidence(name="Maya Torres", zip="97214")
    assert identity.judge(rules("retail"), evidence, None, [made.MAYA, twin]) == Wrong()


def test_a_claim_for_one_order_does_not_reach_another_order_or_customer() -> None:
    assert OF_ORDER.allows("write", ORDER.id, made.MAYA.id)
    assert not OF_ORDER.allows("look", uuid.uuid4(), made.MAYA.id)
    assert not OF_ORDER.allows("look", ORDER.id, JONAS.id)


def test_claims_for_two_orders_of_one_customer_add_up_and_another_customers_replaces_them() -> None:
    second = Claim("write", made.MAYA.id, (uuid.UUID(int=9),))
    assert OF_ORDER.merge(second).order_ids == (ORDER.id, uuid.UUID(int=9))
    assert OF_ORDER.merge(OF_ORDER) == OF_ORDER
    stranger = Claim("general", JONAS.id, None)
    assert OF_ORDER.merge(stranger) == stranger
    general = Claim("general", made.MAYA.id, None)
    assert OF_ORDER.merge(general) == general.merge(OF_ORDER) == OF_ORDER


@pytest.mark.parametrize("claim", [OF_ORDER, Claim("look", made.MAYA.id, None)])
def test_a_claim_survives_its_storage(claim: Claim) -> None:
    assert Claim.from_json(claim.to_json()) == claim


def test_what_is_said_later_replaces_what_was_said_before() -> None:
    merged = Evidence(order_number="H1", email="old@example.com").merge(Evidence(email="new@example.com", zip="97214"))
    assert merged == Evidence(order_number="H1", email="new@example.com", zip="97214")
