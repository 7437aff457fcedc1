"""`returndesk faq`, as whoever writes the answers runs it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from faq import content, repository
from faq.gaps import Near
from kit import errors
from kit.clock import SystemClock
from kit.db import Database
from kit.settings import PROJECT_ROOT
from returndesk.faq import faq_app

pytestmark = pytest.mark.database
KETTLE = ["how do i descale the kettle", "can I descale the kettle with vinegar", "descaling the kettle"]


@pytest.fixture(autouse=True)
def _settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a desk whose answers have been encoded before."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RETURNDESK_DATA_DIR", str(tmp_path))
    encoded = PROJECT_ROOT / "var" / "faq-vectors"
    encoded.mkdir(parents=True, exist_ok=True)
    (tmp_path / "faq-vectors").symlink_to(encoded)


def run(*arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(faq_app, arguments, catch_exceptions=False)


def test_our_answers_are_right() -> None:
    said = run("check")
    assert said.exit_code == 0
    assert f"{len(list(content.FOLDER.glob('*.md')))} answers with " in said.output


def test_a_wrong_answer_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    text = (content.FOLDER / "lost-box.md").read_text(encoding="utf-8")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "missing_box_rule" in one)
    (folder / "lost-box.md").write_text(text.replace("missing_box_rule", "missing_boxes_rule"), encoding="utf-8")
    with pytest.raises(errors.BadInput, match=rf"lost-box\.md:{line}: .* no fact named missing_boxes_rule"):
        run("check", str(folder))


def test_wordings_that_two_answers_share_in_other_words_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    for name in ("lost-box", "pickup"):
        text = (content.FOLDER / f"{name}.md").read_text(encoding="utf-8")
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    more = (folder / "pickup.md").read_text(encoding="utf-8").replace(
        "questions:\n", "questions:\n  - does it need to be in the original box?\n"
    )  # fmt: skip
    (folder / "pickup.md").write_text(more, encoding="utf-8")
    said = run("check", str(folder)).output
    assert "pickup.md:5: 'does it need to be in the original box?' is much like" in said
    assert "of lost-box.md" in said


def test_without_failed_questions_there_are_no_gaps() -> None:
    assert "No question of the last 90 days was left without an answer." in run("gaps").output


def test_gaps_are_shown_largest_first_with_what_is_missing(database: Database) -> None:
    async def fill() -> None:
        now = SystemClock().now()
        async with database.transaction() as session:
            for text in KETTLE:
                await repository.keep(session, uuid4(), text, "none", [Near("gift-return", 0.41)], now)
            await repository.keep(session, uuid4(), "is there a student discount", "none", [], now)
            await repository.keep(session, uuid4(), "Who pays for return shipping?", "none", [], now)
            await repository.keep(session, uuid4(), "far too old", "none", [], now - timedelta(days=400))

    asyncio.run(fill())
    said = run("gaps").output
    assert "5 questions of the last 90 days had no answer; 1 have one now." in said
    assert "1. 3 questions; nearest: gift-return (0.41). No entry answers this: write one, such as " in said
    assert said.index("descale the kettle") < said.index("student discount")
    assert "far too old" not in said
