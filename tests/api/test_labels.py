"""Labels behind signed links: the right link opens one label, for a while, and nothing else does."""

import io
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pypdf
import pytest
from sqlalchemy import text

from casework import links
from kit.clock import FixedClock
from store import seed
from tests.bot.conftest import Site

pytestmark = pytest.mark.database

RMA = "RMA-1000-0032"
"""The demo shop's return whose label has been issued and not been used."""
WITHOUT_LABEL = "RMA-1000-0024"


@pytest.fixture
async def shop(site: Site) -> Site:
    """A web process with the demo shop."""
    async with site.desk.database.transaction() as session:
        await seed.demo_shop(session, site.desk.book, site.desk.clock.now())
    return site


async def test_a_label_is_opened_by_its_link_until_the_link_ends(shop: Site) -> None:
    right = await shop.client.get(urlsplit(links.to_label(shop.desk, RMA)).path)
    past = replace(shop.desk, clock=FixedClock(shop.desk.clock.now() - timedelta(hours=24, seconds=5)))
    ended = await shop.client.get(urlsplit(links.to_label(past, RMA)).path)

    assert right.headers["content-type"] == "application/pdf"
    assert right.headers["content-disposition"] == f'inline; filename="{RMA}.pdf"'
    assert RMA in pypdf.PdfReader(io.BytesIO(right.content)).pages[0].extract_text()
    assert ended.status_code == 403
    assert "Ask for the label again" in ended.json()["detail"]


async def test_forged_links_open_no_label(shop: Site) -> None:
    token = urlsplit(links.to_label(shop.desk, RMA)).path.removeprefix("/labels/").removesuffix(".pdf")
    another_purpose = links.to_attachment(shop.desk, UUID(int=1)).rsplit("/", 1)[1]
    visitor = await shop.visit()
    for forged in (RMA, "nonsense", token[:-4] + "AAAA", another_purpose, visitor.token):
        response = await shop.client.get(f"/labels/{forged}.pdf")

        assert response.status_code == 403, forged
        assert response.headers["content-type"] == "application/problem+json"


async def test_the_link_of_a_return_that_is_over_or_gone_says_so(shop: Site) -> None:
    async with shop.desk.database.transaction() as session:
        assert (await session.execute(text("SELECT 1 FROM returns WHERE rma = :rma"), {"rma": WITHOUT_LABEL})).scalar()
    for rma in (WITHOUT_LABEL, "RMA-0000-0000"):
        response = await shop.client.get(urlsplit(links.to_label(shop.desk, rma)).path)

        assert response.status_code == 404, rma
        assert "no label any more" in response.json()["detail"]
