"""A batch as the scripts get it: what several of its executions have in common is told once.

Most of a batch is of a few connectors; every key and value more costs on both sides of the connection.
"""

from collections.abc import Hashable, Sequence
from typing import Any


class Common:
    """`keys` follow `before` other keys. Rows hold where the first of its keys is, counted from 1, and its values."""

    def __init__(self, before: int) -> None:
        self.keys: list[str] = []
        self.rows: list[list[Any]] = []
        self._before = before
        self._numbers: dict[Hashable, int] = {}

    def find(self, who: Hashable) -> int:
        """The number of its row, counted from 1; 0 when it has none."""
        return self._numbers.get(who, 0)

    def add(self, who: Hashable, keys: Sequence[str], *values: Any) -> int:
        """The number of the new row."""
        self.rows.append([self._before + len(self.keys) + 1, *values])
        self.keys += keys
        number = self._numbers[who] = len(self.rows)
        return number
