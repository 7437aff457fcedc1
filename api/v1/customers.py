"""`/customers`: finding and reading customers, and the address on file."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.v1 import paging, problems, writing
from api.v1.access import Call, Guard
from api.v1.paging import Page
from api.v1.schema import AddressBody, AddressShown, Shown, Text, address
from casework.desk import Desk
from casework.proposal import Done
from casework.wanted import ChangeAddressOnFile, Wish
from integrations.keys import ApiKey
from kit import errors
from store import records, repository
from store.order import Customer, PaymentKind


class CustomerSummary(Shown):
    """A customer as they stand in a list."""

    id: UUID
    name: str
    email: str
    phone: str | None = Field(examples=["+15035550142"])
    tier: str


class PaymentMethodShown(Shown):
    """A way to pay or be refunded; only gift cards and store credit have a balance."""

    id: str
    kind: PaymentKind
    label: str
    balance: str | None = Field(examples=["50.00"], description="In the shop's currency.")


class CustomerShown(CustomerSummary):
    """A customer with all that belongs to them."""

    address: AddressShown
    payment_methods: list[PaymentMethodShown]
    orders: int = Field(description="How many orders they have placed.")
    returns: int = Field(description="How many returns they have opened.")


class CustomerDone(Shown):
    """What was done, in a sentence for the customer, and the customer as they stand now."""

    summary: str
    customer: CustomerShown


def router(desk: Desk, guard: Guard) -> APIRouter:
    """Build the endpoints over a desk."""
    routes = APIRouter(prefix="/customers", tags=["customers"])

    @routes.get("", summary="Find customers by e-mail")
    async def find_customers(
        request: Request,
        _: Annotated[ApiKey, Security(guard.reading, scopes=["customers:read"])],
        email: Annotated[Text, Query(min_length=3, description="Upper and lower case are the same.")],
    ) -> Page[CustomerSummary]:
        """The customers with an e-mail address: none, one, or (after an import) several."""
        async with desk.database.transaction() as session:
            found = await repository.find_customers(session, email=email)
        return paging.page(desk, request, [CustomerSummary(**_head(one)) for one in found], len(found) or 1, None)

    @routes.get("/{customer_id}", summary="Read a customer", responses=problems.described(problems.NOT_FOUND))
    async def read_customer(
        customer_id: UUID, _: Annotated[ApiKey, Security(guard.reading, scopes=["customers:read"])]
    ) -> CustomerShown:
        """A customer with the address on file and the ways to pay."""
        async with desk.database.transaction() as session:
            return await _whole(session, customer_id)

    @routes.patch(
        "/{customer_id}/address",
        summary="Change the address on file",
        response_model=CustomerDone,
        responses=problems.described(problems.NOT_FOUND, problems.REFUSED, problems.UNDER_WAY),
    )
    async def change_address_on_file(
        customer_id: UUID,
        body: AddressBody,
        call: Annotated[Call, Security(guard.writing, scopes=["customers:write"])],
    ) -> Response:
        """Keeps another address for a customer's next orders; orders that are under way keep theirs."""

        async def wanted(session: AsyncSession) -> Wish:
            return ChangeAddressOnFile(customer_id, body.value())

        async def shown(session: AsyncSession, done: Done) -> CustomerDone:
            return CustomerDone(summary=done.text, customer=await _whole(session, customer_id))

        act = ("customer_address_changed", {"customer": str(customer_id)}, "")
        return await writing.wish(desk, call, wanted, shown, act)

    return routes


async def _whole(session: AsyncSession, customer_id: UUID) -> CustomerShown:
    found = await repository.customer_by_id(session, customer_id)
    if found is None:
        raise errors.NotFound(f"there is no customer {customer_id}")
    orders, returns = await records.counts_of_customer(session, customer_id)
    return CustomerShown(
        **_head(found),
        address=address(found.address),
        payment_methods=[
            PaymentMethodShown(
                id=one.id,
                kind=one.kind,
                label=one.label,
                balance=f"{one.balance:.2f}" if one.balance is not None else None,
            )
            for one in await repository.payment_methods_of(session, customer_id)
        ],
        orders=orders,
        returns=returns,
    )


def _head(found: Customer) -> dict[str, object]:
    return {"id": found.id, "name": found.name, "email": found.email, "phone": found.phone, "tier": found.tier}
