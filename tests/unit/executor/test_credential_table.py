"""Connectors and the credentials they use come together whatever the order, and change together."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import SETTLING_SECONDS, ConnectorTable
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.facts import Deletion
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector
from tests.unit.executor.a_credential import CREDENTIAL, ORIGIN, a_credential, a_table

OTHER = UUID(int=8)


def plan_of(table: ConnectorTable, connector_id: UUID = CONNECTOR) -> Plan:
    plan = table.plan(connector_id)
    assert plan is not None
    return plan


def deletion(revision: int) -> bytes:
    return Deletion(workspace_id=WORKSPACE, revision=revision, changed_at=datetime(2026, 1, 1, tzinfo=UTC)).to_json()


def newer(**fields: Any) -> bytes:
    return json.dumps(json.loads(a_credential(revision=2).to_json()) | fields).encode()


def test_a_connector_that_comes_before_its_credential_waits_for_it() -> None:
    table = a_table(None)
    plan = plan_of(table)
    assert (plan.held, plan.hold, plan.version) == (ParkReason.CREDENTIAL_MISSING, ParkReason.CREDENTIAL_MISSING, 1)
    assert table.apply_credential(CREDENTIAL, a_credential().to_json()) == [CONNECTOR]
    plan = plan_of(table)
    assert (plan.hold, plan.fault) == (None, None)
    assert plan.breaker == f"k:{CREDENTIAL}@api.test"


def test_one_that_is_switched_off_does_not_wait_for_a_credential() -> None:
    table = ConnectorTable()
    published = a_connector().model_copy(update={"credential_id": CREDENTIAL, "enabled": False})
    table.apply(CONNECTOR, published.to_json())
    assert plan_of(table).hold is None


def test_one_that_is_switched_off_skips_although_its_credential_is_stale() -> None:
    table = a_table(a_credential(status="stale"))
    assert plan_of(table).hold is ParkReason.CREDENTIAL_STALE
    off = a_connector(version=2).model_copy(update={"credential_id": CREDENTIAL, "enabled": False})
    table.apply(CONNECTOR, off.to_json())
    assert plan_of(table).hold is None


def test_a_change_reaches_all_who_use_it_and_nobody_else() -> None:
    table = a_table(a_credential())
    shared = a_connector(connector_id=OTHER).model_copy(update={"credential_id": CREDENTIAL, "secrets_id": CREDENTIAL})
    table.apply(OTHER, shared.to_json())
    table.apply(UUID(int=9), a_connector(connector_id=UUID(int=9)).to_json())
    bystander = plan_of(table, UUID(int=9))
    assert sorted(table.apply_credential(CREDENTIAL, a_credential(revision=2, status="stale").to_json())) == [
        CONNECTOR,
        OTHER,
    ]
    assert [plan_of(table, each).hold for each in (CONNECTOR, OTHER)] == [ParkReason.CREDENTIAL_STALE] * 2
    assert plan_of(table, UUID(int=9)) is bystander
    table.apply(OTHER, a_connector(connector_id=OTHER, version=2).to_json())
    assert table.apply_credential(CREDENTIAL, a_credential(revision=3).to_json()) == [CONNECTOR]
    table.apply(CONNECTOR, deletion(5))
    assert table.apply_credential(CREDENTIAL, a_credential(revision=4).to_json()) == []


def test_a_plan_in_use_sees_a_credential_become_stale_and_good_again() -> None:
    table = a_table(a_credential())
    running = plan_of(table)
    table.apply_credential(CREDENTIAL, a_credential(revision=2, status="stale").to_json())
    assert running.hold is ParkReason.CREDENTIAL_STALE
    assert not table.is_current(running)
    table.apply_credential(CREDENTIAL, a_credential(revision=3).to_json())
    assert running.hold is None


def test_an_older_revision_changes_nothing() -> None:
    table = a_table(a_credential(revision=3))
    assert table.apply_credential(CREDENTIAL, a_credential(revision=2, status="stale").to_json()) == []
    assert plan_of(table).hold is None


class Time:
    """Of a table."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_deleted_credential_fails_what_uses_it_when_nothing_more_comes() -> None:
    time = Time()
    table = a_table(a_credential(), monotonic=time)
    table.apply_credential(CREDENTIAL, deletion(2))
    held = plan_of(table)
    assert held.hold is ParkReason.CREDENTIAL_MISSING
    time.seconds += SETTLING_SECONDS
    plan = plan_of(table)
    assert (plan.hold, table.present(held, None)) == (None, plan)
    assert plan_of(table) is plan
    assert plan.fault is not None
    assert (plan.fault.type, plan.fault.message) == (
        FailureType.CREDENTIAL_UNUSABLE,
        "The connector's credential was deleted.",
    )


