"""The signed links are tried on a running web process, the REST API over the demo shop."""

from tests.api.v1_shop import api, v1_database
from tests.bot.conftest import open_site, site

__all__ = ["api", "open_site", "site", "v1_database"]
