"""Attachments behind signed links that end."""

from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Response

from casework import links
from casework.desk import Desk
from conversations import attachments

GONE = "This link has ended. Open the chat again and you get a new one."


def router(desk: Desk) -> APIRouter:
    """Build the endpoint over a desk."""
    routes = APIRouter(tags=["attachments"])

    @routes.get("/attachments/{token}", response_class=Response)
    async def attachment(token: str) -> Response:
        """Return the file that a signed link opens."""
        attachment_id = links.attachment_of(desk, token)
        if attachment_id is None:
            raise HTTPException(403, GONE)
        async with desk.database.transaction() as session:
            file = await attachments.find(session, attachment_id)
        if file is None:
            raise HTTPException(404, "This file is not kept any more.")
        return Response(file.data, media_type=file.media_type, headers=_headers(file))

    return routes


def _headers(file: attachments.File) -> dict[str, str]:
    """A stranger's file may be shown as a picture or saved, and do nothing else in the name of our address."""
    # A browser's own PDF viewer does not run in a sandbox, so a PDF is saved.
    shown = "inline" if file.media_type.startswith("image/") else "attachment"
    return {
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(file.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",  # the widget shows it in the shop's own page
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