MOVED = "https://api.new"


def moved(version: int = 2, **config: Any) -> bytes:
    connector = a_connector(version=version, url=f"{MOVED}/users", **config)
    return connector.model_copy(update={"credential_id": CREDENTIAL}).to_json()


@pytest.mark.parametrize("credential_first", [True, False])
def test_half_of_an_edit_ends_nothing(credential_first: bool) -> None:
    table = a_table(a_credential())
    credential = a_credential(revision=2, origins=[MOVED]).to_json()
    facts = [lambda: table.apply_credential(CREDENTIAL, credential), lambda: table.apply(CONNECTOR, moved())]
    first, second = facts if credential_first else facts[::-1]
    first()
    assert (plan_of(table).hold, plan_of(table).fault) == (ParkReason.CREDENTIAL_MISSING, plan_of(table).fault)
    second()
    assert (plan_of(table).hold, plan_of(table).fault, plan_of(table).version) == (None, None, 2)


def test_an_edit_that_stays_half_is_a_failure_of_its_own_after_a_moment() -> None:
    time = Time()
    table = a_table(a_credential(), monotonic=time)
    table.apply(CONNECTOR, moved())
    assert plan_of(table).hold is ParkReason.CREDENTIAL_MISSING
    time.seconds += SETTLING_SECONDS - 1
    assert plan_of(table).hold is ParkReason.CREDENTIAL_MISSING
    time.seconds += 1
    assert (plan_of(table).hold, plan_of(table).version) == (None, 2), "each call is refused where it would go"
    table.apply(CONNECTOR, moved(version=3))
    assert plan_of(table).hold is ParkReason.CREDENTIAL_MISSING, "another change, another moment"


def test_a_secret_header_that_is_renamed_waits_for_its_value() -> None:
    def connector(version: int, name: str) -> bytes:
        headers = [{"key": name, "valueType": "secret"}]
        return a_connector(version=version, headers=headers).model_copy(update={"secrets_id": CREDENTIAL}).to_json()

    time = Time()
    table = ConnectorTable(monotonic=time)
    table.apply_credential(CREDENTIAL, a_credential(type="none", secrets={"header/x-old": "s"}).to_json())
    table.apply(CONNECTOR, connector(1, "X-Old"))
    assert plan_of(table).fault is None
    table.apply(CONNECTOR, connector(2, "X-New"))
    assert plan_of(table).hold is ParkReason.CREDENTIAL_MISSING
    table.apply_credential(CREDENTIAL, a_credential(revision=2, type="none", secrets={"header/x-new": "s"}).to_json())
    assert (plan_of(table).hold, plan_of(table).fault) == (None, None)
    table.apply(CONNECTOR, connector(3, "X-Old"))
    time.seconds += SETTLING_SECONDS + 1
    assert plan_of(table).held is ParkReason.CREDENTIAL_MISSING, "nobody had looked before"
    time.seconds += SETTLING_SECONDS
    fault = plan_of(table).fault
    assert fault is not None
    assert (plan_of(table).hold, fault.type) == (None, FailureType.INVALID_REQUEST)


