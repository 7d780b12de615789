"""What is judged of a topic that an operator has made."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors_shared.contract.topics import CONFIG, EXECUTE, RESULT, TOPICS, Topic
from connectors_shared.runtime.topic_settings import UnfitTopicError, _judge


def judged(topic: Topic, **changes: str | None) -> list[dict[str, Any]]:
    """What is logged of it."""
    settings = topic.broker_config() | {name.replace("_", "."): value for name, value in changes.items()}
    with capture_logs() as logged:
        _judge("a-topic", topic, settings)
    return [dict(line) for line in logged]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_one_as_the_table_says_is_fit(topic: Topic) -> None:
    assert judged(topic) == []


@pytest.mark.parametrize(
    ("topic", "policy"),
    [(CONFIG, "delete"), (CONFIG, "compact,delete"), (EXECUTE, "compact"), (RESULT, "delete, compact")],
    ids=str,
)
def test_one_that_drops_what_is_needed_is_refused(topic: Topic, policy: str) -> None:
    with pytest.raises(UnfitTopicError, match="a-topic has the cleanup"):
        judged(topic, cleanup_policy=policy)


@pytest.mark.parametrize(("setting", "value"), [("max_message_bytes", "1000"), ("retention_ms", "3600000")])
def test_one_that_keeps_less_is_told(setting: str, value: str) -> None:
    [line] = judged(EXECUTE, **{setting: value})
    assert (line["event"], line["setting"], line["value"]) == (
        "topic.too_little",
        setting.replace("_", "."),
        int(value),
    )


@pytest.mark.parametrize("value", ["-1", "9999999999999", None, ""])
def test_one_that_keeps_more_or_does_not_tell_is_fit(value: str | None) -> None:
    assert judged(EXECUTE, retention_ms=value) == []
    assert judged(EXECUTE, cleanup_policy=None) == []
