"""A picture of a page in light and in dark, with numbers on it if wanted, small enough to be kept in a repository."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLOURS = 256
SETTLE_MS = 350
"""Until colours and panels have stopped moving."""

type Theme = Literal["light", "dark"]

THEMES: tuple[Theme, ...] = ("light", "dark")
_NUMBER = """([places]) => {
  document.querySelectorAll(".picture-number").forEach((one) => one.remove());
  places.forEach(([selector, x, y], index) => {
    const found = document.querySelector(selector);
    if (!found) throw new Error(`nothing is at ${selector}`);
    const box = found.getBoundingClientRect();
    const mark = document.createElement("span");
    mark.className = "picture-number";
    mark.textContent = String(index + 1);
    mark.style.cssText = `position:fixed;z-index:99999;left:${box.left + box.width * x - 11}px;top:${box.top
      + box.height * y - 11}px;width:22px;height:22px;border-radius:11px;background:#c2410c;color:#fff;
      font:700 12px/22px system-ui,sans-serif;text-align:center;box-shadow:0 0 0 2px #fff,0 1px 4px #0006`;
    document.body.append(mark);
  });
}"""
_WITHOUT_NOTICES = """() => {
  document.querySelectorAll(".say, .picture-number").forEach((one) => one.remove());
}"""

type Place = tuple[str, float, float]
"""A selector, and where on it a number stands: 0 is its left or upper edge, 1 its right or lower one."""


def both(page: Page, name: str, numbers: Sequence[Place] = (), before: Callable[[], None] | None = None) -> None:
    """Take `NAME-light.png` and `NAME-dark.png`; `before` brings back, for each, what passes by itself."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        if before:
            before()
        page.wait_for_timeout(SETTLE_MS)
        page.evaluate(_WITHOUT_NOTICES)
        if numbers:
            page.evaluate(_NUMBER, [list(numbers)])
        save(page.screenshot(), f"{name}-{theme}")
        page.evaluate(_WITHOUT_NOTICES)
    page.emulate_media(color_scheme="light")


def save(taken: bytes, name: str) -> Path:
    """Write a picture below docs/images with as many colours as a palette holds: a third of the size."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.png"
    path.write_bytes(with_palette(taken))
    return path


def with_palette(taken: bytes) -> bytes:
    """Return the same picture with at most 256 colours."""
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    reduced = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    written = io.BytesIO()
    reduced.save(written, "PNG", optimize=True)
    return written.getvalue()
