"""The connector with which the console's wizard shows that it loses nothing has every option that there is."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import BaseModel

from connector_registry.connectors.draft import definition_of, read_draft
from connectors_shared.contract.connector import Header, InputField, QueryParam, RequestConfig
from connectors_shared.contract.policy import ParkingPolicy, RateLimit, RateWindow, StatusPolicy

STORED: Final = Path(__file__).parents[3] / "console" / "src" / "features" / "builder" / "every-option.json"


@pytest.fixture
def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STORED.read_text())
    return found


def test_it_is_what_the_registry_stores(stored: dict[str, Any]) -> None:
    reading = read_draft(stored)
    assert reading.problems == []
    assert reading.draft is not None
    definition = definition_of(reading.draft)
    assert without_secrets(stored["config"]) == without_secrets(definition["config"])
    assert stored["input_schema"] == definition["input_schema"]
    assert stored["output_schema"] == definition["output_schema"]


def test_it_says_all_that_may_be_said(stored: dict[str, Any]) -> None:
    config = stored["config"]
    for model, parts in (
        (RequestConfig, [config]),
        (Header, config["headers"]),
        (QueryParam, config["queryParams"]),
        (RateLimit, [config["rateLimit"]]),
        (RateWindow, config["rateLimit"]["windows"]),
        (StatusPolicy, config["statusPolicies"]),
        (ParkingPolicy, [config["parking"]]),
        (InputField, stored["input_schema"].values()),
    ):
        assert names(model) - said(parts) == set(), model.__name__


def names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def said(parts: Iterable[dict[str, Any]]) -> set[str]:
    return {name for part in parts for name, value in part.items() if value not in (None, [], "")}


def without_secrets(config: dict[str, Any]) -> dict[str, Any]:
    parts = {
        name: [{**part, "value": "", "staticValue": ""} if part.get("valueType") == "secret" else part for part in rows]
        for name, rows in config.items()
        if name in ("headers", "queryParams")
    }
    return {name: value for name, value in config.items() if name != "auth"} | parts
