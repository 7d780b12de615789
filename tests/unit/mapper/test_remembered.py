"""Executions are remembered for longer than any of them can come again."""

import pytest
from pydantic import ValidationError

from connectors_shared.contract.topics import DAY_MS, RESULT, RESULT_DEAD
from field_mapper.settings import MapperSettings

DAYS = sum(int(topic.config["retention.ms"]) for topic in (RESULT, RESULT_DEAD)) // DAY_MS


def settings(**given: int) -> MapperSettings:
    return MapperSettings(database_url="postgresql://x/y", kafka_bootstrap_servers="x:1", jwt_secret="x" * 32, **given)  # type: ignore[arg-type]


def test_a_letter_that_is_replayed_on_its_last_day_finds_that_it_was_applied() -> None:
    assert settings().applied_retention_days > DAYS
    assert settings(applied_retention_days=DAYS + 1).applied_retention_days == DAYS + 1
    with pytest.raises(ValidationError):
        settings(applied_retention_days=DAYS)
