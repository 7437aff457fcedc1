"""The web process: web chat API, widget, demo shop, and signed links."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

import bot
from api import attachments, demo_mail, labels, resume, v1
from bot import webchat_api
from bot.channels.webchat import WebChat
from kit import errors, log
from kit.events import Listener
from kit.settings import Settings
from returndesk import app as wiring

WIDGET = Path(bot.__file__).parent / "widget"
DEMO_SHOP = Path(bot.__file__).parent / "demo_shop"
_STATUS = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.BadInput: 422,
    errors.Unavailable: 503,
}

logger = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Run the web process until it is told to stop."""
    log.configure(settings.log_level)
    async with wiring.open_house(settings) as house:
        assert settings.database_url
        listener = Listener(settings.database_url)
        application = create(WebChat(house.desk, listener))
        await uvicorn.Server(server_config(application, settings.host, settings.port, settings.log_level)).serve()


def server_config(application: Starlette, host: str, port: int, level: str) -> uvicorn.Config:
    """Configure a server; open sockets get a few seconds to end."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level=level.lower(),
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=2,
        ws_max_size=64 * 1024,
    )


def create(chat: WebChat) -> FastAPI:
    """Mount the faces of the web process."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await chat.listener.start()
        yield
        await chat.listener.stop()

    application = FastAPI(
        title="returndesk",
        version="1",
        description="The web chat API that the widget uses, open to any client. Errors are RFC 9457 problems.",
        lifespan=lifespan,
        docs_url="/docs",
        redoc_url=None,
    )
    application.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["Retry-After"]
    )
    _answer_errors(application)
    application.include_router(webchat_api.router(chat))
    application.include_router(labels.router(chat.desk))
    application.include_router(attachments.router(chat.desk))
    application.include_router(resume.router(chat.desk))
    application.include_router(demo_mail.router(chat.desk.settings))
    application.mount("/api/v1", v1.application(chat.desk))
    _mount_pages(application, chat.desk.settings)
    return application


def _mount_pages(application: FastAPI, settings: Settings) -> None:
    @application.get("/health", include_in_schema=False)
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @application.get("/widget/returndesk.js", include_in_schema=False)
    async def widget() -> FileResponse:
        return FileResponse(
            WIDGET / "returndesk.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"}
        )

    @application.get("/", include_in_schema=False)
    async def front() -> Response:
        return FileResponse(DEMO_SHOP / "index.html") if settings.demo_shop else RedirectResponse("/docs")

    if settings.demo_shop:
        application.mount("/shop", StaticFiles(directory=DEMO_SHOP), name="shop")


def _answer_errors(application: FastAPI) -> None:
    """Translate every error into a problem (RFC 9457); nothing of ours shows through."""

    @application.exception_handler(HTTPException)  # those of the framework too: no such page, wrong method
    async def http_problem(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @application.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [f"{'.'.join(str(part) for part in fault['loc'][1:])}: {fault['msg']}" for fault in error.errors()]
        return problem(422, "; ".join(faults))

    @application.exception_handler(errors.HouseError)
    async def house_problem(_: Request, error: errors.HouseError) -> JSONResponse:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        return problem(status, str(error))

    @application.exception_handler(OperationalError)  # restarting, perhaps: one line each, since all clients ask again
    async def no_database(_: Request, error: OperationalError) -> JSONResponse:
        logger.warning("the database does not answer: %s", type(error.orig).__name__)
        return problem(503, "We can't look that up at the moment. Please try again shortly.", {"Retry-After": "2"})

    @application.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        logger.exception("unexpected error", exc_info=error)
        return problem(500, "Something on our side went wrong. Please try again in a moment.")


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem document."""
    titles = {
        401: "Session ended",
        403: "Not allowed",
        404: "Not found",
        409: "Conflict",
        413: "Too large",
        415: "Not a kind that we take",
        422: "Invalid",
        429: "Too many",
    }
    writable = detail.encode("utf-8", "replace").decode()  # a fault may quote a name that a client made up
    body = {"type": "about:blank", "title": titles.get(status, "Error"), "status": status, "detail": writable}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")
