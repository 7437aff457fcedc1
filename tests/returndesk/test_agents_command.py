"""`returndesk agents`, and the demo's agents."""

import asyncio
import re
import stat
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner, Result

from casework import agents as casework_agents
from casework.desk import Desk
from kit import errors
from kit import settings as configuration
from returndesk import agents
from returndesk import app as wiring

RIGHT = "correct horse battery"


@pytest.fixture(autouse=True)
def desk_of_its_own(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a desk on an empty database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RETURNDESK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")


def run(*arguments: str, stdin: str = "") -> Result:
    """Run a command that succeeds."""
    result = CliRunner().invoke(agents.agents_app, arguments, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def add_ana() -> None:
    """Add an agent."""
    run("add", "ana@shop.example", "Ana Lopes", "--password-stdin", stdin=f"{RIGHT}\n")


def on_the_desk(work: Any) -> Any:
    """Do something with the desk that the commands work on."""

    async def do() -> Any:
        async with wiring.open_house(configuration.load()) as house:
            return await work(house.desk)

    return asyncio.run(do())


def may_enter(email: str, password: str) -> bool:
    """Tell whether an agent could sign in."""
    return bool(on_the_desk(lambda desk: casework_agents.has_password(desk, email, password)))


def acts(database_url: str) -> list[tuple[str, str]]:
    """Return what the audit trail says."""
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT actor, act FROM audit ORDER BY id").fetchall()


def test_an_agent_is_added_with_a_password_from_standard_input_and_listed(database_url: str) -> None:
    added = run(
        *("add", "sam@shop.example", "Sam [R]eyes", "--role", "supervisor", "--team", "returns"),
        *("--languages", "en,es", "--skills", "legal", "--password-stdin"),
        stdin=f"{RIGHT}\n",
    )
    listed = run("list").output

    assert "Added Sam [R]eyes <sam@shop.example>, supervisor." in added.output
    assert RIGHT not in added.output
    assert may_enter("sam@shop.example", RIGHT)
    for told in ("Sam [R]eyes", "sam@shop.example", "supervisor", "returns", "no", "never"):
        assert told in listed
    assert acts(database_url) == [("command line", "agent_added")]


def test_a_generated_password_is_printed_once_and_works() -> None:
    added = run("add", "ana@shop.example", "Ana Lopes", "--generate").output
    (password,) = re.findall(r"shown this once: (\S+)", added)

    assert may_enter("ana@shop.example", password)
    assert password not in run("list").output


def test_without_a_terminal_the_other_ways_to_give_a_password_are_named() -> None:
    with pytest.raises(errors.BadInput, match="--password-stdin or --generate"):
        run("add", "ana@shop.example", "Ana Lopes")
    with pytest.raises(errors.BadInput, match="not both"):
        run("add", "ana@shop.example", "Ana Lopes", "--generate", "--password-stdin")


def test_no_command_takes_a_password_as_an_argument() -> None:
    command = typer.main.get_command(agents.agents_app)
    options = {
        option
        for name in command.commands  # type: ignore[attr-defined]
        for parameter in command.commands[name].params  # type: ignore[attr-defined]
        for option in parameter.opts
    }

    assert "--password-stdin" in options
    assert "--password" not in options
    assert "password" not in options


def test_a_terminal_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_is_terminal", lambda: True)
    asked = run("add", "ana@shop.example", "Ana Lopes", stdin=f"{RIGHT}\nsomething else\n{RIGHT}\n{RIGHT}\n")

    assert "do not match" in asked.output
    assert RIGHT not in asked.output
    assert may_enter("ana@shop.example", RIGHT)


def test_another_password_replaces_the_old_one(database_url: str) -> None:
    add_ana()
    run("password", "ANA@shop.example", "--password-stdin", stdin="another good one\n")

    assert may_enter("ana@shop.example", "another good one")
    assert not may_enter("ana@shop.example", RIGHT)
    assert acts(database_url)[-1] == ("command line", "password_changed")


def test_who_is_disabled_may_not_enter_until_enabled_again(database_url: str) -> None:
    add_ana()
    run("disable", "ana@shop.example")
    assert not may_enter("ana@shop.example", RIGHT)
    assert "disabled" in run("list").output

    run("enable", "ana@shop.example")
    assert may_enter("ana@shop.example", RIGHT)
    assert acts(database_url)[1:] == [("command line", "agent_disabled"), ("command line", "agent_enabled")]


@pytest.mark.parametrize("command", ["password", "disable", "enable"])
def test_an_unknown_agent_is_named_with_the_command_that_lists_them(command: str) -> None:
    extra = ["--generate"] if command == "password" else []
    with pytest.raises(errors.NotFound, match=r"eve@shop\.example.*agents list"):
        run(command, "eve@shop.example", *extra)


def test_an_empty_list_says_how_to_add_somebody() -> None:
    assert "agents add EMAIL NAME" in run("list").output


def ensure_demo(tmp_path: Path) -> agents.DemoAgents | None:
    """Do what `returndesk up` does."""

    def work(desk: Desk) -> Coroutine[Any, Any, agents.DemoAgents | None]:
        return agents.ensure_demo(desk, tmp_path)

    made = on_the_desk(work)
    assert made is None or isinstance(made, agents.DemoAgents)
    return made


def test_the_first_run_makes_the_demos_agents_and_a_later_one_knows_them(tmp_path: Path) -> None:
    made = ensure_demo(tmp_path)

    assert made is not None
    assert [(agent.name, agent.email, agent.role) for agent in made.agents] == [
        ("Ana Lopes", "ana@returndesk.example", "agent"),
        ("Sam Reyes", "sam@returndesk.example", "supervisor"),
    ]
    for agent in made.agents:
        assert may_enter(agent.email, agent.password)
    assert ensure_demo(tmp_path) == made


def test_the_demos_passwords_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ensure_demo(tmp_path)

    assert stat.S_IMODE((tmp_path / agents.DEMO_FILE).stat().st_mode) == 0o600


def test_an_emptied_database_gets_the_demos_agents_with_the_passwords_that_are_known(
    tmp_path: Path, database_url: str
) -> None:
    made = ensure_demo(tmp_path)
    with psycopg.connect(database_url) as connection:
        connection.execute("TRUNCATE agents CASCADE")

    assert ensure_demo(tmp_path) == made


@pytest.mark.parametrize("broken", ["", "[]", '{"ana@returndesk.example": "only one"}', "\udcff"])
def test_a_broken_file_of_passwords_is_made_anew(tmp_path: Path, broken: str) -> None:
    (tmp_path / agents.DEMO_FILE).write_bytes(broken.encode("utf-8", "surrogateescape"))
    made = ensure_demo(tmp_path)

    assert made is not None
    assert len(made.agents) == 2
    assert stat.S_IMODE((tmp_path / agents.DEMO_FILE).stat().st_mode) == 0o600


def test_a_password_that_was_changed_is_not_shown_as_the_demos(tmp_path: Path) -> None:
    ensure_demo(tmp_path)
    run("password", "ana@returndesk.example", "--password-stdin", stdin="another good one\n")
    run("disable", "sam@returndesk.example")

    assert ensure_demo(tmp_path) is None


def test_a_desk_with_agents_of_its_own_gets_none_of_the_demos(tmp_path: Path) -> None:
    add_ana()

    assert ensure_demo(tmp_path) is None
    assert not (tmp_path / agents.DEMO_FILE).exists()


def test_without_the_demo_shop_there_are_no_demo_agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETURNDESK_DEMO_SHOP", "false")

    assert ensure_demo(tmp_path) is None
    assert "There are no agents" in run("list").output
