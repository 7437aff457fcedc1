"""The console as a web application: the door, the plain pages, and NiceGUI's pages behind it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nicegui
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from nicegui import ui
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from casework.desk import Desk
from console import assets, desk_page, guard, search, sign_in, sockets, supervisor, templates
from kit.events import Listener

CONNECTION_SECONDS = 10.0
"""After so long without an answer a connection counts as lost; a page that has lost its own lives longer, see shell."""

log = logging.getLogger(__name__)


def create(desk: Desk, listener: Listener) -> FastAPI:
    """Build the console of a process; once per process, because NiceGUI keeps its pages in one place."""
    application = FastAPI(title="returndesk console", docs_url=None, redoc_url=None, openapi_url=None)
    application.router.lifespan_context = _listening(listener)
    application.add_middleware(guard.Guard, desk=desk, listener=listener)
    application.include_router(sign_in.router(desk))
    application.mount("/static", _KeptFiles(directory=assets.STATIC), name="console-static")

    @application.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    sockets.keep_to_their_pages(guard.may_use)
    for pages in (desk_page, supervisor, search):
        pages.register()
    nicegui.app.add_exception_handler(404, _no_such_page)
    ui.run_with(
        application,
        title="returndesk",
        favicon=assets.STATIC / "mark.svg",
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        reconnect_timeout=CONNECTION_SECONDS,
        tailwind=False,
        show_welcome_message=False,
    )
    return application


def _listening(listener: Listener):  # type: ignore[no-untyped-def]  # noqa: ANN202  (Starlette names no type for it)
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await listener.start()
        yield
        await listener.stop()

    return lifespan


async def _no_such_page(request: Request, _: Exception) -> Response:
    log.info("no page %s", request.url.path)
    words = "There is no page at this address. The conversation may have been named wrongly in a link."
    return HTMLResponse(templates.render("words.html", heading="Nothing here", words=words), 404)


class _KeptFiles(StaticFiles):
    """Files whose address changes with their content, so that a browser need not ask for them again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200 and scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
