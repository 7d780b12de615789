"""A group's coordinator that has no committed offsets to tell, yet, is asked again.

It says so once for the whole answer (it is still loading, or it is not the coordinator any more). aiokafka reads the
errors of single partitions only, takes the empty answer for "nothing was ever committed", and starts every partition
at its beginning.
"""

from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest


def raise_coordinator_errors() -> None:
    """For the whole process; once is enough, and again changes nothing."""
    send = GroupCoordinator._send_req
    if send.__name__ == "_send_req":
        GroupCoordinator._send_req = _raising(send)


def _raising(send: Any) -> Any:
    async def send_or_raise(coordinator: GroupCoordinator, request: Any) -> Any:
        answer = await send(coordinator, request)
        code = getattr(answer, "error_code", 0) if isinstance(request, OffsetFetchRequest) else 0
        if code:
            error: type[KafkaError] = for_code(code)
            coordinator.coordinator_dead()
            raise error(f"the coordinator of {coordinator.group_id} told no offsets")
        return answer

    return send_or_raise
