"""Files of customers: known by their bytes, kept once with the conversation, opened by links that end."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from casework import links, web_sessions
from conversations import attachments
from conversations.message import State
from kit.clock import FixedClock
from tests.bot.conftest import OpenSite, Site, Visitor

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(range(256))
KINDS = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(64),
    "image/gif": b"GIF89a" + bytes(64),
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(64),
    "application/pdf": b"%PDF-1.7\n" + bytes(64),
}
STRANGERS = {
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a program": b"MZ\x90\x00" + bytes(64),
    "an archive": b"PK\x03\x04" + bytes(64),
    "sound in the container of WebP": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64),
    "text before a PDF": b"<script>alert(1)</script>%PDF-1.7",
    "half a beginning": b"\x89PNG",
}
TOO_LARGE = PNG + bytes(attachments.LARGEST_BYTES - len(PNG) + 1)


async def received(visitor: Visitor) -> list[dict[str, Any]]:
    """The attachments of the customer's newest message, as clients see them."""
    messages = (await visitor.read(after=1))["messages"]
    return list([message for message in messages if message["author"] == "customer"][-1]["attachments"])


async def opened(site: Site, attachment: dict[str, Any]) -> httpx.Response:
    """Open an attachment without a session, as a browser opens a link."""
    assert attachment["url"].startswith(site.url)
    return await site.client.get(urlsplit(attachment["url"]).path)


# -- sending


@pytest.mark.database
async def test_each_kind_comes_back_as_it_was_sent_whatever_the_client_called_it(visitor: Visitor) -> None:
    for kind, data in KINDS.items():
        response = await visitor.upload(data, "upload.bin", "text/html")
        assert response.status_code == 200, response.text
        (attachment,) = await received(visitor)
        back = await opened(visitor.site, attachment)

        assert set(attachment) == {"url", "media_type", "name"}
        assert (attachment["media_type"], back.headers["content-type"]) == (kind, kind)
        assert back.content == data


@pytest.mark.database
async def test_a_file_is_a_customers_message_whose_turn_is_deferred_before_it_is_acknowledged(visitor: Visitor) -> None:
    accepted = (await visitor.upload(PNG)).json()["accepted"]

    stored = (await visitor.site.transcript(visitor.conversation_id))[-1]
    assert (str(stored.id), stored.seq, stored.text, stored.state) == (accepted["id"], 2, "", State.RECEIVED)
    assert await visitor.site.jobs_waiting() == [(str(visitor.conversation_id), accepted["id"])]


@pytest.mark.database
async def test_no_address_is_kept_with_the_message_only_the_file_and_what_it_is(visitor: Visitor) -> None:
    await visitor.upload(PNG)

    (kept,) = (await visitor.site.transcript(visitor.conversation_id))[-1].content["attachments"]
    assert set(kept) == {"id", "media_type", "name"}
    async with visitor.site.desk.database.transaction() as session:
        connection = await session.connection()
        query = "SELECT id, conversation_id, sha256, size, content FROM attachments"
        row = (await connection.exec_driver_sql(query)).one()
    assert tuple(row) == (UUID(kept["id"]), visitor.conversation_id, hashlib.sha256(PNG).hexdigest(), len(PNG), PNG)


@pytest.mark.database
async def test_the_same_client_message_id_twice_is_one_message_and_one_file(visitor: Visitor) -> None:
    responses = [await visitor.upload(PNG, client_message_id="one") for _ in range(2)]

    assert responses[0].json()["accepted"] == responses[1].json()["accepted"]
    assert await visitor.site.count("attachments") == 1
    assert len(await visitor.site.jobs_waiting()) == 1
    assert (await visitor.read(after=1))["messages"][0]["client_message_id"] == "one"


