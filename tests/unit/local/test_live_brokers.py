"""A broker that is asked whether it lives while it starts: it takes connections, and answers late."""

import asyncio
from typing import Any

import pytest

from connectors_local.servers import kafka
from connectors_local.servers.kafka import live_brokers
from connectors_shared.runtime import kafka_admin


class SlowAdmin:
    """Stands for the client of a broker that takes its time; its own connections."""

    steps: list[str]

    def __init__(self, **_settings: Any) -> None:
        SlowAdmin.steps = []
        self._client = self

    async def start(self) -> None:
        try:
            for _ in range(20):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.steps.append("cut off")
            raise
        self.steps.append("started")

    async def close(self) -> None:
        self.steps.append("closed")


async def test_who_answers_too_late_is_not_alive_and_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def accepts(_host: str, _port: int) -> bool:
        return True

    monkeypatch.setattr(kafka, "port_accepts", accepts)
    monkeypatch.setattr(kafka_admin, "AIOKafkaAdminClient", SlowAdmin)
    monkeypatch.setattr(kafka, "ANSWER_SECONDS", 0.0)
    assert await live_brokers("127.0.0.1", 1) == set()
    assert SlowAdmin.steps == ["started", "closed"]
