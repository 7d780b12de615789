"""A service behind the registry: where its answers come from, and what is said when none comes."""

from dataclasses import dataclass
from typing import Final

import httpx2

from connector_registry.relaying.shares import MOST_FILES
from connectors_shared.http.problems import ProblemError

TIMEOUT: Final = httpx2.Timeout(connect=2.0, write=10.0, read=30.0, pool=2.0)
LONG_TIMEOUT: Final = httpx2.Timeout(connect=2.0, write=60.0, read=300.0, pool=2.0)
MOST_CONNECTIONS: Final = 100
"""Beside those of files."""
KEEPALIVE_SECONDS: Final = 2.0
"""Idle connections end before a service closes them after 5 s: a request sent in that moment would be lost."""

Route = tuple[str, str]
"""Method and path."""


@dataclass(frozen=True, slots=True)
class Peer:
    """`uploads`: paths whose POST takes a file. `downloads`: routes that answer with one. `name`: in the log."""

    name: str
    unavailable: type[ProblemError]
    """Nothing was sent."""
    lost: type[ProblemError]
    """Nobody knows what came of it."""
    not_for_keys: type[ProblemError]
    """It cannot be told who came with an API key."""
    uploads: frozenset[str] = frozenset()
    downloads: frozenset[Route] = frozenset()

    def takes_file(self, method: str, path: str) -> bool:
        return method == "POST" and path in self.uploads

    def is_long(self, method: str, path: str) -> bool:
        """Carries a file, in or out, and may take its time."""
        return self.takes_file(method, path) or (method, path) in self.downloads


def client_of(url: str) -> httpx2.AsyncClient:
    """One for the whole process; no proxy of the environment comes in between. Raises httpx2.InvalidURL."""
    limits = httpx2.Limits(
        max_connections=MOST_CONNECTIONS + MOST_FILES, max_keepalive_connections=50, keepalive_expiry=KEEPALIVE_SECONDS
    )
    headers = {"Accept-Encoding": "identity"}
    return httpx2.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, limits=limits, trust_env=False)
