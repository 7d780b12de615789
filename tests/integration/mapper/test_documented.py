"""Whatever is asked of the contacts API, it answers what its OpenAPI document says."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest

from connectors_shared.http.cursor import Cursor, cursor_text
from tests.documented import as_documented
from tests.tokens import bearer

from .conftest import JWT_SECRET, World


@pytest.mark.timeout(480)
async def test_whatever_is_asked_is_answered_as_documented(world: World) -> None:
    async with world.mapper() as service:
        internal, api = service.internal, service.api
        assert internal is not None
        async with (
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=internal), base_url="http://internal") as operator,
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=api),
                base_url="http://mapper",
                headers=bearer(JWT_SECRET, uuid4()),
            ) as client,
        ):
            document = (await operator.get("/openapi.json")).json()
            made = await client.post("/api/contacts", json={"first_name": "Ann", "custom_fields": {"score": 1}})
            for moment in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
                cursor = cursor_text(Cursor(moment, uuid4()))
                assert (await client.get("/api/contacts", params={"cursor": cursor})).status_code == 200
            counts = await as_documented(document, client, {"contact_id": made.json()["id"], "name": "score"})
    assert {200, 404, 422} <= set(counts)