def test_the_present_plan_is_the_very_same_as_long_as_nothing_changes() -> None:
    table = ConnectorTable(cache_entries=1)
    for number in (7, 8):
        table.apply(UUID(int=number), a_connector(connector_id=UUID(int=number)).to_json())
    plan = plan_of(table)
    plan_of(table, UUID(int=8))
    assert table.present(plan, None) is plan, "also when it is not among those that are kept"
    table.apply(CONNECTOR, a_connector(version=2).to_json())
    assert table.present(plan, None).version == 2
    table.apply(CONNECTOR, None)
    assert table.present(plan, None) is plan


def test_a_connector_that_is_restored_with_its_credential_is_called_again() -> None:
    table = a_table(a_credential())
    table.apply(CONNECTOR, deletion(2))
    table.apply_credential(CREDENTIAL, deletion(2))
    deleted = plan_of(table).fault
    assert deleted is not None
    assert deleted.type is FailureType.CONNECTOR_DELETED
    table.apply_credential(CREDENTIAL, a_credential(revision=3).to_json())
    restored = a_connector().model_copy(update={"revision": 3, "credential_id": CREDENTIAL})
    assert table.apply(CONNECTOR, restored.to_json())
    assert (plan_of(table).fault, plan_of(table).hold, plan_of(table).version) == (None, None, 1)


@pytest.mark.parametrize(
    "fields", [{"type": "passkey"}, {"status": "quarantined"}, {"schemaVersion": 2}, {"allowedOrigins": {"a": "b"}}]
)
def test_a_credential_of_a_newer_registry_holds_its_connectors_and_is_never_left_to_the_one_before(
    fields: dict[str, Any],
) -> None:
    table = a_table(a_credential())
    running = plan_of(table)
    assert table.apply_credential(CREDENTIAL, newer(**fields)) == [CONNECTOR]
    plan = plan_of(table)
    assert plan.held is ParkReason.CREDENTIAL_UNREADABLE
    assert plan.fault is not None
    assert plan.fault.message.startswith("This version of the executor cannot read the connector's credential: ")
    assert running.hold is ParkReason.CREDENTIAL_UNREADABLE
    table.apply_credential(CREDENTIAL, a_credential(revision=3).to_json())
    assert plan_of(table).hold is None


@pytest.mark.parametrize(
    "fields", [{"type": "basic"}, {"type": "apikey", "public": {"name": "Host", "location": "header"}}]
)
def test_a_credential_that_is_wrong_whatever_the_version_fails_what_uses_it(fields: dict[str, Any]) -> None:
    plan = plan_of(a_table(a_credential(**fields)))
    assert plan.hold is None
    assert plan.fault is not None
    assert plan.fault.type is FailureType.CREDENTIAL_UNUSABLE


def test_a_credential_of_another_workspace_is_of_no_use() -> None:
    plan = plan_of(a_table(a_credential(workspace_id=UUID(int=2))))
    assert plan.fault is not None
    assert plan.fault.type is FailureType.CREDENTIAL_UNUSABLE


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", a_credential(credential_id=OTHER, revision=9).to_json()])
def test_what_is_no_credential_changes_nothing(value: bytes) -> None:
    table = a_table(a_credential())
    assert table.apply_credential(CREDENTIAL, value) == []
    assert plan_of(table).fault is None


def test_connectors_of_one_credential_share_its_breaker_and_if_they_say_so_its_budget() -> None:
    limit = {"rateLimit": {"maxRequestsPerMinute": 6, "share": "credential"}}
    table = a_table(a_credential(origins=(ORIGIN, "https://b.test")), **limit)
    for number, url in ((8, "https://api.test/other"), (9, "https://b.test/")):
        published = a_connector(connector_id=UUID(int=number), url=url, **limit)
        table.apply(UUID(int=number), published.model_copy(update={"credential_id": CREDENTIAL}).to_json())
    plans = [plan_of(table, UUID(int=number)) for number in (7, 8, 9)]
    assert [plan.breaker for plan in plans] == [f"k:{CREDENTIAL}@api.test"] * 2 + [f"k:{CREDENTIAL}@b.test"]
    assert {plan.budget.key for plan in plans} == {f"k:{CREDENTIAL}"}
