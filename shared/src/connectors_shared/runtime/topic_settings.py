"""Topics are made by operators: one that drops what it is to keep loses it without a word, days later."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from connectors_shared.contract.topics import Topic
from connectors_shared.runtime.kafka_admin import admin_client
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
CLEANUP: Final = "cleanup.policy"
LEAST: Final = ("max.message.bytes", "retention.ms")
FOR_EVER: Final = -1


class UnfitTopicError(Exception):
    """A topic whose clean-up drops what is needed: definitions after a week, or all executions of a contact but one."""


async def refuse_unfit_topics(bootstrap_servers: str, topics: Sequence[Topic], prefix: str = "") -> None:
    """Raises UnfitTopicError. What is only smaller or shorter than it should be is logged, and so is a topic whose
    settings are not told (none of that name, no permission). Raises KafkaError where no broker answers.
    """
    named = {prefix + topic.name: topic for topic in topics}
    wanted = dict.fromkeys((CLEANUP, *LEAST))
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs=wanted) for name in named]
    async with admin_client(bootstrap_servers) as admin:
        responses = await admin.describe_configs(resources)
    for code, _message, _type, name, entries in (found for response in responses for found in response.resources):
        if code:
            log.warning("topic.settings_unknown", topic=name, why=for_code(code).__name__)
            continue
        _judge(name, named[name], {entry[0]: entry[1] for entry in entries})


def _judge(name: str, topic: Topic, found: Mapping[str, Any]) -> None:
    wanted = topic.broker_config()
    policy, needed = _policy(found.get(CLEANUP)), _policy(wanted[CLEANUP])
    if policy and policy != needed:
        raise UnfitTopicError(
            f"The topic {name} has the cleanup.policy {','.join(sorted(policy))}, which drops what is still needed:"
            f" set it to {','.join(needed)}"
        )
    for setting in LEAST:
        value, least = _number(found.get(setting)), _number(wanted.get(setting))
        if value is not None and least is not None and FOR_EVER != value < least:
            log.warning("topic.too_little", topic=name, setting=setting, value=value, least=least)


def _policy(text: str | None) -> set[str]:
    return {word.strip() for word in (text or "").split(",")} - {""}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.lstrip("-").isdecimal() else None
