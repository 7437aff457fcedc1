"""Labels behind signed links that end."""

from fastapi import APIRouter, HTTPException, Response

from casework import links
from casework.desk import Desk
from casework.labels import render

GONE = "This link has ended. Ask for the label again in the chat and you get a new one."


def router(desk: Desk) -> APIRouter:
    """Build the endpoint over a desk."""
    routes = APIRouter(tags=["labels"])

    @routes.get("/labels/{token}.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
    async def label(token: str) -> Response:
        """Return the label that a signed link opens."""
        rma = links.rma_of(desk, token)
        if rma is None:
            raise HTTPException(403, GONE)
        async with desk.database.transaction() as session:
            document = await render(session, desk, rma)
        if document is None:
            raise HTTPException(404, "This return has no label any more.")
        headers = {"Content-Disposition": f'inline; filename="{rma}.pdf"', "Cache-Control": "private, no-store"}
        return Response(document, media_type="application/pdf", headers=headers)

    return routes