@pytest.mark.database
async def test_the_largest_file_is_taken_and_one_byte_more_is_refused(visitor: Visitor) -> None:
    largest = await visitor.upload(TOO_LARGE[:-1])
    more = await visitor.upload(TOO_LARGE)

    assert largest.status_code == 200
    assert more.status_code == 413
    assert "10 MB" in more.json()["detail"]
    assert await visitor.site.count("attachments") == 1


@pytest.mark.database
async def test_a_body_that_does_not_tell_its_length_is_not_read_beyond_what_is_allowed(visitor: Visitor) -> None:
    given = 0

    async def endless() -> Any:
        nonlocal given
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG
        while given < 10 * attachments.LARGEST_BYTES:
            given += 1024 * 1024
            yield bytes(1024 * 1024)

    headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=x"}
    try:
        response = await visitor.site.client.post("/api/chat/v1/attachments", headers=headers, content=endless())
    except httpx.TransportError:
        pass  # the desk may also hang up on such a client
    else:
        assert response.status_code == 413
    assert await visitor.site.count("messages") == 1


@pytest.mark.database
async def test_other_kinds_are_refused_kindly_and_not_kept(visitor: Visitor) -> None:
    for what, data in STRANGERS.items():
        response = await visitor.upload(data, "photo.png", "image/png")

        assert response.status_code == 415, what
        assert "PNG, JPEG, GIF, WebP" in response.json()["detail"]
        assert response.headers["content-type"] == "application/problem+json"
    assert await visitor.site.count("messages") == 1


@pytest.mark.database
async def test_an_empty_file_is_refused_kindly(visitor: Visitor) -> None:
    response = await visitor.upload(b"")

    assert response.status_code == 422
    assert "empty" in response.json()["detail"]


@pytest.mark.database
async def test_an_upload_of_another_shape_is_refused_with_what_is_wanted(visitor: Visitor) -> None:
    async def post(**request: Any) -> httpx.Response:
        return await visitor.site.client.post("/api/chat/v1/attachments", headers=visitor.headers, **request)

    own_id, file = {"client_message_id": "one"}, {"file": ("a.png", PNG)}
    broken = {"Content-Type": "multipart/form-data; boundary=x", **visitor.headers}
    responses = {
        "JSON": (await post(json=own_id), 415),
        "nothing": (await post(), 415),
        "no file": (await post(data=own_id, files={"other": ("a.png", PNG)}), 422),
        "a file that is a field": (await post(files={"file": (None, "text")}), 422),
        "no id": (await post(files=file), 422),
        "an id with control characters": (await post(data={"client_message_id": "a\x00b"}, files=file), 422),
        "two files": (await post(data=own_id, files=[("file", ("a", PNG)), ("file", ("b", PNG))]), 422),
        "another field": (await post(data={**own_id, "surprise": "1"}, files=file), 422),
    }
    garbage = await visitor.site.client.post("/api/chat/v1/attachments", headers=broken, content=b"garbage")

    assert {what: response.status_code for what, (response, _) in responses.items()} == {
        what: status for what, (_, status) in responses.items()
    }
    assert all(response.json()["detail"] for response, _ in responses.values())
    assert garbage.status_code == 422
    assert await visitor.site.count("messages") == 1


@pytest.mark.database
async def test_a_file_counts_as_a_message_of_the_session(open_site: OpenSite) -> None:
    async with open_site(messages_per_minute=2) as site:
        visitor = await site.visit()
        statuses = [(await visitor.upload(PNG)).status_code, (await visitor.post(text="hello")).status_code]
        refused = await visitor.upload(PNG)

    assert statuses == [200, 200]
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.database
async def test_files_have_a_limit_of_their_own_and_words_still_go_through(visitor: Visitor) -> None:
    statuses = [(await visitor.upload(PNG)).status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]
    assert (await visitor.post(text="hello")).status_code == 200


# -- links


