"""An execution may ask for a definition that is not the published one any more."""

import json
from typing import Any
from uuid import UUID, uuid4
from weakref import ref

import pytest

from connector_executor.connectors.plan import Plan
from connector_executor.connectors.table import ConnectorTable
from connectors_shared.contract.connector import PublishedVersion, RequestConfig
from connectors_shared.contract.facts import version_key
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector

LIMIT = {"maxRequestsPerMinute": 10}


def a_version(number: int, *, revision: int = 0, connector_id: UUID = CONNECTOR, **config: Any) -> bytes:
    connector = a_connector(version=number, **config)
    return PublishedVersion(
        connector_id=connector_id,
        workspace_id=WORKSPACE,
        revision=revision or number + 1,
        changed_at=connector.changed_at,
        version=number,
        config=connector.config,
        input_schema=connector.input_schema,
    ).to_json()


@pytest.fixture
def table() -> ConnectorTable:
    """Version 3 is published; of 1 and 2 the second is there."""
    table = ConnectorTable(default_max_in_flight=8)
    table.apply_version(CONNECTOR, 2, a_version(2, url="https://api.test/old", rateLimit={"maxRequestsPerMinute": 900}))
    table.apply(CONNECTOR, a_connector(version=3, url="https://api.test/new", rateLimit=LIMIT).to_json())
    return table


def plan_of(table: ConnectorTable, number: int | None = None) -> Plan:
    plan = table.plan(CONNECTOR)
    assert plan is not None
    return table.version(plan, number)


def config_of(table: ConnectorTable, number: int | None = None) -> RequestConfig:
    return plan_of(table, number).published.config


def test_a_former_version_is_called_by_its_own_definition(table: ConnectorTable) -> None:
    assert (plan_of(table, 2).version, config_of(table, 2).url) == (2, "https://api.test/old")
    assert (plan_of(table, 3), plan_of(table, None)) == (plan_of(table), plan_of(table))
    assert config_of(table).url == "https://api.test/new"


def test_an_old_definition_is_no_way_around_the_limit(table: ConnectorTable) -> None:
    assert plan_of(table, 2).budget == plan_of(table).budget
    table.apply(CONNECTOR, a_connector(version=3, revision=9, rateLimit=None, enabled=False).to_json())
    assert plan_of(table, 2).budget.windows == ()


def test_what_changes_of_the_connector_changes_for_former_versions(table: ConnectorTable) -> None:
    assert plan_of(table, 2).published.enabled
    off = a_connector(version=3, revision=9).model_copy(update={"enabled": False})
    table.apply(CONNECTOR, off.to_json())
    assert not plan_of(table, 2).published.enabled


@pytest.mark.parametrize("number", [1, 4])
def test_a_version_that_does_not_exist_is_a_failure_of_its_own(table: ConnectorTable, number: int) -> None:
    plan = plan_of(table, number)
    assert plan.fault is not None
    assert plan.fault.type is FailureType.VERSION_UNAVAILABLE
    assert (plan.version, plan.held, plan.repeatable, plan.connector_id) == (number, None, False, CONNECTOR)


def test_only_a_version_that_may_not_have_come_yet_is_looked_up(table: ConnectorTable) -> None:
    plan = plan_of(table)
    assert [table.has_version(plan, number) for number in (None, 1, 2, 3, 4)] == [True, True, True, True, False]


def test_a_tombstone_ends_it(table: ConnectorTable) -> None:
    assert plan_of(table, 2).fault is None
    assert table.apply_version(CONNECTOR, 2, None)
    assert plan_of(table, 2).fault is not None
    assert not table.apply_version(CONNECTOR, 2, None)


@pytest.mark.parametrize("value", [b"", b"{", b'{"revision": 3}', b'{"deleted": true}'])
def test_what_is_no_version_changes_nothing(table: ConnectorTable, value: bytes) -> None:
    assert not table.apply_version(CONNECTOR, 2, value)
    assert plan_of(table, 2).fault is None


@pytest.mark.parametrize("value", [a_version(9, revision=9), a_version(2, revision=9, connector_id=UUID(int=99))])
def test_a_version_of_another_key_changes_nothing(table: ConnectorTable, value: bytes) -> None:
    assert not table.apply_version(CONNECTOR, 2, value)
    assert config_of(table, 2).url == "https://api.test/old"


def test_a_version_of_another_workspace_is_none_of_the_connectors(table: ConnectorTable) -> None:
    foreign = json.loads(a_version(2, revision=9, url="https://other.test/")) | {"workspaceId": str(uuid4())}
    table.apply_version(CONNECTOR, 2, json.dumps(foreign).encode())
    fault = plan_of(table, 2).fault
    assert fault is not None
    assert fault.type is FailureType.VERSION_UNAVAILABLE


def test_the_same_again_changes_nothing_and_a_higher_revision_does(table: ConnectorTable) -> None:
    assert not table.apply_version(CONNECTOR, 2, a_version(2))
    assert table.apply_version(CONNECTOR, 2, a_version(2, revision=9, url="https://api.test/restored"))
    assert config_of(table, 2).url == "https://api.test/restored"


def test_one_that_cannot_be_read_or_compiled_fails_and_holds_nobody(table: ConnectorTable) -> None:
    table.apply_version(CONNECTOR, 2, a_version(2, revision=8).replace(b'"GET"', b'"BREW"'))
    plan = plan_of(table, 2)
    assert plan.fault is not None
    assert (plan.fault.type, plan.held) == (FailureType.VERSION_UNAVAILABLE, None)
    table.apply_version(CONNECTOR, 2, a_version(2, revision=9, url="https://api.test/{{input.a.}}"))
    plan = plan_of(table, 2)
    assert plan.fault is not None
    assert (plan.fault.type, plan.held) == (FailureType.INVALID_REQUEST, None)


def test_plans_of_former_versions_are_bounded() -> None:
    table = ConnectorTable(cache_entries=2)
    for number in range(1, 6):
        table.apply_version(CONNECTOR, number, a_version(number))
    table.apply(CONNECTOR, a_connector(version=6).to_json())
    first = ref(plan_of(table, 1))
    held = first()
    for number in range(2, 6):
        plan_of(table, number)
    assert plan_of(table, 1) is held, "somebody has it"
    del held
    for number in range(2, 6):
        plan_of(table, number)
    assert first() is None


def test_a_plan_of_a_former_version_is_current_as_long_as_nothing_changes(table: ConnectorTable) -> None:
    plan = plan_of(table, 2)
    assert table.is_current(plan)
    table.apply(CONNECTOR, a_connector(version=4, rateLimit=None).to_json())
    assert not table.is_current(plan)


def test_the_key_of_a_version_is_not_that_of_anything_else() -> None:
    connector_id = uuid4()
    assert str(version_key(connector_id, 7)) == f"version/{connector_id}/7"
