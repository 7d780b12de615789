"""What counts as a flow that uses a connector."""

from typing import Any

import pytest

from connector_registry.history.recording.tally import tallied, used, user_of
from tests.unit.registry.history.builders import OTHER_WORKSPACE, a_line

USERS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a flow by its id": ({"context": {"flowId": "f", "stepId": "s"}}, ("flow", "f")),
    "a step stands for a flow that is not told": ({"context": {"stepId": "s", "flowRunId": "r"}}, ("step", "s")),
    "all runs of flows that are not told are one": ({"context": {"flowRunId": "r"}, "trigger": "rest"}, ("flow", "")),
    "so is what flows send without any id": ({"context": {}}, ("flow", "")),
    "a caller outside of flows": ({"context": {}, "trigger": "rest"}, ("other", "")),
    "a call by REST of a flow": ({"context": {"flowId": "f"}, "trigger": "rest"}, ("flow", "f")),
}


@pytest.mark.parametrize(("fields", "expected"), USERS.values(), ids=USERS)
def test_what_uses_a_connector(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    user = user_of(a_line(**fields))
    assert (user.kind, user.used_by) == expected


def test_rows_are_locked_in_one_order() -> None:
    lines = [a_line(workspaceId=workspace) for workspace in (OTHER_WORKSPACE, None) if workspace]
    lines += [a_line(), a_line(context={"flowId": "a"})]
    for rows in (list(tallied(lines)), list(used(lines))):
        assert rows == sorted(rows, key=lambda row: (row[0].int, *map(str, row[1:])))
