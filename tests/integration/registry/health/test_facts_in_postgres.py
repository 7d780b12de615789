"""What the registry knows of connectors, asked for many at once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connector_registry import SCHEMA
from connector_registry.health.postgres import PostgresFacts
from connector_registry.health.watching import KIND
from connector_registry.health.watching_postgres import PostgresCeilings
from connector_registry.noticing.notice import Opening
from connector_registry.noticing.postgres import PostgresNoticeBoard
from connectors_local.database_users import administrator
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.oauth.scene import CLIENT

EXECUTED = """
INSERT INTO registry.connector_executions (
    workspace_id, executed_at, id, connector_id, status, error_type, error_message, http_status, trigger, lane,
    execution_time_ms, attempt_count
)
SELECT $1, now() - make_interval(mins => n), gen_random_uuid(), $2, CASE WHEN n < 3 THEN 'failed' ELSE 'success' END,
       'http_error', 'HTTP 500', 500, 'flow', 'normal', 10, 1
FROM generate_series(0, 30) AS n
"""
TODAY = "SELECT registry.keep_history_days(1, 0, 30)"


@pytest.fixture
def workspace(client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]) -> UUID:
    """Of whom `client` is signed in as."""
    fresh = uuid4()
    client.headers.update(sign_in(fresh))
    return fresh


async def test_it_knows_why_the_provider_of_its_own_credential_gives_no_token(
    client: httpx2.AsyncClient,
    workspace: UUID,
    a_connector: Callable[..., dict[str, Any]],
    administrator_url: str,
    database: str,
) -> None:
    body = a_connector(name="offers")
    body["config"] |= {"auth": CLIENT}
    made = (await client.post("/api/connectors", json=body)).json()
    async with administrator(administrator_url) as admin:
        query = "UPDATE registry.oauth_tokens SET state = 'failing', why = 'It answered 503.' WHERE workspace_id = $1"
        await admin.execute(query, workspace)
    app = await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=1)
    facts = await PostgresFacts(app).of(workspace, [UUID(made["id"])])
    await app.close()
    assert [each.token_fault for each in facts.values()] == ["It answered 503."]
    [action] = [each for each in (await client.get("/api/actions")).json()["actions"] if each["name"] == "offers"]
    assert (action["enabled"], action["why_not"]["reason"]) == (False, "no_token_yet")


async def test_it_knows_who_switched_one_off_and_how_the_last_ended(
    client: httpx2.AsyncClient,
    workspace: UUID,
    a_connector: Callable[..., dict[str, Any]],
    administrator_url: str,
    database: str,
) -> None:
    small = a_connector(name="unused")
    small["config"] |= {"parking": {"maxParked": 50}}
    off, broken, unused = [
        (await client.post("/api/connectors", json=body)).json()["id"]
        for body in (a_connector(name="off"), a_connector(name="broken"), small)
    ]
    await client.post(f"/api/connectors/{off}/disable")
    async with administrator(administrator_url) as admin:
        await admin.execute(TODAY)
        await admin.execute(EXECUTED, workspace, UUID(broken))
    answer = await client.get("/api/health", params={"connectorId": [off, broken, unused]})
    assert answer.status_code == 200, answer.text
    told = {one["name"]: one for one in answer.json()["connectors"]}
    assert told["off"]["state"] == "disabled"
    assert "ann" in told["off"]["sentence"]
    assert (told["broken"]["state"], told["broken"]["last_execution"]["http_status"]) == ("failing", 500)
    assert "its last 3 executions failed" in told["broken"]["sentence"]
    assert (told["unused"]["state"], told["unused"]["last_execution"]) == ("no_answer", None)
    worker = await open_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=1)
    ceilings, board = PostgresCeilings(worker), PostgresNoticeBoard(worker)
    found = await ceilings.of([UUID(unused), UUID(broken), uuid4()])
    assert {(each.connector_id, each.ceiling) for each in found} == {(UUID(unused), 50), (UUID(broken), 1_000_000)}
    assert {each.workspace_id for each in found} == {workspace}
    await board.say([Opening(workspace, KIND, "nearly full", connector_id=UUID(unused))])
    assert await ceilings.told() == [(workspace, UUID(unused))]
    await worker.close()
    lines = (await client.get("/api/connectors")).json()["connectors"]
    words = {line["name"]: line["health"] for line in lines}
    assert words == {"off": "disabled", "broken": "unused", "unused": "backlog_nearly_full"}
    await client.delete(f"/api/connectors/{off}")
    deleted = (await client.get(f"/api/connectors/{off}/health")).json()
    assert (deleted["state"], deleted["since"] is None) == ("deleted", False)
