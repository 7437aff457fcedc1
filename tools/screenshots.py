"""Makes the pictures of the docs from a running desk with the demo shop.

`python tools/screenshots.py [URL of the shop] [URL of the console]`, after `make clean` and `make run`, with the same
settings as the desk's.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

sys.path.insert(0, str(ROOT))
import console_screenshots  # noqa: E402  (these three stand beside this file)
import pictures  # noqa: E402
import stage  # noqa: E402

from kit import settings as configuration  # noqa: E402
from tests.browser.widget_page import WidgetPage  # noqa: E402  (the page object that the tests use)


def main(shop_url: str, console_url: str) -> None:
    """Take every picture."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        a_return(browser, shop_url)
        with stage.on(browser, shop_url, console_url) as set_up:
            console_screenshots.take(set_up)
        browser.close()


def a_return(browser: Browser, url: str) -> None:
    """The picture of the README: amounts side by side in the middle of a return."""
    page = browser.new_page(viewport={"width": 1180, "height": 760}, device_scale_factor=1.5)
    page.goto(url)
    widget = WidgetPage(page).open()
    widget.say("hi, I'd like to send the sweater from #H204518 back, it's too big. my zip is 97214")
    widget.wait_for_reply("What would you like")
    page.wait_for_timeout(600)
    pictures.save(page.screenshot(), "return")
    page.close()


if __name__ == "__main__":
    settings = configuration.load()
    given = dict(enumerate(sys.argv[1:]))
    main(given.get(0, f"{settings.base_url}/"), given.get(1, f"{settings.console_address}/"))
