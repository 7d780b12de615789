"""A connection pool whose JSON columns keep integers exact."""

from collections.abc import Mapping

import asyncpg
import msgspec

JSON_TYPES = ("json", "jsonb")


async def open_pool(url: str, *, min_size: int = 1, max_size: int = 8, schema: str | None = None) -> asyncpg.Pool:
    """Connect; raises what asyncpg raises. JSON comes and goes as Python values."""
    return await new_pool(url, min_size=min_size, max_size=max_size, schema=schema)


def new_pool(
    url: str,
    *,
    min_size: int = 1,
    max_size: int = 8,
    schema: str | None = None,
    settings: Mapping[str, str] | None = None,
    timeout_seconds: float = 60.0,
) -> asyncpg.Pool:
    """The same, not connected yet: await it before its first use. `settings` hold for every session."""
    return asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        init=_set_up,
        command_timeout=timeout_seconds,
        server_settings={**(settings or {}), **({"search_path": f"{schema}, public"} if schema else {})},
    )


async def _set_up(connection: asyncpg.Connection) -> None:
    for name in JSON_TYPES:
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode, decoder=msgspec.json.decode, format="text"
        )


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
