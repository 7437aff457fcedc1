"""The signed links are tried on a running web process."""

from tests.bot.conftest import open_site, site

__all__ = ["open_site", "site"]
