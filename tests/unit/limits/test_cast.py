"""The connectors of the story are what the registry accepts, and which answers about them are right."""

from typing import Any

import pytest

from connector_registry.connectors.draft import read_draft
from connectors_local.limits.cast import NOISY, Part, definitions, names_the_right_reason
from connectors_shared.contract.status import ConnectorStatus
from tests.unit.limits.fake_world import WORKSPACE
from tests.unit.operators.fake_executor import a_status

DEFINITIONS = definitions("http://127.0.0.1:8090", 10)


def definition_of(part: Part) -> Any:
    (found,) = [read_draft(definition).draft for each, definition in DEFINITIONS if each is part]
    return found


@pytest.mark.parametrize("definition", [each for _, each in DEFINITIONS], ids=lambda each: each["name"])
def test_the_registry_accepts_each(definition: dict[str, Any]) -> None:
    reading = read_draft(definition)
    assert reading.draft is not None
    assert not reading.problems
    assert reading.draft.config.auth is not None


def test_there_are_as_many_as_asked_for_and_no_two_of_one_name() -> None:
    assert [part for part, _ in DEFINITIONS] == [*[Part.HEALTHY] * 10, *NOISY]
    assert len({definition["name"] for _, definition in DEFINITIONS}) == 13


def test_the_limited_one_says_its_limit_and_its_upstream_enforces_it() -> None:
    config = definition_of(Part.LIMITED).config
    (window,) = config.rate_limit.all_windows()
    assert (window.limit, window.seconds) == (1, 1)
    assert "perSecond=1" in config.url


def test_the_hanging_one_is_given_up_only_after_half_a_minute_and_not_repeated() -> None:
    config = definition_of(Part.HANGING).config
    assert (config.url, config.timeout, config.retries) == ("http://127.0.0.1:8090/hang?seconds=30", 30_000, 0)


def a_reason(code: str) -> dict[str, Any]:
    return {"reasons": [{"code": code, "detail": "", "until": None}]}


@pytest.mark.parametrize(
    ("part", "said", "right"),
    [
        (Part.LIMITED, {"state": "limited"}, True),
        (Part.LIMITED, a_reason("rate_limited"), True),
        (Part.LIMITED, {"state": "breaker_open"}, False),
        (Part.HANGING, a_reason("queue_full"), True),
        (Part.HANGING, {"state": "breaker_open"}, True),
        (Part.HANGING, {"state": "limited"}, False),
        (Part.HANGING, {"state": "running"}, False),
        (Part.FAILING, {"state": "breaker_open"}, True),
        (Part.FAILING, {"breaker": {"state": "half_open", "until": None, "failures": 9, "calls": 9}}, True),
        (Part.FAILING, {"state": "idle"}, False),
    ],
)
def test_an_answer_is_right_when_it_names_what_is_the_matter(part: Part, said: dict[str, Any], right: bool) -> None:
    assert names_the_right_reason(part, ConnectorStatus.model_validate(a_status(WORKSPACE, **said))) is right
