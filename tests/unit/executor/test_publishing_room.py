"""How much the producer takes while Kafka has not answered yet."""

from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import MessageAccumulator

from connector_executor.finisher import FINISH_AT_ONCE
from connectors_shared.runtime.kafka import producer_settings

RESULT_BYTES = 1_000
PARTITION = TopicPartition("connector.result", 0)


async def test_results_that_are_published_at_once_have_room_even_if_all_are_of_one_partition() -> None:
    """Whoever finds a batch full waits for Kafka, and all results behind it wait too, whatever partition is theirs."""
    batch_bytes = producer_settings("kafka:9092", "tests")["max_batch_size"]
    accumulator = MessageAccumulator(None, batch_bytes, 0, batch_ttl=60.0)

    taken = [await_nobody(accumulator, b"x" * RESULT_BYTES) for _ in range(FINISH_AT_ONCE)]

    assert all(taken), "it waits until Kafka has taken the batch before it"


def await_nobody(accumulator: MessageAccumulator, value: bytes) -> bool:
    """Whether the record is taken at once."""
    adding = accumulator.add_message(PARTITION, None, value, timeout=60.0)
    try:
        adding.send(None)
    except StopIteration:
        return True
    adding.close()
    return False
