"""The one place that says how tests find and start a Chromium."""

import os
import shutil

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def program() -> str:
    """Return the path of a Chromium; with CI=true a missing one fails the test, on a laptop it skips with a notice."""
    found = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if found is not None:
        return found
    message = f"No Chromium was found (tried {', '.join(PROGRAMS)}); install one to run the browser tests."
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
