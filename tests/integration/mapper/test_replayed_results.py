"""A result that its mapping has set aside, on the way that operators and the registry go: it is found through the
executor's internal API, and applied once when it is replayed after the repair."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connector_executor.dead_letters.kafka_log import kafka_letters
from connector_executor.dead_letters.replay import KafkaReplays
from connector_executor.dead_letters.service import DeadLetterService
from connector_executor.inbound.http import dead_letters_router, internal_api
from connector_executor.metrics import ExecutorMetrics
from connectors_shared.contract.dead import LetterKind
from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.runtime.identities import Identities
from connectors_shared.runtime.outgoing import record_producer
from tests.unit.mapper.builders import a_result, custom, user

from .conftest import World
from .test_contacts_api import WORKSPACE, api, token

__all__ = ["api"]

TOKEN = "internal-token-for-tests-0123456789abcdef"
LETTERS = "/internal/dead-letters"
FIELD = "/api/contact-fields/income"


@pytest.fixture
async def executor(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """What an executor answers of dead results."""
    servers, prefix, kind = world.settings.kafka_bootstrap_servers, world.settings.topic_prefix, LetterKind.RESULT
    producer = record_producer(servers, "tests", prefix)
    await producer.start()
    replays = KafkaReplays(producer, [prefix + topic.name for topic in kind.origins])
    letters = DeadLetterService(kind, kafka_letters(servers, prefix + kind.dead.name), replays, ExecutorMetrics())
    app = internal_api(
        Identities.parse(f"operator:{TOKEN}"), [dead_letters_router({kind: letters})], CollectorRegistry()
    )
    transport, headers = httpx2.ASGITransport(app=app), {"Authorization": f"Bearer {TOKEN}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://executor", headers=headers) as client:
        yield client
    await producer.stop()


async def replay(executor: httpx2.AsyncClient, cursor: str) -> None:
    body = {"kind": "result", "workspaceId": str(WORKSPACE), "cursors": [cursor]}
    answer = await executor.post(f"{LETTERS}/replay", json=body)
    assert (answer.status_code, answer.json()["replayed"]) == (200, 1), answer.text


async def letters_of(executor: httpx2.AsyncClient) -> list[dict[str, Any]]:
    answer = await executor.get(LETTERS, params={"kind": "result", "workspaceId": str(WORKSPACE)})
    assert answer.status_code == 200, answer.text
    letters: list[dict[str, Any]] = answer.json()["letters"]
    return letters


async def test_a_refused_result_is_applied_once_when_it_is_replayed_after_the_repair(
    world: World, api: httpx2.AsyncClient, executor: httpx2.AsyncClient
) -> None:
    admin = token(WORKSPACE, "contacts:read", "contacts:edit", "workspace:admin")
    await api.post("/api/contact-fields", json={"name": "income", "type": "number"}, headers=admin)
    contact = (await api.post("/api/contacts", json={"first_name": "Jose"})).json()["id"]
    strict = custom("n", "income").model_copy(update={"on_error": "deadLetter"})
    refused = a_result(WORKSPACE, {"n": "plenty"}, strict, contact_id=UUID(contact))
    await world.publish(refused)
    await world.dead(1)

    [letter] = await letters_of(executor)
    assert (letter["reason"], letter["executionId"]) == ("mapping_refused", str(refused.execution_id))
    assert (letter["connectorId"], letter["attempts"]) == (str(refused.connector_id), 1)
    assert letter["detail"] == "income: the text is not a number"

    await replay(executor, letter["cursor"])
    await world.dead(2)
    [again, _] = await letters_of(executor)
    assert (again["attempts"], again["reason"]) == (2, "mapping_refused")
    assert await world.custom(contact) == {}

    assert (await api.patch(FIELD, json={"type": "text"}, headers=admin)).status_code == 200
    await replay(executor, again["cursor"])
    [update] = await world.updates(1)
    assert (update.execution_id, update.custom_fields) == (refused.execution_id, {"income": "plenty"})
    assert await world.custom(contact) == {"income": "plenty"}

    await replay(executor, letter["cursor"])
    await replay(executor, again["cursor"])
    last = a_result(WORKSPACE, {"city": "Rome"}, user("city", "city"), contact_id=UUID(contact), minutes=1)
    await world.publish(last)
    records = await world.read("contact.updated", 2)
    await world.until_committed()
    told = [ContactUpdated.model_validate_json(record.value or b"").execution_id for record in records]
    assert told == [refused.execution_id, last.execution_id]
    assert len(await letters_of(executor)) == 2
    assert await world.custom(contact) == {"income": "plenty"}
    history = (await api.get(f"/api/contacts/{contact}/history")).json()
    assert str(history).count("plenty") == 1, history
