"""Batches through FastStream as they came from Kafka: no decoding, so that no message can hide a batch.

FastStream's own parser decodes every header as UTF-8 and fails the whole batch on one that is not; its
acknowledgement commits all that was delivered. A subscriber made here does neither.
"""

import logging
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.abc import ConsumerRebalanceListener

from connectors_shared.runtime.coordinator_errors import raise_coordinator_errors
from connectors_shared.runtime.kafka import group_settings
from connectors_shared.runtime.lean_imports import pretending_missing
from connectors_shared.runtime.tolerant_records import accept_any_header_name

with pretending_missing("email_validator", "opentelemetry"):  # for its documents and traces, which are not used
    from faststream import AckPolicy
    from faststream.kafka import KafkaBroker, KafkaMessage
    from faststream.kafka.message import FAKE_CONSUMER

Records = tuple[ConsumerRecord, ...]
POLL_MS = 10
"""How long a poll waits; small, because FastStream sleeps as long again after a poll that found nothing."""


def intake_broker(bootstrap_servers: str, client_id: str, *, graceful_seconds: float = 20.0) -> KafkaBroker:
    """A broker that only consumes, creates no topics, and hands arguments over as they are."""
    accept_any_header_name()
    raise_coordinator_errors()
    # Not below its own logger, which writes lines in colour; and it warns at each start that it makes no topics.
    log = logging.getLogger("connectors.intake")
    log.setLevel(logging.ERROR)
    return KafkaBroker(
        bootstrap_servers,
        client_id=client_id,
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=graceful_seconds,
        logger=log,
    )


def raw_batches(
    broker: KafkaBroker,
    topic: str,
    *,
    group_id: str,
    instance_id: str | None,
    listener: ConsumerRebalanceListener,
    most: int,
    poll_ms: int = POLL_MS,
) -> Any:
    """A batch subscriber whose handler takes the records and commits offsets itself."""
    return broker.subscriber(
        topic,
        batch=True,
        group_id=group_id,
        max_records=most,
        batch_timeout_ms=poll_ms,
        listener=listener,
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        parser=_parse,
        decoder=_keep,
        **group_settings(instance_id),
    )


async def _parse(records: Records) -> KafkaMessage:
    return KafkaMessage(
        body=records,
        raw_message=records,
        message_id=f"{records[0].offset}-{records[-1].offset}",
        consumer=FAKE_CONSUMER,
    )


async def _keep(message: KafkaMessage) -> Any:
    return message.body
