"""A record whose header's name is not UTF-8 is read like any other.

Kafka takes such a record. aiokafka's parser raises on it at every poll, so that its partition would stand still for
ever. Here the fetch that holds it is read once more by the parser's Python twin, with the odd bytes as `\\xff`.
"""

from collections.abc import Iterator
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

V2_MAGIC = 2
MAGIC_AT = 16


def accept_any_header_name() -> None:
    """For the whole process; once is enough, and again changes nothing."""
    fetcher.MemoryRecords = RememberingRecords
    fetcher.PartitionRecords = TolerantPartitionRecords


class RememberingRecords:
    """The parser in C, with the bytes that it was given."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._fast = MemoryRecords(data)
        self.has_next = self._fast.has_next
        self.next_batch = self._fast.next_batch
        self.size_in_bytes = self._fast.size_in_bytes


class TolerantBytes(bytearray):
    """Whose parts can be read as text whatever they hold."""

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        part = super().__getitem__(key)
        return TolerantBytes(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")


class TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """A batch of today's format; older ones have no headers."""

    def __iter__(self) -> Iterator[Any]:
        found: Iterator[Any] = super().__iter__()
        self._buffer: bytearray = TolerantBytes(self._buffer)
        return found


class TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """The parser in Python."""

    def next_batch(self, *arguments: Any) -> Any:
        data = self._next_slice
        if data is None or data[MAGIC_AT] < V2_MAGIC:
            return super().next_batch(*arguments)
        self._cache_next()
        return TolerantBatch(data)


class TolerantPartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """The records of one fetch; it goes on behind the last one that was given out."""

    def __init__(self, tp: Any, records: Any, aborted_transactions: Any, *rest: Any) -> None:
        super().__init__(tp, records, aborted_transactions, *rest)
        self._data = getattr(records, "data", None)
        self._all_aborted: list[Any] = list(self._aborted_transactions)

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except UnicodeDecodeError:
            if self._data is None:
                raise
        self._records = TolerantRecords(self._data)
        self._data = None
        self._aborted_transactions = self._all_aborted
        self._aborted_producers: set[Any] = set()
        self._records_iterator = self._unpack_records()
        return super().__next__()
