"""The table of connectors: the latest readable version, compiled on use."""

from uuid import UUID

import pytest

from connector_executor.connectors.table import ConnectorTable
from connectors_shared.definition.templates import TemplateError
from tests.unit.executor.a_connector import CONNECTOR, WORKSPACE, a_connector

KEY = str(CONNECTOR).encode()


def version_of(table: ConnectorTable, connector_id: UUID = CONNECTOR) -> int | None:
    plan = table.plan(connector_id)
    return plan.version if plan else None


def test_the_latest_version_is_the_one_that_runs() -> None:
    table = ConnectorTable()
    table.apply(KEY, a_connector(version=1).to_json())
    assert version_of(table) == 1
    table.apply(KEY, a_connector(version=2).to_json())
    assert (version_of(table), len(table)) == (2, 1)


def test_an_unknown_connector_has_no_plan() -> None:
    assert ConnectorTable().plan(CONNECTOR) is None


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"connectorId": "x"}', b"\xff"])
def test_a_definition_that_cannot_be_read_leaves_the_known_one(value: bytes) -> None:
    table = ConnectorTable()
    table.apply(KEY, a_connector(version=3).to_json())
    table.apply(KEY, value)
    assert version_of(table) == 3


@pytest.mark.parametrize("key", [None, b"", b"not-a-uuid", b"\xff"])
def test_a_definition_without_a_readable_key_is_ignored(key: bytes | None) -> None:
    table = ConnectorTable()
    table.apply(key, a_connector().to_json())
    assert len(table) == 0


def test_a_tombstone_removes_the_connector_and_its_plan() -> None:
    table = ConnectorTable()
    table.apply(KEY, a_connector().to_json())
    assert version_of(table) == 1
    table.apply(KEY, None)
    table.apply(KEY, None)
    assert (version_of(table), len(table)) == (None, 0)


def test_a_plan_is_compiled_once_while_it_is_cached() -> None:
    table = ConnectorTable()
    table.apply(KEY, a_connector().to_json())
    assert table.plan(CONNECTOR) is table.plan(CONNECTOR)


def test_the_plan_used_longest_ago_leaves_the_cache_and_comes_back_equal() -> None:
    table = ConnectorTable(cache_entries=2)
    ids = [UUID(int=number) for number in (1, 2, 3)]
    for number, connector_id in enumerate(ids, 1):
        connector = a_connector(connector_id=connector_id, version=number)
        table.apply(str(connector_id).encode(), connector.to_json())
    first, second = table.plan(ids[0]), table.plan(ids[1])
    assert table.plan(ids[0]) is first
    table.plan(ids[2])
    assert table.plan(ids[0]) is first
    again = table.plan(ids[1])
    assert again is not second
    assert version_of(table, ids[1]) == 2
    assert len(table) == 3


def test_a_plan_knows_its_workspace() -> None:
    table = ConnectorTable()
    table.apply(KEY, a_connector(workspace_id=WORKSPACE).to_json())
    plan = table.plan(CONNECTOR)
    assert plan is not None
    assert plan.published.workspace_id == WORKSPACE


def test_a_definition_with_an_unreadable_placeholder_is_an_error_on_use() -> None:
    table = ConnectorTable()
    table.apply(KEY, a_connector(url="https://api.test/{{oops}}").to_json())
    with pytest.raises(TemplateError, match="oops"):
        table.plan(CONNECTOR)
