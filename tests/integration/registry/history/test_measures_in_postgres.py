"""Success metrics in Postgres are those that every store measures."""

import pytest

from connector_registry.history.measuring import PostgresMeasures
from tests.integration.registry.history.conftest import Shared
from tests.unit.registry.history.builders import CONNECTOR, WORKSPACE
from tests.unit.registry.history.measures_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.history.measures_suite import NAMES, OTHER

MADE = """
    INSERT INTO registry.connectors (id, workspace_id, name, category, enabled, revision, published_version, created_at,
        created_by, updated_at, updated_by)
    VALUES ($1, $2, $5, $3, $4, 1, 1, now(), 'ann', now(), 'ann')
"""
VERSION = "INSERT INTO registry.connector_versions VALUES ($1, 1, $2, '{}', 'ann', now())"


@pytest.fixture
async def measures(shared: Shared, seen: object) -> PostgresMeasures:
    async with shared.seen.connection.transaction():
        for connector_id, category, enabled in ((CONNECTOR, "enrichment", True), (OTHER, "crm", False)):
            await shared.seen.connection.execute(MADE, connector_id, WORKSPACE, category, enabled, NAMES[connector_id])
            await shared.seen.connection.execute(VERSION, connector_id, WORKSPACE)
    return PostgresMeasures(shared.app)
