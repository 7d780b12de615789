"""Trials on a running executor: by the definition that is sent, within the limits of all, and published to nobody."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from tests.integration.executor.conftest import WORKSPACE, Bench, Upstream


def an_order(url: str, connector_id: UUID | None = None, **config: Any) -> dict[str, Any]:
    connector = {
        "connectorId": str(connector_id or uuid4()),
        "workspaceId": str(WORKSPACE),
        "revision": 1,
        "changedAt": datetime.now(UTC).isoformat(),
        "version": 1,
        "name": "Draft",
        "config": {"method": "GET", "url": url, "retryDelay": 0} | config,
    }
    return {"executionId": str(uuid4()), "connector": connector}


async def test_a_trial_is_told_in_full_and_published_to_nobody(bench: Bench, upstream: Upstream) -> None:
    await bench.start_executor()
    connector_id = await bench.publish(upstream.url)
    order = an_order(upstream.url, connector_id, responseTransform="echo.none + 1")
    limited = an_order(upstream.url, rateLimit={"windows": [{"limit": 1, "seconds": 3600}]})
    async with bench.internal() as http:
        report = (await http.post("/internal/trials", json=order)).json()
        previewed = await http.post(
            "/internal/transforms", json={"workspaceId": str(WORKSPACE), "expression": "a + 'x'", "document": {"a": 1}}
        )
        first = await http.post("/internal/trials", json=limited)
        second = await http.post("/internal/trials", json=limited | {"executionId": str(uuid4())})
    assert report["success"], report
    assert {"connect", "firstByte", "download", "transform"} <= set(report["attempts"][0]["timings"])
    assert report["response"]["body"]["text"] == '{"echo": {}}'
    error = previewed.json()["error"]
    assert (error["code"], error["position"]) == ("T2002", 3)
    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["retry-after"]) > 3000
    event = await bench.execute(connector_id)
    assert (await bench.result()).execution_id == event.execution_id
