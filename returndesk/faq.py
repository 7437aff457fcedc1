"""`returndesk faq`: check the shop's answers, and see which ones are missing."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from encoder import Encoder
from faq import content, gaps, repository, vectors
from faq.entry import Entry
from faq.gaps import Failed, Gap
from faq.matcher import Matcher
from kit import settings as configuration
from kit.clock import SystemClock
from kit.db import Database
from kit.settings import Settings
from returndesk import database
from store import facts, policy_file
from store.policy_file import PolicyBook

LOOKALIKE = 0.92
"""Cosine from which a wording says what another entry's wording says already."""
SHOWN_OF_A_GAP = 4

faq_app = typer.Typer(help="The answers to questions.", no_args_is_help=True, add_completion=False)
console = Console(highlight=False, soft_wrap=True)

Folder = Annotated[Path | None, typer.Argument(help="Folder of the answers; by default the one of the settings.")]


@faq_app.command("check")
def check_command(folder: Folder = None) -> None:
    """Say what is wrong in which file and line, with exit code 1; and which wordings of two entries are too alike."""
    settings = configuration.load()
    where = folder or settings.faq
    entries = checked(where, policy_file.read(settings.policy))
    console.print(f"{len(entries)} answers with {sum(len(one.questions) for one in entries)} wordings are right.")
    for line in lookalikes(where, entries, vectors.Kept(Encoder().encode, _cache(settings))):
        console.print(line, markup=False)


@faq_app.command("gaps")
def gaps_command(
    days: Annotated[int, typer.Option(min=1, help="Look at the questions of so many days.")] = 90,
    most: Annotated[int, typer.Option(min=1, help="Show so many groups, the largest first.")] = 20,
) -> None:
    """List the questions that had no answer, grouped by likeness, with the entry that is missing or too narrow."""
    with database.ready(configuration.load()) as settings:
        failed = asyncio.run(_failed(settings, days))
    if not failed:
        console.print(f"No question of the last {days} days was left without an answer.")
        return
    encode = Encoder().encode
    entries = checked(settings.faq, policy_file.read(settings.policy))
    matcher = Matcher(entries, encode, kept=vectors.Kept(encode, _cache(settings)))
    still = [one for one in failed if matcher.find(one.text).kind != "answer"]
    console.print(
        f"{len(failed)} questions of the last {days} days had no answer; {len(failed) - len(still)} have one now."
    )
    known = {one.key for one in entries}
    for number, gap in enumerate(gaps.group([_known(one, known) for one in still], encode)[:most], 1):
        for line in words(number, gap):
            console.print(line, markup=False)


def checked(folder: Path, book: PolicyBook) -> tuple[Entry, ...]:
    """Return the answers, each tried under all versions of the policy; raises BadInput with file, line and reason."""
    now = SystemClock().now()
    given = [facts.of(book.version(one.id), now) for one in book.versions]
    entries = content.load(folder, set(given[0]))
    for entry in entries:
        for known in given:
            entry.answer(known)
    return entries


def lookalikes(folder: Path, entries: Sequence[Entry], kept: vectors.Kept) -> list[str]:
    """Return a line for each wording that stands, in nearly the same meaning, in another entry too."""
    rows = [(entry, wording) for entry in entries for wording in entry.questions]
    known = [
        vector
        for entry in entries
        for vector in kept.of(entry.key, (*entry.wordings, *entry.sentences))[1:][: len(entry.questions)]
    ]
    found = []
    for place, (entry, wording) in enumerate(rows):
        for other in range(place):
            if rows[other][0].key != entry.key and float(known[place] @ known[other]) >= LOOKALIKE:
                line = content.line_of(folder, entry.key, wording)
                found.append(
                    f"{entry.key}.md:{line}: {wording!r} is much like {rows[other][1]!r} of {rows[other][0].key}.md"
                )
    return found


def words(number: int, gap: Gap) -> list[str]:
    """Return a gap as lines for the terminal."""
    asked = len(gap.questions)
    near = f"nearest: {gap.nearest.topic} ({gap.nearest.score:.2f})" if gap.nearest else "nothing is near"
    lines = [f"\n{number}. {asked} question{'' if asked == 1 else 's'}; {near}. {gap.suggestion}"]
    shown = list(dict.fromkeys(one.text for one in gap.questions))
    lines += [f"   - {' '.join(text.split())}" for text in shown[:SHOWN_OF_A_GAP]]
    picked = [one.chosen for one in gap.questions if one.chosen]
    if picked:
        lines.append(f"   Asked what they meant, {len(picked)} of them chose {', '.join(sorted(set(picked)))}.")
    return lines


def _known(failed: Failed, keys: set[str]) -> Failed:
    """Return a question without entries that have been taken away since."""
    near = tuple(one for one in failed.near if one.topic in keys)
    return Failed(failed.text, failed.asked_at, near, failed.chosen if failed.chosen in keys else None)


async def _failed(settings: Settings, days: int) -> list[Failed]:
    assert settings.database_url is not None
    opened = Database(settings.database_url)
    try:
        async with opened.transaction() as session:
            return await repository.failed_since(session, SystemClock().now() - timedelta(days=days))
    finally:
        await opened.dispose()


def _cache(settings: Settings) -> Path:
    return settings.data_dir / "faq-vectors"
