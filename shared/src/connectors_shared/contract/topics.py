"""THE table of topics: who says what to whom, and how it is kept."""

from dataclasses import dataclass, field
from typing import Final

DAY_MS: Final = 24 * 3600 * 1000
EXECUTE_BYTES: Final = 1024 * 1024
"""The largest `connector.execute`. Every other size follows from it."""
ENVELOPE_BYTES: Final = 64 * 1024
"""What a record has beside its value: key, headers, and the batch around it."""
EXECUTE_RETENTION_MS: Final = 7 * DAY_MS
"""How long an execution may wait in Kafka, and so may ask for what has been deleted since."""
ANSWER_BYTES: Final = 2 * EXECUTE_BYTES
"""The largest message that answers one: it carries parts of the execution through, and adds as much at most."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic. `partitions` is the default of a new installation.

    `largest` is the bytes of a message's value; the broker takes records with an envelope around that.
    """

    name: str
    key: str
    says: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = 6
    compacted: bool = False
    largest: int = EXECUTE_BYTES
    config: dict[str, str] = field(default_factory=dict)

    @property
    def record_bytes(self) -> int:
        """The largest record, batch overhead included: what the broker is told, and what is sent at most."""
        return self.largest + ENVELOPE_BYTES

    @property
    def retention_days(self) -> int:
        """How long messages are kept, rounded up. KeyError where they are compacted instead."""
        return -(-int(self.config["retention.ms"]) // DAY_MS)

    def broker_config(self) -> dict[str, str]:
        """Topic settings as the broker takes them."""
        cleanup = {"cleanup.policy": "compact" if self.compacted else "delete"}
        return cleanup | {"max.message.bytes": str(self.record_bytes)} | self.config


EXECUTE: Final = Topic(
    name="connector.execute",
    key="contact id, else execution id",
    says="please call",
    producers=("flow-engine", "connectors-registry", "connectors-executor"),
    consumers=("connectors-executor",),
    config={"retention.ms": str(EXECUTE_RETENTION_MS)},
)
RESULT: Final = Topic(
    name="connector.result",
    key="contact id, else flow run id, else execution id",
    says="the outcome, one per execution id",
    producers=("connectors-executor",),
    consumers=("connectors-field-mapper", "connectors-registry", "flow-engine"),
    largest=ANSWER_BYTES,
    config={"retention.ms": str(7 * DAY_MS)},
)
CONFIG: Final = Topic(
    name="connector.config",
    key="connector/<id>, version/<connector>/<number>, credential/<id>, grant/<workspace>/<id> or workspace/<id>",
    says="what is published of an entity, with its revision; a deletion is a message, a tombstone follows on purge",
    producers=("connectors-registry",),
    consumers=("connectors-executor", "connectors-field-mapper"),
    partitions=1,
    compacted=True,
    config={
        "min.cleanable.dirty.ratio": "0.1",
        "segment.ms": str(DAY_MS),
        # What was replaced, a former secret above all, is gone after this long, however little is written.
        "max.compaction.lag.ms": str(DAY_MS),
    },
)
CONTACT_UPDATED: Final = Topic(
    name="contact.updated",
    key="contact id",
    says="what changed on which contact, and what was refused",
    producers=("connectors-field-mapper",),
    consumers=("connectors-registry", "flow-engine"),
    largest=ANSWER_BYTES,
    config={"retention.ms": str(7 * DAY_MS)},
)
HEALTH: Final = Topic(
    name="connector.health",
    key="connector id",
    says="a connector has only failed for a long time, or works again",
    producers=("connectors-executor",),
    consumers=("connectors-registry", "flow-engine"),
    partitions=1,
    config={"retention.ms": str(30 * DAY_MS)},
)
EXECUTE_DEAD: Final = Topic(
    name="connector.execute.dead",
    key="original key",
    says="original bytes; coordinates, reason and attempts as headers",
    producers=("connectors-executor",),
    consumers=("operator", "connectors-executor"),
    partitions=1,
    largest=ANSWER_BYTES,
    config={"retention.ms": str(30 * DAY_MS)},
)
RESULT_DEAD: Final = Topic(
    name="connector.result.dead",
    key="original key",
    says="original bytes; coordinates, reason and attempts as headers",
    producers=("connectors-field-mapper", "connectors-registry"),
    consumers=("operator", "connectors-executor"),
    partitions=1,
    largest=ANSWER_BYTES + ENVELOPE_BYTES,
    config={"retention.ms": str(30 * DAY_MS)},
)

TOPICS: Final[tuple[Topic, ...]] = (EXECUTE, RESULT, CONFIG, CONTACT_UPDATED, HEALTH, EXECUTE_DEAD, RESULT_DEAD)
LARGEST_RECORD_BYTES: Final = max(topic.record_bytes for topic in TOPICS)
