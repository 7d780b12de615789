"""Shared credentials over Postgres and Kafka."""

from typing import Any

import httpx2
import pytest

from connector_registry.connectors.postgres import PostgresConnectorStore
from tests.unit.registry.credentials.credentials_suite import *  # noqa: F403
from tests.unit.registry.credentials.credentials_suite import a_user, made, problems


async def test_a_credential_that_goes_while_a_connector_is_judged_is_told_of(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = await made(client)
    real = PostgresConnectorStore.shared

    async def gone(store: PostgresConnectorStore, *asked: Any) -> Any:
        found = await real(store, *asked)
        assert (await client.delete(f"/api/credentials/{credential['id']}")).status_code == 204
        return found

    monkeypatch.setattr(PostgresConnectorStore, "shared", gone)
    answer = await client.post("/api/connectors", json=a_user(credential["id"]))
    assert problems(answer) == ["/config/auth/credentialId"]
