"""`/api/network-grants`: who may call which internal host, who allowed it and why."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.grants import service
from connector_registry.grants.memory import InMemoryGrantStore
from connector_registry.settings import Settings
from connectors_shared.contract.facts import Deletion
from connectors_shared.contract.grant import PublishedGrant
from tests.tokens import EDITOR
from tests.unit.registry.conftest import WORKSPACE, Announcer
from tests.unit.registry.grants.stores_suite import a_grant

DRAFT = {"host": "CRM.internal.example.", "port": 8443, "reason": "The CRM has no public address."}
Build = Callable[..., dict[str, Any]]


@pytest.fixture
def admin(client: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]) -> httpx2.AsyncClient:
    client.headers.update(sign_in(scopes=[*EDITOR, "workspace:admin"]))
    return client


async def made(admin: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await admin.post("/api/network-grants", json=DRAFT | fields)
    assert answer.status_code == 201, answer.text
    grant: dict[str, Any] = answer.json()
    return grant


async def test_a_grant_is_published_for_whom_it_is_given(
    admin: httpx2.AsyncClient, store: InMemoryConnectorStore, a_connector: Build
) -> None:
    connector_id = (await admin.post("/api/connectors", json=a_connector())).json()["id"]
    grant = await made(admin, connector_id=connector_id)
    assert (grant["host"], grant["reason"], grant["created_by"]) == ("crm.internal.example", DRAFT["reason"], "ann")
    key, value = store.outgoing.messages[-1]
    assert key == f"grant/{WORKSPACE}/{grant['id']}"
    assert value is not None
    fact = PublishedGrant.model_validate_json(value)
    assert (fact.host, fact.port, str(fact.connector_id), fact.revision) == (
        "crm.internal.example",
        8443,
        connector_id,
        1,
    )


async def test_grants_are_listed_newest_first_and_taken_back_one_by_one(
    admin: httpx2.AsyncClient, store: InMemoryConnectorStore
) -> None:
    first, second = await made(admin), await made(admin, port=1)
    assert [one["id"] for one in (await admin.get("/api/network-grants")).json()["grants"]] == [
        second["id"],
        first["id"],
    ]
    assert (await admin.delete(f"/api/network-grants/{first['id']}")).status_code == 204
    assert [one["id"] for one in (await admin.get("/api/network-grants")).json()["grants"]] == [second["id"]]
    key, value = store.outgoing.messages[-1]
    assert key == f"grant/{WORKSPACE}/{first['id']}"
    assert value is not None
    assert Deletion.model_validate_json(value).revision == 2
    assert (await admin.delete(f"/api/network-grants/{first['id']}")).status_code == 404


async def test_another_workspaces_grant_is_none(
    admin: httpx2.AsyncClient, sign_in: Callable[..., dict[str, str]]
) -> None:
    grant = await made(admin)
    admin.headers.update(sign_in(UUID(int=9), ["workspace:admin"]))
    assert (await admin.get("/api/network-grants")).json() == {"grants": []}
    assert (await admin.delete(f"/api/network-grants/{grant['id']}")).status_code == 404


async def test_the_same_twice_is_a_conflict(admin: httpx2.AsyncClient) -> None:
    await made(admin)
    answer = await admin.post("/api/network-grants", json=DRAFT | {"host": "crm.INTERNAL.example", "reason": "again"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/grant-exists")


async def test_exceptions_are_few(admin: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_GRANTS", 1)
    await made(admin)
    answer = await admin.post("/api/network-grants", json=DRAFT | {"port": 1})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-many-grants")
    assert len((await admin.get("/api/network-grants")).json()["grants"]) == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"host": "169.254.169.254"}, "/host"),
        ({"host": "[fe80::1]"}, "/host"),
        ({"host": "2130706433"}, "/host"),
        ({"host": "http://a.example"}, "/host"),
        ({"host": ""}, "/host"),
        ({"port": 0}, "/port"),
        ({"port": 65_536}, "/port"),
        ({"reason": ""}, "/reason"),
        ({"connector_id": str(uuid4())}, "/connector_id"),
        ({"until": "tomorrow"}, "/until"),
    ],
)
async def test_what_is_wrong_is_named(
    admin: httpx2.AsyncClient, grants: InMemoryGrantStore, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await admin.post("/api/network-grants", json=DRAFT | wrong)
    assert answer.status_code == 422
    assert [line["pointer"] for line in answer.json()["errors"]] == [pointer]
    assert grants.grants == {}


async def test_what_kafka_does_not_take_yet_is_saved(admin: httpx2.AsyncClient, announcer: Announcer) -> None:
    announcer.reachable = False
    answer = await admin.post("/api/network-grants", json=DRAFT)
    assert (answer.status_code, answer.json()["published"]) == (202, False)
    gone = await admin.delete(f"/api/network-grants/{answer.json()['id']}")
    assert (gone.status_code, gone.json()) == (202, {"id": answer.json()["id"], "published": False})


async def test_it_takes_a_scope_of_its_own(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/network-grants")).status_code == 403
    assert (await client.post("/api/network-grants", json=DRAFT)).status_code == 403
    assert (await client.delete(f"/api/network-grants/{uuid4()}")).status_code == 403


INTERNAL_HOSTS = ["127.0.0.1", "[::1]", "10.1.2.3", "[fd00::1]", "localhost", "db", "crm.internal", "nas.home.arpa."]


@pytest.mark.parametrize("host", INTERNAL_HOSTS)
async def test_no_workspace_grants_an_internal_host_unless_the_operator_lets_it(
    admin: httpx2.AsyncClient, grants: InMemoryGrantStore, host: str
) -> None:
    answer = await admin.post("/api/network-grants", json=DRAFT | {"host": host})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/internal-host-refused")
    assert [line["pointer"] for line in answer.json()["errors"]] == ["/host"]
    assert grants.grants == {}


async def test_one_that_was_given_before_is_listed_as_not_in_force(
    admin: httpx2.AsyncClient, grants: InMemoryGrantStore
) -> None:
    await grants.add(a_grant(WORKSPACE, host="10.0.0.1"), 10)
    await made(admin)
    listed = (await admin.get("/api/network-grants")).json()["grants"]
    assert {one["host"]: one["in_force"] for one in listed} == {"10.0.0.1": False, "crm.internal.example": True}


class TestWhereTheOperatorAllowsIt:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"internal_grants": True})

    async def test_internal_hosts_are_granted_and_cloud_metadata_is_not(self, admin: httpx2.AsyncClient) -> None:
        for host in INTERNAL_HOSTS:
            assert (await made(admin, host=host))["in_force"]
        for host in ("169.254.169.254", "[fd00:ec2::254]", "[fe80::1]"):
            assert (await admin.post("/api/network-grants", json=DRAFT | {"host": host})).status_code == 422