@pytest.mark.database
async def test_a_file_is_opened_as_what_it_is_and_can_do_nothing_else(visitor: Visitor) -> None:
    await visitor.upload(KINDS["image/gif"], 'my "new"\r\nSet-Cookie: a=b; é.html')
    (picture,) = await received(visitor)
    await visitor.upload(KINDS["application/pdf"], "receipt.pdf")
    (document,) = await received(visitor)
    shown, saved = await opened(visitor.site, picture), await opened(visitor.site, document)

    for response in (shown, saved):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]
        assert "no-store" in response.headers["cache-control"]
        assert "set-cookie" not in response.headers
    assert shown.headers["content-disposition"].startswith("inline; filename*=UTF-8''my%20")
    assert shown.headers["content-disposition"].endswith(".gif")
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''receipt.pdf"


@pytest.mark.database
async def test_each_reading_gives_a_new_link_and_the_link_of_before_ends(site: Site, visitor: Visitor) -> None:
    await visitor.upload(PNG)
    (kept,) = (await site.transcript(visitor.conversation_id))[-1].content["attachments"]
    earlier = replace(site.desk, clock=FixedClock(site.desk.clock.now() - timedelta(hours=24, seconds=5)))
    ended = {"url": links.to_attachment(earlier, UUID(kept["id"]))}
    (fresh,) = await received(visitor)

    refused = await opened(site, ended)
    assert refused.status_code == 403
    assert "Open the chat again" in refused.json()["detail"]
    assert (await opened(site, fresh)).status_code == 200


@pytest.mark.database
async def test_only_links_of_ours_for_this_very_purpose_open_a_file(site: Site, visitor: Visitor) -> None:
    await visitor.upload(PNG)
    (attachment,) = await received(visitor)
    (kept,) = (await site.transcript(visitor.conversation_id))[-1].content["attachments"]
    token = attachment["url"].rsplit("/", 1)[1]
    label = links.to_label(site.desk, kept["id"]).rsplit("/", 1)[1].removesuffix(".pdf")
    _, session, _ = web_sessions.issue(site.desk.settings.secret_key.get_secret_value(), site.desk.clock.now(), 1)
    for forged in ("nonsense", kept["id"], token[:-4] + "AAAA", label, session, visitor.token):
        assert (await site.client.get(f"/attachments/{forged}")).status_code == 403, forged


@pytest.mark.database
async def test_the_link_of_a_file_that_is_not_kept_any_more_says_so(site: Site) -> None:
    response = await opened(site, {"url": links.to_attachment(site.desk, UUID(int=1))})

    assert response.status_code == 404
    assert response.json()["detail"]


@pytest.mark.database
async def test_a_socket_shows_a_file_with_a_link_that_works(visitor: Visitor) -> None:
    async with visitor.socket(after=1) as socket:
        await visitor.upload(PNG)
        (attachment,) = (await socket.next("message"))["message"]["attachments"]

    assert (await opened(visitor.site, attachment)).content == PNG


# -- names and kinds, without any process


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.png", "photo.png"),
        ("photo.PNG", "photo.png"),
        ("evil.html", "evil.png"),
        ("archive.tar.gz", "archive.tar.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\photos\\my photo.png", "my photo.png"),
        ("a\x00b\r\nc\u202egnp.png", "ab cgnp.png"),
        ('a"b;c%d.png', "a b c d.png"),
        ("Zahnbürste 👍.png", "Zahnbürste 👍.png"),
        (".png", "png.png"),
        ("", "file.png"),
        ("...", "file.png"),
        ("\ud800", "file.png"),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
    ],
    ids=lambda name: ascii(name)[:30],
)
def test_a_name_is_safe_to_show_and_to_save_and_ends_as_its_kind_does(given: str, kept: str) -> None:
    file = attachments.read(given, PNG)

    assert file is not None
    assert file.name == kept


def test_a_jpeg_may_end_in_either_way() -> None:
    files = [attachments.read(name, KINDS["image/jpeg"]) for name in ("a.jpg", "a.jpeg", "a.png")]

    assert [file.name for file in files if file] == ["a.jpg", "a.jpeg", "a.jpg"]
