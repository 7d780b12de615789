"""Facts about grants and workspaces: each is honoured for those it names, and for nobody else."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from connector_executor.connectors.workspaces import WorkspaceFacts, Workspaces
from connector_executor.inbound.permissions import Permissions
from connectors_shared.contract.facts import Deletion, FactKey, Kind
from connectors_shared.contract.grant import PublishedGrant
from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.egress import AddressGuard, SendFailureKind
from connectors_shared.egress.destinations import Destinations
from connectors_shared.egress.refusal import SendError

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
OURS, THEIRS, CONNECTOR, OTHER, GRANT = (UUID(int=number) for number in range(1, 6))
INTERNAL = "http://127.0.0.1:9001"


class Bench:
    def __init__(self, *, internal_grants: bool = True) -> None:
        async def lookup(_host: str) -> tuple[str, ...]:
            return ("127.0.0.1",)

        self.guard = AddressGuard(internal_grants=internal_grants, lookup=lookup)
        self.workspaces = Workspaces()
        self.permissions = Permissions(self.guard.grants, self.guard.origins, self.workspaces)
        self.destinations = Destinations(self.guard)

    def grant(self, *, revision: int = 1, grant_id: UUID = GRANT, **fields: Any) -> None:
        usual = {"workspace_id": OURS, "host": "127.0.0.1", "port": 9001, "changed_at": MOMENT}
        fact = PublishedGrant.model_validate(usual | {"grant_id": grant_id, "revision": revision} | fields)
        self.permissions.apply(fact.key(), fact.to_json())

    def settle(self, *origins: str, revision: int = 1) -> None:
        fact = PublishedWorkspace(
            workspace_id=OURS, revision=revision, changed_at=MOMENT, allowed_origins=list(origins)
        )
        self.permissions.apply(fact.key(), fact.to_json())

    def permits(self, workspace: UUID = OURS, connector: UUID = CONNECTOR, origin: str = INTERNAL) -> bool:
        try:
            self.destinations.find(origin, (str(workspace), str(connector)))
        except SendError as error:
            return error.kind is not SendFailureKind.address_refused
        return True


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_a_grant_is_for_its_workspace_only(bench: Bench) -> None:
    assert not bench.permits()
    bench.grant()
    assert bench.permits()
    assert bench.permits(connector=OTHER)
    assert not bench.permits(workspace=THEIRS)


async def test_a_connectors_grant_is_for_that_connector_only(bench: Bench) -> None:
    bench.grant(connector_id=CONNECTOR)
    assert bench.permits()
    assert not bench.permits(connector=OTHER)
    assert not bench.permits(workspace=THEIRS)


async def test_where_the_operator_allows_no_internal_hosts_a_grant_that_was_published_before_leads_to_none() -> None:
    bench = Bench(internal_grants=False)
    bench.grant()
    bench.grant(grant_id=OTHER, host="crm.internal.example")
    assert not bench.permits()
    assert bench.permits(origin="https://crm.internal.example:9001")
    with pytest.raises(SendError) as refused:  # for the connection of somebody who was granted this name
        await bench.guard.resolve("crm.internal.example", 9001, granted=True)
    assert refused.value.kind is SendFailureKind.address_refused


async def test_a_granted_name_leads_to_an_internal_host() -> None:
    assert await Bench().guard.resolve("crm.internal.example", 9001, granted=True) == ("127.0.0.1",)


async def test_another_port_or_host_is_another_matter(bench: Bench) -> None:
    bench.grant()
    assert not bench.permits(origin="http://127.0.0.1:8080")
    assert not bench.permits(origin="http://127.0.0.2:8080")


async def test_a_grant_that_is_taken_back_is_gone_and_does_not_come_again(bench: Bench) -> None:
    bench.grant()
    assert bench.permits()
    key = FactKey(Kind.GRANT, GRANT, OURS)
    bench.permissions.apply(key, Deletion(workspace_id=OURS, revision=2, changed_at=MOMENT).to_json())
    assert not bench.permits()
    bench.grant(revision=1)
    assert not bench.permits()
    bench.permissions.apply(key, None)
    assert not bench.permits()


async def test_two_grants_for_the_same_place_are_two(bench: Bench) -> None:
    bench.grant()
    bench.grant(grant_id=OTHER, connector_id=CONNECTOR)
    bench.permissions.apply(FactKey(Kind.GRANT, GRANT, OURS), None)
    assert bench.permits()
    assert not bench.permits(connector=OTHER)


async def test_a_grant_under_another_workspaces_key_is_none(bench: Bench) -> None:
    fact = PublishedGrant(workspace_id=OURS, revision=1, changed_at=MOMENT, grant_id=GRANT, host="127.0.0.1", port=9001)
    bench.permissions.apply(FactKey(Kind.GRANT, GRANT, THEIRS), fact.to_json())
    assert not bench.permits()
    assert not bench.permits(workspace=THEIRS)


async def test_a_grant_that_cannot_be_read_ends_the_one_before(bench: Bench) -> None:
    bench.grant()
    newer = f'{{"workspaceId": "{OURS}", "revision": 2, "ports": "any"}}'
    bench.permissions.apply(FactKey(Kind.GRANT, GRANT, OURS), newer.encode())
    assert not bench.permits()


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"revision": 9}'])
async def test_what_is_no_fact_changes_nothing(bench: Bench, value: bytes) -> None:
    bench.grant()
    bench.permissions.apply(FactKey(Kind.GRANT, GRANT, OURS), value)
    assert bench.permits()


async def test_an_address_that_no_name_may_lead_to_is_nobodys_to_grant(bench: Bench) -> None:
    bench.grant(host="169.254.169.254", port=80)
    assert not bench.permits(origin="http://169.254.169.254")


async def test_a_grantees_connections_are_nobody_elses(bench: Bench) -> None:
    """A name is judged when it is resolved: who was not granted it must not find a connection of somebody who was."""
    bench.grant(host="crm.example", port=443)
    own = bench.destinations.find("https://crm.example", (str(OURS), str(CONNECTOR)))
    others = bench.destinations.find("https://crm.example", (str(THEIRS), str(CONNECTOR)))
    assert (own.granted, others.granted) == (True, False)
    assert own.key != others.key
    assert bench.destinations.find("https://crm.example", (str(OURS), str(OTHER))) is own


async def test_a_workspace_keeps_to_its_origins_and_no_other_does(bench: Bench) -> None:
    public = "https://api.example"
    bench.settle("https://api.example:8443")
    assert not bench.permits(origin=public)
    assert bench.permits(workspace=THEIRS, origin=public)
    bench.settle(public, revision=2)
    assert bench.permits(origin=public)
    bench.settle(revision=3)
    assert bench.permits(origin="https://other.example")


async def test_an_allowed_origin_opens_nothing_internal(bench: Bench) -> None:
    bench.settle(INTERNAL)
    assert not bench.permits()
    bench.grant()
    assert bench.permits()
    bench.settle("https://api.example", revision=2)
    assert not bench.permits()


async def test_what_requests_may_say_of_a_workspace_is_what_was_published_last(bench: Bench) -> None:
    def settle(revision: int, **fields: Any) -> None:
        fact = PublishedWorkspace(workspace_id=OURS, revision=revision, changed_at=MOMENT, **fields)
        bench.permissions.apply(fact.key(), fact.to_json())

    settle(2, name="Ours", phone_region="DE")
    settle(1, name="Earlier")
    assert bench.workspaces.of(OURS) == WorkspaceFacts("Ours", "DE")
    assert bench.workspaces.of(THEIRS) == WorkspaceFacts()
    gone = Deletion(workspace_id=OURS, revision=3, changed_at=MOMENT)
    bench.permissions.apply(FactKey(Kind.WORKSPACE, OURS), gone.to_json())
    assert bench.workspaces.of(OURS) == WorkspaceFacts()
