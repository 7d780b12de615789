"""The connections to Postgres, by what they are for."""

from dataclasses import dataclass
from typing import Final, Self

import asyncpg

from connector_registry import SCHEMA
from connector_registry.oauth.refresher import AT_ONCE
from connector_registry.settings import Settings
from connectors_shared.runtime.postgres import Work, new_pool
from connectors_shared.runtime.roles import Role

KEY_CONNECTIONS: Final = 4
"""Of which each look-up of an API key takes one for less than a millisecond."""
WORKER_CONNECTIONS: Final = 6
"""One sends, one purges, one looks at what waits, one for tokens that are due, one for the feed, one for backlogs."""


@dataclass(frozen=True, slots=True)
class Pools:
    """`app` answers requests, `worker` publishes and purges, `tokens` wait for providers with a token locked, and
    `keys` find out who presents an API key."""

    app: asyncpg.Pool
    worker: asyncpg.Pool
    tokens: asyncpg.Pool
    keys: asyncpg.Pool

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Raises what asyncpg raises."""
        app_url, worker_url = settings.database_url_of(Role.APP), settings.database_url_of(Role.WORKER)
        return cls(
            await new_pool(app_url, schema=SCHEMA, role=Role.APP, work=Work.WRITE, max_size=settings.pool_size),
            await new_pool(worker_url, schema=SCHEMA, role=Role.WORKER, max_size=WORKER_CONNECTIONS),
            await new_pool(app_url, schema=SCHEMA, role=Role.APP, max_size=AT_ONCE),
            await new_pool(app_url, schema=SCHEMA, role=Role.APP, work=Work.READ, max_size=KEY_CONNECTIONS),
        )

    async def close(self) -> None:
        for pool in (self.app, self.worker, self.tokens, self.keys):
            await pool.close()
