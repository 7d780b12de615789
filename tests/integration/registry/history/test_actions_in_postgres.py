"""Actions in Postgres are those that every store tells of."""

from datetime import UTC, datetime, time
from uuid import UUID, uuid4

import msgspec
import pytest

from connector_registry.actions.memory import Day
from connector_registry.actions.port import ConnectorAction
from connector_registry.actions.postgres import PostgresActions
from tests.integration.registry.history.conftest import Shared
from tests.unit.registry.actions.actions_suite import *  # noqa: F403  # the shared tests, collected here

CONNECTOR = """
    INSERT INTO registry.connectors (id, workspace_id, name, description, icon, category, enabled, revision,
        published_version, created_at, created_by, updated_at, updated_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, 'ann', now(), 'ann')
"""
VERSION = "INSERT INTO registry.connector_versions VALUES ($1, $2, $3, $4, 'ann', now())"
CREDENTIAL = """
    INSERT INTO registry.credentials (id, workspace_id, connector_id, name, type, sealed, last_four, key_ids,
        allowed_origins, status, revision, created_at, created_by, updated_at, updated_by)
    VALUES ($1, $2, $3, '', 'oauth2', '{}', '{}', '{}', '{}', $4, 1, now(), 'ann', now(), 'ann')
"""
TOKEN = "INSERT INTO registry.oauth_tokens (credential_id, workspace_id, state) VALUES ($1, $2, $3)"
WAITING = "INSERT INTO registry.outbox (workspace_id, topic, key) VALUES ($1, 'connector.config', $2)"
ROLLUP = "INSERT INTO registry.execution_rollups VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, 0, '{}', $8)"


class PostgresSeed:
    def __init__(self, shared: Shared) -> None:
        self._connection = shared.seen.connection

    async def connector(self, workspace_id: UUID, action: ConnectorAction) -> None:
        head = (action.name, action.description, action.icon, action.category, action.enabled)
        definition = {
            "input_schema": action.input_schema,
            "output_schema": action.output_schema,
            "field_mapping_templates": action.field_mapping_templates,
        }
        async with self._connection.transaction():
            await self._connection.execute(CONNECTOR, action.id, workspace_id, *head, action.version, action.created_at)
            written = msgspec.json.encode(definition).decode()
            await self._connection.execute(VERSION, action.id, action.version, workspace_id, written)
            if action.credential_status is not None:
                await self._credential(workspace_id, action)
            if not action.published:
                await self._connection.execute(WAITING, workspace_id, f"connector/{action.id}")

    async def _credential(self, workspace_id: UUID, action: ConnectorAction) -> None:
        credential_id = uuid4()
        await self._connection.execute(CREDENTIAL, credential_id, workspace_id, action.id, action.credential_status)
        if action.token_state is not None:
            await self._connection.execute(TOKEN, credential_id, workspace_id, action.token_state)

    async def day(self, workspace_id: UUID, day: Day) -> None:
        durations = [day.durations.get(bucket, 0) for bucket in range(max(day.durations) + 1)]
        for period in ("day", "hour"):
            starts_at = datetime.combine(day.day, time(), UTC)
            counts = (day.executions, day.succeeded, day.skipped)
            await self._connection.execute(
                ROLLUP, workspace_id, period, starts_at, day.connector_id, *counts, durations
            )


@pytest.fixture
async def seed(shared: Shared, seen: object) -> PostgresSeed:
    await shared.seen.connection.execute("TRUNCATE registry.outbox")
    return PostgresSeed(shared)


@pytest.fixture
def actions(shared: Shared) -> PostgresActions:
    return PostgresActions(shared.app)
