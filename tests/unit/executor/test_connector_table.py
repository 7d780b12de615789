"""The table of connectors: the latest readable version, compiled on use."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from weakref import ref

import pytest

from connector_executor.connectors.standin import unknown_plan
from connector_executor.connectors.table import ConnectorTable
from connector_executor.parking.port import ParkReason
from connectors_shared.contract.facts import Deletion
from connectors_shared.contract.failure import FailureType
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector, newer_definition


def deletion(revision: int) -> bytes:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Deletion(workspace_id=WORKSPACE, revision=revision, changed_at=moment).to_json()


def version_of(table: ConnectorTable, connector_id: UUID = CONNECTOR) -> int | None:
    plan = table.plan(connector_id)
    return plan.version if plan else None


def test_the_latest_version_is_the_one_that_runs() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector(version=1).to_json())
    assert version_of(table) == 1
    table.apply(CONNECTOR, a_connector(version=2).to_json())
    assert (version_of(table), len(table)) == (2, 1)


def test_an_unknown_connector_has_no_plan() -> None:
    assert ConnectorTable().plan(CONNECTOR) is None


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"connectorId": "x"}', b"\xff"])
def test_a_definition_that_cannot_be_read_leaves_the_known_one(value: bytes) -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector(version=3).to_json())
    table.apply(CONNECTOR, value)
    assert version_of(table) == 3


def test_a_definition_under_another_connectors_key_changes_nothing() -> None:
    table = ConnectorTable()
    assert not table.apply(UUID(int=99), a_connector().to_json())
    assert len(table) == 0


@pytest.mark.parametrize("revision", [1, 4, 5])
def test_an_older_revision_changes_nothing_also_when_its_version_is_higher(revision: int) -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector(version=2, revision=5).to_json())
    assert not table.apply(CONNECTOR, a_connector(version=3, revision=revision).to_json())
    assert version_of(table) == 2


def test_a_newer_revision_is_taken_also_when_it_rolls_the_version_back() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector(version=3, revision=5).to_json())
    assert table.apply(CONNECTOR, a_connector(version=1, revision=9).to_json())
    assert version_of(table) == 1


def test_a_deleted_connector_is_known_as_such_in_its_workspace() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector(revision=1).to_json())
    assert table.apply(CONNECTOR, deletion(2))
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert plan.fault is not None
    assert plan.fault.type is FailureType.CONNECTOR_DELETED
    assert (plan.connector_id, plan.published.workspace_id, plan.repeatable) == (CONNECTOR, WORKSPACE, False)
    assert len(table) == 0


def test_what_came_before_a_deletion_does_not_bring_it_back_and_what_comes_after_does() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, deletion(3))
    assert not table.apply(CONNECTOR, a_connector(revision=2).to_json())
    assert not table.apply(CONNECTOR, deletion(3))
    assert table.apply(CONNECTOR, a_connector(version=4, revision=4).to_json())
    assert (version_of(table), len(table)) == (4, 1)


def test_a_tombstone_removes_the_connector_and_its_plan() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector().to_json())
    assert version_of(table) == 1
    table.apply(CONNECTOR, deletion(2))
    table.apply(CONNECTOR, None)
    table.apply(CONNECTOR, None)
    assert (version_of(table), len(table)) == (None, 0)


def test_a_plan_is_compiled_once_while_it_is_cached() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector().to_json())
    assert table.plan(CONNECTOR) is table.plan(CONNECTOR)


def test_the_plan_used_longest_ago_leaves_the_cache_and_comes_back_equal() -> None:
    table = ConnectorTable(cache_entries=2)
    ids = [UUID(int=number) for number in (1, 2, 3)]
    for number, connector_id in enumerate(ids, 1):
        connector = a_connector(connector_id=connector_id, version=number)
        table.apply(connector_id, connector.to_json())
    first, second = table.plan(ids[0]), table.plan(ids[1])
    assert second is not None
    left = ref(second)
    assert table.plan(ids[0]) is first
    table.plan(ids[2])
    assert table.plan(ids[0]) is first
    assert table.plan(ids[1]) is second, "somebody has it"
    assert table.plan(ids[0]) is first
    table.plan(ids[2])
    del second
    assert left() is None
    assert version_of(table, ids[1]) == 2
    assert len(table) == 3


def test_a_plan_knows_its_workspace() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector(workspace_id=WORKSPACE).to_json())
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert plan.published.workspace_id == WORKSPACE


@pytest.mark.parametrize(
    "config",
    [
        {"url": "https://api.test/{{oops}}"},
        {"body": "[" * 5_000 + "]" * 5_000, "bodyType": "json"},
        {"body": [1], "bodyType": "form"},
        {"queryParams": [{"key": "k", "valueType": "input", "inputField": "}}"}]},
    ],
)
def test_a_definition_that_cannot_be_compiled_has_a_plan_that_calls_nothing_and_says_why(
    config: dict[str, object],
) -> None:
    table = ConnectorTable()
    limited = {"rateLimit": {"maxRequestsPerMinute": 1}, "method": "PATCH"}
    table.apply(CONNECTOR, a_connector(version=3, **limited, **config).to_json())
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert plan.fault is not None
    assert plan.fault.type is FailureType.INVALID_REQUEST
    assert plan.fault.message.startswith("The connector's definition cannot be used: ")
    assert (plan.connector_id, plan.published.workspace_id, plan.version) == (CONNECTOR, WORKSPACE, 3)
    assert (plan.method, plan.repeatable, plan.budget.windows) == ("PATCH", False, ())
    table.apply(CONNECTOR, a_connector(version=4).to_json())
    mended = table.plan(CONNECTOR)
    assert mended is not None
    assert mended.fault is None
    assert {plan.breaker, plan.budget.key}.isdisjoint({mended.breaker, mended.budget.key})


def test_an_unknown_connectors_stand_in_shares_nothing_with_the_one_of_another_workspace() -> None:
    stranger = unknown_plan(CONNECTOR, UUID(int=2))
    assert stranger.fault is not None
    assert stranger.fault.type is FailureType.UNKNOWN_CONNECTOR
    assert stranger.connector_id != CONNECTOR
    assert stranger.workspace_key == str(UUID(int=2))
    assert not stranger.repeatable


REQUEST = {"method": "GET", "url": "https://api.test/users"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "/config/bodyType"),
        ({"config": REQUEST | {"bodyType": "protobuf", "body": "x"}}, "/config/bodyType"),
        ({"config": REQUEST | {"method": "QUERY"}}, "/config/method"),
        ({"config": REQUEST | {"rateLimit": {"share": "workspace"}}}, "/config/rateLimit/share"),
        ({"config": "somewhere else"}, "/config"),
        ({"schemaVersion": 2}, "schemaVersion is 2"),
    ],
)
def test_a_newer_definition_that_cannot_be_read_holds_the_connector_and_never_leaves_it_to_the_old_one(
    fields: dict[str, object], named: str
) -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, a_connector(version=1).to_json())
    assert table.apply(CONNECTOR, newer_definition(version=2, **fields))
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert plan.held is ParkReason.DEFINITION_UNREADABLE
    assert plan.fault is not None
    assert named in plan.fault.message
    assert (plan.connector_id, plan.published.workspace_id) == (CONNECTOR, WORKSPACE)
    table.apply(CONNECTOR, a_connector(version=1).to_json())
    assert table.plan(CONNECTOR) is plan or table.plan(CONNECTOR) == plan
    table.apply(CONNECTOR, a_connector(version=3).to_json())
    after = table.plan(CONNECTOR)
    assert after is not None
    assert after.held is None
    assert version_of(table) == 3


def test_what_is_wrong_with_a_definition_whatever_the_version_holds_nothing() -> None:
    table = ConnectorTable()
    table.apply(CONNECTOR, newer_definition(config=REQUEST | {"url": "https://api.test/{{oops}}"}))
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert (plan.held, plan.fault is None) == (None, False)


@pytest.mark.parametrize(
    ("facts", "outdated"),
    [
        ([a_connector(version=5), a_connector(version=3)], 1),
        ([a_connector(version=5), a_connector(version=4, revision=5)], 1),
        ([a_connector(version=5), a_connector(version=5)], 0),
        ([a_connector(version=5), a_connector(version=6)], 0),
        ([deletion(5), deletion(5)], 0),
        ([deletion(5), a_connector(version=5)], 1),
        ([a_connector(version=5), deletion(5)], 1),
        ([deletion(5), a_connector(version=4)], 1),
    ],
)
def test_a_fact_that_says_something_else_and_is_no_news_is_counted(facts: list[Any], outdated: int) -> None:
    counted = list[int]()
    table = ConnectorTable(on_outdated=lambda: counted.append(1))
    for fact in facts:
        table.apply(CONNECTOR, fact if isinstance(fact, bytes) else fact.to_json())
    assert len(counted) == outdated
