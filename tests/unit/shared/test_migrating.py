"""Bringing a schema up to date, where the server is slow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors_shared.runtime import migrations


class SlowToPart:
    """A connection whose server says no goodbye in time."""

    async def close(self, timeout: float) -> None:
        raise TimeoutError


@pytest.fixture
def provisioned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []

    async def connected(_url: str) -> SlowToPart:
        return SlowToPart()

    async def applied(*_: Any) -> dict[str, str]:
        return {}

    async def provision(_connection: SlowToPart, schema: str) -> None:
        done.append(schema)

    @asynccontextmanager
    async def turn(*_: Any) -> AsyncIterator[None]:
        yield

    is_current = iter([False, True])
    monkeypatch.setattr(migrations, "_connected", connected)
    monkeypatch.setattr(migrations, "_applied", applied)
    monkeypatch.setattr(migrations, "_provision", provision)
    monkeypatch.setattr(migrations, "_turn", turn)
    monkeypatch.setattr(migrations, "_is_current", lambda *_, **__: next(is_current))
    return done


async def test_a_server_that_says_no_goodbye_keeps_no_service_from_starting(
    provisioned: list[str], tmp_path: Path
) -> None:
    await migrations.bring_up_to_date("postgresql://nowhere.test/db", tmp_path, "executor")
    assert provisioned == ["executor"]
