"""A connector's line says how many flows use it and when it was last used, from what the history has recorded."""

from datetime import timedelta
from uuid import uuid4

from connector_registry.connectors.connector import ListFilter
from connector_registry.connectors.postgres import PostgresConnectorStore
from connector_registry.credentials.postgres import PostgresCredentialRows
from connector_registry.history.recording.postgres import PostgresHistory
from connector_registry.outbox.postgres import PostgresOutgoing
from tests.integration.registry.history.conftest import SeenInPostgres, Shared
from tests.unit.registry.history.builders import CONNECTOR, NOON, WORKSPACE, a_line

MADE = """
    INSERT INTO registry.connectors (id, workspace_id, name, category, enabled, revision, published_version, created_at,
        created_by, updated_at, updated_by)
    VALUES ($1, $2, $3, 'enrichment', true, 1, 1, now(), 'ann', now(), 'ann')
"""
VERSION = "INSERT INTO registry.connector_versions VALUES ($1, 1, $2, '{}', 'ann', now())"


async def test_the_flows_that_use_a_connector_are_counted(
    shared: Shared, history: PostgresHistory, seen: SeenInPostgres
) -> None:
    unused = uuid4()
    async with seen.connection.transaction():
        for connector_id, name in ((CONNECTOR, "used"), (unused, "unused")):
            await seen.connection.execute(MADE, connector_id, WORKSPACE, name)
            await seen.connection.execute(VERSION, connector_id, WORKSPACE)
    later = NOON + timedelta(minutes=5)
    await history.record([a_line(), a_line(), a_line(context={"flowId": "flow-2"}), a_line(context={"stepId": "s"})])
    await history.record([a_line(at=later, context={}, trigger="rest"), a_line(trigger="test", at=later)])
    outgoing = PostgresOutgoing()
    store = PostgresConnectorStore(shared.app, PostgresCredentialRows(outgoing, lambda _credential: b""), outgoing)
    page = await store.page(WORKSPACE, ListFilter(limit=10))
    found = {line.name: (line.usage_count, line.last_used_at) for line in page}
    assert found == {"used": (3, later), "unused": (0, None)}
