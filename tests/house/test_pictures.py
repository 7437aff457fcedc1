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


RED, GREEN = (200, 30, 20), (30, 92, 74)


def a_picture() -> bytes:
    """A picture of many more colours than a palette holds, with a flat area and a small mark."""
    shade = Image.radial_gradient("L").resize((300, 300))
    picture = Image.merge(
        "RGB", (shade, shade.rotate(90).crop((40, 0, 340, 300)), Image.linear_gradient("L").resize((300, 300)))
    )
    draw = ImageDraw.Draw(picture)
    draw.rectangle((10, 10, 160, 140), fill=GREEN)
    draw.rectangle((200, 200, 208, 208), fill=RED)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def test_a_picture_keeps_its_size_its_flat_areas_and_its_small_marks_with_a_palette_of_256_colours() -> None:
    taken = a_picture()
    assert Image.open(io.BytesIO(taken)).getcolors(maxcolors=1000) is None

    reduced = Image.open(io.BytesIO(pictures.with_palette(taken))).convert("RGB")

    assert reduced.size == (300, 300)
    assert reduced.getcolors(maxcolors=256) is not None
    assert reduced.getpixel((20, 20)) == GREEN
    assert reduced.getpixel((204, 204)) == RED


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
