"""Serves the model: `python -m brain.serve --model FILE --port N --actions-url URL`.

The only place of the brain that reads the environment: RETURNDESK_ACTIONS_TOKEN, the secret of the desk's actions.
"""

import argparse
import gc
import os
import socket
import sys
from pathlib import Path
from typing import Any

from brain import kept_out, quiet

TOKEN_VARIABLE = "RETURNDESK_ACTIONS_TOKEN"
TOKEN_HEADER = "X-Returndesk-Token"


class CannotServe(Exception):
    """The brain cannot start; the message is one line that says what to do."""


def main() -> int:
    """Run the command; returns its exit code."""
    options = _options()
    try:
        check(options.model, options.host, options.port)
        serve(options)
    except CannotServe as error:
        sys.stderr.write(f"brain: {error}\n")
        return 1
    return 0


def check(model: Path, host: str, port: int) -> None:
    """Fail early and clearly; raises CannotServe when the model is missing or the port is used.

    Rasa itself would silently take another model of the folder.
    """
    if not model.is_file():
        raise CannotServe(f"there is no model at {model}: run python -m brain.train --out {model}")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from error


def serve(options: argparse.Namespace) -> None:
    """Load the model and answer until stopped; raises CannotServe when the model cannot be loaded."""
    quiet.before_rasa()
    # Rasa fills ${...} in endpoints.yml from the environment; what was given on the command line goes the same way.
    os.environ["RETURNDESK_ACTIONS_URL"] = options.actions_url  # noqa: TID251
    os.environ.setdefault(TOKEN_VARIABLE, "")  # noqa: TID251
    app = build(options.model, options.endpoints)
    app.run(host=options.host, port=options.port, workers=1, access_log=False, debug=False, motd=False)


def build(model: Path, endpoints_file: Path) -> Any:
    """Return the Sanic application with the model loaded; raises CannotServe."""
    with kept_out.while_importing_rasa():
        import rasa.engine.recipes.default_components  # noqa: F401, PLC0415  (loading a model would import them later)
        from rasa.core.agent import Agent  # noqa: PLC0415  (seconds and 150 MB: only after `check`)
        from rasa.core.channels import channel as channels  # noqa: PLC0415
        from rasa.core.utils import AvailableEndpoints  # noqa: PLC0415
    from sanic import Sanic  # noqa: PLC0415

    from brain import channel, remote_action, turn_store  # noqa: PLC0415

    quiet.after_rasa()
    endpoints = AvailableEndpoints.read_endpoints(str(endpoints_file))
    if endpoints.action is None or TOKEN_HEADER not in endpoints.action.headers:
        raise CannotServe(f"{endpoints_file} names no action_endpoint with a {TOKEN_HEADER} header")
    try:
        agent = Agent.load(
            str(model),
            tracker_store=turn_store.TurnStore(),
            lock_store=turn_store.NoLock(),
            action_endpoint=endpoints.action,
        )
    except Exception as error:
        raise CannotServe(f"the model {model} cannot be loaded: {error!r}") from error
    app = Sanic("returndesk_brain", configure_logging=False)
    app.config.RESPONSE_TIMEOUT = 120
    app.config.KEEP_ALIVE_TIMEOUT = 75
    app.ctx.agent = agent
    channels.register([channel.DeskChannel()], app, route="/webhooks/")

    async def after_stop(*_: Any) -> None:
        await remote_action.close()

    app.register_listener(after_stop, "before_server_stop")
    gc.collect()
    gc.freeze()  # full collections of Rasa's heap took 330 ms each
    return app


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="brain.serve", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the model that brain.train wrote")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--actions-url", required=True, help="where the desk answers action calls")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--endpoints", type=Path, default=Path("endpoints.yml"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
