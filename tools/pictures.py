"""A picture of a page in light and in dark, with numbers on it if wanted, small enough to be kept in a repository."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLOURS, KEPT_COLOURS = 256, 128
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
    taken: dict[Theme, bytes] = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        if before:
            before()
        page.wait_for_timeout(SETTLE_MS)
        page.evaluate(_WITHOUT_NOTICES)
        if numbers:
            page.evaluate(_NUMBER, [list(numbers)])
        taken[theme] = page.screenshot()
        page.evaluate(_WITHOUT_NOTICES)
    page.emulate_media(color_scheme="light")
    for theme, picture in taken.items():  # afterwards: what passes by itself does not wait for it
        save(picture, f"{name}-{theme}")


def save(taken: bytes, name: str) -> Path:
    """Write a picture below docs/images with as many colours as a palette holds: a third of the size."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.png"
    path.write_bytes(with_palette(taken))
    return path


def with_palette(taken: bytes) -> bytes:
    """Return the same picture with at most 256 colours.

    The most frequent ones stay as they are, so that a small mark keeps its red; what remains is for soft edges.
    """
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    red, green, blue = (np.asarray(channel, dtype=np.uint32).ravel() for channel in picture.split())
    packed, places, counts = np.unique(red << 16 | green << 8 | blue, return_inverse=True, return_counts=True)
    colours = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.uint8)
    kept = colours[np.argsort(-counts)[:KEPT_COLOURS]]
    softer = picture.quantize(COLOURS - KEPT_COLOURS, method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = np.concatenate([kept, np.array(softer, dtype=np.uint8).reshape(-1, 3)])[:COLOURS].astype(np.int32)
    nearest = np.concatenate(
        [((part[:, None].astype(np.int32) - palette) ** 2).sum(axis=2).argmin(axis=1) for part in _pieces(colours)]
    )
    reduced = Image.fromarray(nearest.astype(np.uint8)[places].reshape(picture.height, picture.width))
    reduced.putpalette(palette.astype(np.uint8).tobytes())
    written = io.BytesIO()
    reduced.save(written, "PNG", optimize=True)
    return written.getvalue()


def _pieces(colours: NDArray[np.uint8], size: int = 4096) -> Iterator[NDArray[np.uint8]]:
    """Cut a long list, so that comparing each with each fits into memory."""
    for start in range(0, len(colours), size):
        yield colours[start : start + size]
