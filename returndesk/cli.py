"""The command line: `returndesk up`, and what engineers and agents do beside it."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from rich.console import Console

from kit import errors
from kit import settings as configuration
from returndesk import commands, database, evaluate, model, serving, up
from returndesk.agents import agents_app
from returndesk.customers import customers_app
from returndesk.faq import faq_app
from returndesk.imports import import_app
from returndesk.keys import keys_app
from returndesk.mood import mood_app
from returndesk.policy import explain_command, policy_app

app = typer.Typer(
    help="returndesk: a conversational returns desk for online shops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(import_app, name="import")
app.add_typer(agents_app, name="agents")
app.add_typer(policy_app, name="policy")
app.add_typer(customers_app, name="customers")
app.add_typer(faq_app, name="faq")
app.add_typer(keys_app, name="keys")
app.add_typer(mood_app, name="mood")
app.command("explain")(explain_command)
app.command("evaluate")(evaluate.evaluate)
console = Console(highlight=False, soft_wrap=True)
problems = Console(highlight=False, soft_wrap=True, stderr=True)


def main() -> None:
    """Run a command; an error that we know is one line and a non-zero exit."""
    try:
        app()
    except errors.HouseError as error:
        problems.print(str(error), style="red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command("up")
def up_command() -> None:
    """Start everything: database, brain, worker, web and console; stop it all with Ctrl-C."""
    raise typer.Exit(up.run(configuration.load(), console))


@app.command()
def train() -> None:
    """Train the dialogue model if anything that goes into it has changed."""
    settings = configuration.load()
    with console.status("Training the dialogue model"):
        path = _run(model.ensure(configuration.PROJECT_ROOT, settings.data_dir))
    console.print(f"Model: {path}")


@app.command()
def seed() -> None:
    """Fill the database with the demo shop; a second run changes nothing."""
    with database.ready(configuration.load()) as settings:
        counts = _run(commands.seed(settings, console))
    console.print(commands.listed(counts) if counts else "The demo shop is there already; nothing was changed.")


@app.command()
def chat(
    url: Annotated[str, typer.Option(help="Address of a running desk; by default the one of the settings.")] = "",
) -> None:
    """Talk to the running bot in the terminal; a number presses a button, an empty line ends."""
    settings = configuration.load()
    _run(commands.chat(url or settings.base_url, console))


@app.command()
def queue() -> None:
    """List the conversations that wait for a person, or are with one."""
    with database.ready(configuration.load()) as settings:
        _run(commands.queue(settings, console))


@app.command()
def answer(
    conversation: Annotated[str, typer.Argument(help="The conversation's id, or the beginning of it.")],
    text: Annotated[str, typer.Argument(help="What to tell the customer; empty only shows the transcript.")] = "",
    agent: Annotated[str, typer.Option(help="Your name, as the customer sees it.")] = "Ana",
    hand_back: Annotated[str, typer.Option(help="approved, refused, informed or waiting_for_goods")] = "",
) -> None:
    """Take a waiting conversation, answer it, and hand it back to the bot with an outcome."""
    request = commands.Answer(conversation, text, agent, hand_back)
    with database.ready(configuration.load()) as settings:
        _run(commands.answer(settings, request, console))


@app.command(hidden=True)
def serve(role: str) -> None:
    """Run one process of the house; `returndesk up` starts them."""
    serves = serving.role(role)
    settings = configuration.load()
    serving.check(role, settings)
    serving.run(serves, settings)


def _run[T](work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
