"""Whatever is asked of the flow engine, it answers what its OpenAPI document says."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from connectors_local.flows.http.api import build_api
from connectors_local.flows.settings import FlowSettings
from connectors_local.flows.store.postgres import PostgresFlows
from connectors_shared.http.cursor import Cursor, cursor_text
from connectors_shared.http.principal import Scope
from connectors_shared.runtime.clock import SystemClock
from tests.documented import as_documented
from tests.integration.flows.conftest import Shared
from tests.tokens import bearer
from tests.unit.flows.builders import WORKSPACE, calling

JWT_SECRET = "a-secret-only-for-tests-0123456789abcdef"
ENOUGH = 100_000


@pytest.mark.timeout(240)
async def test_whatever_is_asked_is_answered_as_documented(emptied: Shared) -> None:
    settings = FlowSettings(
        kafka_bootstrap_servers="unused:9092",
        database_url=SecretStr("postgresql://unused"),
        mapper_url="http://unused",
        jwt_secret=SecretStr(JWT_SECRET),
        requests_per_minute=ENOUGH,
    )
    app = build_api(settings, PostgresFlows(emptied.app), SystemClock(), CollectorRegistry(), lambda: None)
    headers = bearer(JWT_SECRET, WORKSPACE, [scope.value for scope in Scope])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://flows", headers=headers) as client:
        made = (await client.post("/api/flows", json={"name": "A flow", "steps": [calling()]})).json()
        started = await client.post(f"/api/flows/{made['id']}/runs", json={"runs": [{"contact_id": "c1"}]})
        for moment in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
            cursor = cursor_text(Cursor(moment, uuid4()))
            for path in ("/api/flows", "/api/runs"):
                assert (await client.get(path, params={"cursor": cursor})).status_code == 200
        known = {"flow_id": made["id"], "run_id": started.json()["runs"][0]}
        counts = await as_documented(app.openapi(), client, known)
    assert {200, 404, 422} <= set(counts)
