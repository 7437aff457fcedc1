"""Nobody comes in without a session, and nothing of the console is given away at the door."""

import re
import subprocess
import sys

import httpx
import pytest
from playwright.sync_api import expect

from casework import agents
from console import sign_in
from handoff.agent import FREE_TRIES
from tests.console.conftest import Enter
from tests.console.floor import PASSWORD, Floor

HTML = {"Accept": "text/html"}
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=polling&client_id=8c0c2a4e-0000-4000-8000-000000000000"


@pytest.fixture(scope="module", autouse=True)
def people(floor: Floor) -> None:
    floor.agent("Ana Lopes")
    floor.agent("Ben Okafor")
    floor.agent("Cleo Marsh")
    floor.agent("Dora Unlucky")


@pytest.fixture
def client(floor: Floor):
    with httpx.Client(base_url=floor.url) as opened:
        yield opened


def post(client: httpx.Client, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Send the form as the console's own page does."""
    headers = {"Origin": more.pop("origin", str(client.base_url).rstrip("/"))}
    # Wrong tries count for the address too; each test that tries comes from one of its own, as through a proxy.
    headers["X-Forwarded-For"] = more.pop("address", "192.0.2.1")
    return client.post("/sign-in", data={"email": email, "password": password, **more}, headers=headers)


def come_in(client: httpx.Client, email: str) -> None:
    assert post(client, email).status_code == 303


@pytest.mark.parametrize("path", ["/", "/c/6d1c1b1e-0000-4000-8000-000000000000", "/supervisor", "/search?q=refund"])
def test_a_page_sends_a_stranger_to_the_door_and_remembers_where_they_wanted_to_go(client: httpx.Client, path: str):
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    if path != "/":
        door = client.get(answer.headers["location"], headers=HTML)
        assert f'name="next" value="{path}"' in door.text


@pytest.mark.parametrize("path", [SOCKET, "/_nicegui/client/1/upload/2", "/session"])
def test_what_is_no_page_is_refused_to_a_stranger(client: httpx.Client, path: str):
    assert client.get(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 401


def test_the_right_password_opens_a_session_in_a_cookie_that_scripts_cannot_read(client: httpx.Client):
    answer = post(client, "ana@example.com", next="/search")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert client.get("/session").json() == {"signed_in": True}


def test_the_cookie_is_for_https_only_when_the_console_is_reached_that_way(floor: Floor, project_root):
    code = """
import asyncio, httpx, sys
from kit import settings
from kit.events import Listener
from returndesk import app as wiring
from console import app as console
async def main():
    ours = settings.load()
    async with wiring.open_house(ours) as house:
        application = console.create(house.desk, Listener(ours.database_url))
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://inside:1") as client:
            answer = await client.post("/sign-in", data={"email": "ana@example.com", "password": sys.argv[1]},
                                       headers={"Origin": "https://desk.example.com"})
            print(answer.status_code, answer.headers.get("set-cookie"))
asyncio.run(main())
"""
    settings = {
        "DATABASE_URL": floor.settings.database_url or "",
        "RETURNDESK_SECRET_KEY": "another",
        "RETURNDESK_CONSOLE_URL": "https://desk.example.com",
        "PATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, PASSWORD],
        env=settings,
        capture_output=True,
        text=True,
        cwd=project_root,
        check=True,
    )
    assert done.stdout.startswith("303 ")
    assert "Secure" in done.stdout


def test_a_wrong_password_is_told_in_words_and_keeps_the_e_mail(client: httpx.Client):
    answer = post(client, "ana@example.com", "not the password", address="192.0.2.2")
    assert answer.status_code == 401
    assert "e-mail and password" in answer.text
    assert 'value="ana@example.com"' in answer.text
    assert "set-cookie" not in answer.headers


def test_what_was_typed_is_never_read_as_html(client: httpx.Client):
    answer = post(client, '"><script>alert(1)</script>@x.example', "wrong", next='/"><script>', address="192.0.2.3")
    assert "<script>" not in answer.text


def test_after_too_many_wrong_passwords_the_wait_is_told_and_the_right_one_does_not_help(client: httpx.Client):
    for _ in range(FREE_TRIES):
        assert post(client, "dora@example.com", "wrong", address="192.0.2.4").status_code in {401, 429}
    answer = post(client, "dora@example.com", address="192.0.2.4")
    assert answer.status_code == 429
    assert re.search(r"Wait \d+ seconds", answer.text)


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
def test_a_form_that_another_site_sends_is_refused(client: httpx.Client, origin: str):
    answer = post(client, "ana@example.com", origin=origin)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_socket_that_another_site_opens_is_refused_even_with_the_cookie(client: httpx.Client):
    come_in(client, "cleo@example.com")
    assert client.get(SOCKET, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert client.get(SOCKET, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_an_agent_cannot_open_the_socket_of_a_colleagues_page(floor: Floor, client: httpx.Client):
    come_in(client, "cleo@example.com")
    page = client.get("/", headers=HTML).text
    found = re.search(r"client_id['\"]?: ?['\"]([0-9a-f-]{36})", page)
    assert found
    socket = f"/_nicegui_ws/socket.io/?EIO=4&transport=polling&client_id={found.group(1)}"
    same_site = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=floor.url) as colleague:
        come_in(colleague, "ben@example.com")
        assert colleague.get(socket, headers=same_site).status_code == 403
    assert client.get(socket, headers=same_site).status_code == 200


def test_a_form_longer_than_ours_is_not_read_to_its_end(client: httpx.Client):
    assert post(client, "ana@example.com", "x" * 100_000).status_code == 413


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/c/1?at=3", "/c/1?at=3"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("/sign-in?next=/", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_the_way_leads_into_the_console_and_nowhere_else(wanted: str, goes_to: str):
    assert sign_in.inside(wanted) == goes_to


def test_signing_out_ends_the_session_and_not_only_the_cookie(client: httpx.Client):
    come_in(client, "ben@example.com")
    token = client.cookies["returndesk_agent"]
    assert client.post("/sign-out", headers={"Origin": str(client.base_url).rstrip("/")}).status_code == 303
    client.cookies.set("returndesk_agent", token)
    assert client.get("/session").status_code == 401


def test_every_page_forbids_frames_and_foreign_scripts(client: httpx.Client):
    headers = client.get("/sign-in").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_an_open_page_leaves_when_the_agent_is_disabled(floor: Floor, enter: Enter):
    evan = floor.agent("Evan Short")
    page = enter("evan@example.com")
    floor.run(lambda session, desk: agents.disable(session, desk, evan.id, "a test"))
    expect(page.locator(".door-form")).to_be_visible(timeout=20_000)
    expect(page.locator("[role=status]")).to_contain_text("session has ended")


def test_signing_out_in_one_tab_leaves_all_of_them(floor: Floor, enter: Enter):
    first = enter("ana@example.com")
    second = first.context.new_page()
    second.goto(floor.url)
    second.wait_for_selector(".frame")
    first.click("text=Sign out")
    expect(second.locator(".door-form")).to_be_visible()


def test_an_open_page_that_runs_no_script_of_ours_is_cut_off_with_its_session(floor: Floor, enter: Enter):
    gil = floor.agent("Gil Stubborn")
    page = enter("gil@example.com")
    page.evaluate("window.returndesk.leave = () => {}; window.socket.off('connect_error'); window.cut = false;")
    page.evaluate("window.socket.on('disconnect', () => { window.cut = true })")
    floor.run(lambda session, desk: agents.disable(session, desk, gil.id, "a test"))
    page.wait_for_function("window.cut", timeout=15_000)
    page.wait_for_timeout(1500)
    assert not page.evaluate("window.socket.connected")


def test_over_their_own_socket_an_agent_cannot_act_on_a_colleagues_page(floor: Floor, enter: Enter):
    ben, cleo = enter("ben@example.com"), enter("cleo@example.com")
    switch = ben.locator(".availability")
    ben.evaluate(
        "const emit = socket.emit; socket.emit = (...said) => { window.said = said; emit.apply(socket, said) }"
    )
    switch.click()
    expect(switch).to_have_text("Away")
    said = ben.evaluate("window.said")
    assert said[0] == "event"

    cleo.evaluate("said => window.socket.emit(...said)", said)
    cleo.locator(".availability").click()
    expect(cleo.locator(".availability")).to_have_text("Away")  # what came over this socket has been dealt with
    expect(switch).to_have_text("Away")
    ben.evaluate("said => window.socket.emit(...said)", said)
    expect(switch).to_have_text("Available")
