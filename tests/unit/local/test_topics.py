"""A topic that was created can be used: the broker knows it, and each of its partitions has a leader."""

from typing import Any, cast

from aiokafka.admin import AIOKafkaAdminClient

from connectors_local.topics import until_known

UNKNOWN, LEADERLESS = 3, 5


def a_topic(*leaders: int, error_code: int = 0) -> dict[str, Any]:
    return {"error_code": error_code, "topic": "topic", "partitions": [{"leader": leader} for leader in leaders]}


class Admin:
    """Says one answer after the other."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.answers = list(answers)

    async def describe_topics(self, _names: list[str]) -> list[dict[str, Any]]:
        return self.answers.pop(0)


async def test_it_is_asked_for_until_it_is_known_and_has_its_leaders() -> None:
    late = [[a_topic(error_code=UNKNOWN)], [a_topic(1, -1)], [a_topic(1, 1), a_topic(error_code=LEADERLESS)]]
    admin = Admin(*late, [a_topic(1, 1), a_topic(1)], [])
    await until_known(cast("AIOKafkaAdminClient", admin), ["topic", "other"])
    assert admin.answers == [[]]
