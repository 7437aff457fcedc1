"""Makes the pictures of the docs from a running desk: `python tools/screenshots.py [URL]`, after `make run`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

sys.path.insert(0, str(ROOT))
from tests.browser.widget_page import WidgetPage  # noqa: E402  (the page object that the tests use)


def main(url: str) -> None:
    """Take every picture."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1180, "height": 760}, device_scale_factor=1.5)
        page.goto(url)
        a_return(WidgetPage(page), page)
        browser.close()


def a_return(widget: WidgetPage, page: Page) -> None:
    """The picture of the README: amounts side by side in the middle of a return."""
    widget.open()
    widget.say("hi, I'd like to send the sweater from #H204518 back, it's too big. my zip is 97214")
    widget.wait_for_reply("What would you like")
    page.wait_for_timeout(600)
    page.screenshot(path=str(IMAGES / "return.png"))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/")
