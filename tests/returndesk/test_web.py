"""What the web process answers when something of ours is away."""

import httpx
import pytest
from pydantic import SecretStr

from bot.channels.webchat import WebChat
from kit.db import Database
from kit.events import Listener
from kit.settings import Settings
from returndesk import app, web
from tests.returndesk.test_serving import NOWHERE


async def test_without_a_database_clients_are_asked_to_come_back_in_a_line_without_a_trace(
    caplog: pytest.LogCaptureFixture, database_url: str
) -> None:
    key = SecretStr("a key of at least thirty-two characters")
    settings = Settings(_env_file=None, DATABASE_URL=database_url, secret_key=key)
    async with app.open_house(settings) as house:
        away = app.build_desk(settings, Database(NOWHERE), house.jobs_app)
        transport = httpx.ASGITransport(web.create(WebChat(away, Listener(NOWHERE))))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            answer = await client.post("/api/chat/v1/sessions", json={})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "try again" in answer.json()["detail"]
    assert "Traceback" not in caplog.text
