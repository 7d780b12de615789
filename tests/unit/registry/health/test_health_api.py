"""Why connectors run or not, as it is asked for over REST."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from connector_registry.health import service
from connector_registry.health.memory import InMemoryFacts, InMemoryStatuses
from connector_registry.health.port import Facts
from connectors_shared.contract.status import Backlog, ConnectorStatus, Reason, State
from tests.unit.registry.conftest import WORKSPACE

IDS = [UUID(int=n) for n in range(1, 5)]


@pytest.fixture(autouse=True)
def known(facts: InMemoryFacts) -> None:
    """The last one is another workspace's."""
    for one in IDS[:-1]:
        facts.facts[WORKSPACE, one] = Facts(one, f"C{one.int}", enabled=True)
    facts.facts[UUID(int=9), IDS[-1]] = Facts(IDS[-1], "theirs", enabled=True)


def a_status(connector_id: UUID, **what: Any) -> ConnectorStatus:
    usual: dict[str, Any] = {"state": State.LIMITED, "summary": "It is limited."}
    return ConnectorStatus(connector_id=connector_id, **usual | what)


async def test_it_is_said_in_a_sentence_with_what_waits(client: httpx2.AsyncClient, statuses: InMemoryStatuses) -> None:
    reasons = [Reason(code="rate_limited", detail="limited to 1 call/s")]
    parked = Backlog(count=12, drain_seconds=12.0)
    statuses.statuses[IDS[0]] = a_status(IDS[0], reasons=reasons, parked=parked, in_flight=1)
    answer = await client.get(f"/api/connectors/{IDS[0]}/health")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["sentence"], told["answered_by"]) == ("limited", "It is limited.", "executor")
    assert (told["parked"]["count"], told["parked"]["drain_seconds"], told["in_flight"]) == (12, 12.0, 1)
    assert told["cause"] == {"code": "rate_limited", "detail": "limited to 1 call/s", "source": None}
    assert told["advice"]


async def test_an_executor_that_says_nothing_is_not_waited_for(
    client: httpx2.AsyncClient, statuses: InMemoryStatuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ANSWER_SECONDS", 0.01)
    statuses.silent = {IDS[0]}
    told = (await client.get(f"/api/connectors/{IDS[0]}/health")).json()
    assert (told["state"], told["answered_by"], told["parked"]) == ("no_answer", "registry", None)


async def test_several_are_asked_for_at_once(client: httpx2.AsyncClient, statuses: InMemoryStatuses) -> None:
    statuses.statuses[IDS[1]] = a_status(IDS[1])
    asked = [IDS[2], IDS[1], IDS[1], IDS[3], UUID(int=99)]
    answer = await client.get("/api/health", params={"connectorId": [str(one) for one in asked]})
    assert answer.status_code == 200, answer.text
    told = answer.json()["connectors"]
    assert [(one["name"], one["state"]) for one in told] == [("C3", "no_answer"), ("C2", "limited")]
    many = [str(UUID(int=n)) for n in range(101)]
    assert (await client.get("/api/health", params={"connectorId": many})).status_code == 422
    assert (await client.get("/api/health")).status_code == 422


async def test_another_workspace_has_none(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"/api/connectors/{IDS[-1]}/health")).status_code == 404
