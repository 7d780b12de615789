"""The examples that a new connector begins with in the console are such that they can be saved."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from connector_registry.connectors.draft import definition_of, read_draft
from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.definition.compile import check_definition
from tests.unit.executor.a_connector import a_connector

FOLDER: Final = Path(__file__).parents[3] / "console" / "src" / "features" / "starters"
STARTERS: Final = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_is_a_connector_that_only_lacks_its_secrets(name: str) -> None:
    written: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    reading = read_draft(written)
    assert reading.problems == []
    assert reading.draft is not None
    definition = definition_of(reading.draft)
    published = json.loads(a_connector().to_json()) | {
        "config": definition["config"],
        "inputSchema": definition["input_schema"],
    }
    assert check_definition(PublishedConnector.model_validate(published)) == []


def test_each_is_on_the_list() -> None:
    listed = (FOLDER / "starters.ts").read_text()
    assert STARTERS
    assert [name for name in STARTERS if f'id: "{name}"' not in listed or f'"./{name}.json"' not in listed] == []
