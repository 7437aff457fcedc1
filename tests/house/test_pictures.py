"""The pages of the docs: their pictures are there and small, and what they name exists."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from console import keys
from handoff.ticket import OUTCOME_TITLES, REASON_TITLES
from tools import pictures

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
AGENTS = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
MOST_BYTES = 4_000_000


def a_picture() -> bytes:
    """A picture of many more colours than a palette holds."""
    picture = Image.radial_gradient("L").resize((200, 120)).convert("RGB")
    ImageDraw.Draw(picture).rectangle((10, 10, 60, 40), fill=(30, 92, 74))
    picture = Image.merge("RGB", (picture.getchannel(0), picture.getchannel(1).rotate(180), picture.getchannel(2)))
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def test_a_picture_keeps_its_size_and_its_large_areas_with_a_palette_of_256_colours() -> None:
    reduced = Image.open(io.BytesIO(pictures.with_palette(a_picture())))

    colours = reduced.convert("RGB").getcolors(maxcolors=256)
    assert reduced.size == (200, 120)
    assert colours is not None
    before, after = Image.open(io.BytesIO(a_picture())).getpixel((20, 20)), reduced.convert("RGB").getpixel((20, 20))
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) <= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_and_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:src|srcset)=\"([^\"]+)\"|\]\(([^)#\s]+)", text)
    local = [one or other for one, other in named if not (one or other).startswith(("http", "mailto:"))]

    missing = [name for name in local if not (page.parent / name).exists() and "://" not in name]

    assert missing == []


def test_all_pictures_together_stay_small() -> None:
    sizes = [path.stat().st_size for path in pictures.IMAGES.iterdir()]

    assert sizes
    assert sum(sizes) < MOST_BYTES


def test_the_page_for_agents_names_every_key_reason_and_outcome() -> None:
    unnamed = [key.keys for key in keys.KEYS if f"`{key.keys}`" not in AGENTS]
    unnamed += [title for title in (*REASON_TITLES.values(), *OUTCOME_TITLES.values()) if f"| {title} |" not in AGENTS]

    assert unnamed == []


def test_the_page_for_agents_names_only_settings_that_exist() -> None:
    known = set(re.findall(r"\bRETURNDESK_\w+", (ROOT / ".env.example").read_text(encoding="utf-8")))

    named = set(re.findall(r"\bRETURNDESK_\w+", AGENTS))

    assert named
    assert named <= known
