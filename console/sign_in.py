"""Signing in and out: plain forms, without a script, so that they work in any state the rest is in."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from casework import agents
from casework.agents import SignedIn
from casework.desk import Desk
from console import guard, templates
from handoff.agent import TooManyTries, WrongPassword
from kit import errors

MOST_BYTES = 8 * 1024
ENDED = "You were signed out, because your session has ended. Please sign in again."
TOO_LONG = "That is longer than any e-mail address and password."
FOREIGN = "This form was not sent from the console's own page. Please open the page again."


def router(desk: Desk) -> APIRouter:
    """Build the pages over a desk."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/sign-in")
    async def page(request: Request, next: str = "/", ended: bool = False) -> Response:  # noqa: A002
        if await _agent_is_here(desk, request):
            return RedirectResponse(inside(next), 303)
        return _form(desk, inside(next), notice=ENDED if ended else "")

    @routes.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        return await _sign_in(desk, request)

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        return await _sign_out(desk, request)

    @routes.get("/session")  # behind the door: 401 there means that the session has ended
    async def session_holds() -> dict[str, bool]:
        return {"signed_in": True}

    return routes


async def _sign_in(desk: Desk, request: Request) -> Response:
    if not guard.comes_from_here(request.scope, desk):
        return _form(desk, "/", problem=FOREIGN, status=403)
    fields = await _fields(request)
    if fields is None:
        return _form(desk, "/", problem=TOO_LONG, status=413)
    return await _try(desk, request, fields)


async def _sign_out(desk: Desk, request: Request) -> Response:
    if not guard.comes_from_here(request.scope, desk):
        return _form(desk, "/", problem=FOREIGN, status=403)
    async with desk.database.transaction() as session:
        await agents.sign_out(session, desk, guard.token_of(request.scope))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(guard.COOKIE, path="/")
    return response


def inside(target: str) -> str:
    """Return where to go after signing in: a path of the console, whatever a link says."""
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if plain and not target.startswith(("/sign-in", "/sign-out")) else "/"


async def _try(desk: Desk, request: Request, fields: dict[str, str]) -> Response:
    target, email = inside(fields.get("next", "/")), fields.get("email", "").strip()
    address = request.client.host if request.client else ""
    browser = request.headers.get("user-agent", "")[:200]
    try:
        signed_in = await agents.sign_in(desk, email, fields.get("password", ""), address, browser)
    except TooManyTries as error:
        return _form(desk, target, email, str(error), 429)
    except (WrongPassword, errors.BadInput) as error:
        return _form(desk, target, email, str(error), 401)
    return _with_cookie(desk, RedirectResponse(target, 303), signed_in)


def _with_cookie(desk: Desk, response: Response, signed_in: SignedIn) -> Response:
    response.set_cookie(
        guard.COOKIE,
        signed_in.token,
        max_age=max(0, int((signed_in.expires_at - desk.clock.now()).total_seconds())),
        path="/",
        secure=desk.settings.console_address.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return response


async def _fields(request: Request) -> dict[str, str] | None:
    """Read the form; None when it is longer than any that we send."""
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > MOST_BYTES:
            return None
    return {
        name: values[-1] for name, values in parse_qs(read.decode("utf-8", "replace"), strict_parsing=False).items()
    }


async def _agent_is_here(desk: Desk, request: Request) -> bool:
    token = guard.token_of(request.scope)
    if not token:
        return False
    async with desk.database.transaction() as session:
        return await agents.agent_of(session, desk, token) is not None


def _form(
    desk: Desk, target: str, email: str = "", problem: str = "", status: int = 200, *, notice: str = ""
) -> HTMLResponse:
    demo = desk.settings.demo_shop
    page = templates.render("sign_in.html", next=target, email=email, problem=problem, notice=notice, demo=demo)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})
