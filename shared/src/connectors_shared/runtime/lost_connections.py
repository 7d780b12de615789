"""A write to a connection that is lost raises ConnectionResetError, on uvloop too.

aiokafka and redis-py write through `asyncio.StreamWriter` and expect an OSError. uvloop raises RuntimeError until the
loss is noticed (MagicStack/uvloop#506), and aiokafka's producer never sends again after one (aio-libs/aiokafka#1038).
"""

from asyncio import StreamWriter
from collections.abc import Callable
from typing import Any


def report_as_connection_errors() -> None:
    """For the whole process; once is enough, and again changes nothing."""
    for name in ("write", "writelines"):
        method = getattr(StreamWriter, name)
        if method.__name__ == name:
            setattr(StreamWriter, name, _reporting(method))


def _reporting(method: Callable[[StreamWriter, Any], None]) -> Callable[[StreamWriter, Any], None]:
    def reporting(writer: StreamWriter, data: Any) -> None:
        try:
            method(writer, data)
        except RuntimeError as error:
            if not writer.is_closing():
                raise
            raise ConnectionResetError(str(error)) from error

    return reporting
