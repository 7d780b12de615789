"""How long executions took, as counts that can be added up: percentiles of any hours, days and connectors.

Up to 15 ms each millisecond is a bucket; above, each doubling has eight buckets of one width. A percentile is
read off within its bucket, whose width is an eighth of its beginning at most.
"""

from collections.abc import Sequence
from typing import Final

PARTS: Final = 8
"""Buckets of one doubling."""
EXACT: Final = 2 * PARTS
"""Milliseconds below which each is its own bucket."""
MOST_MS: Final = 2**25 - 1
"""Nine hours: what takes longer is counted as that."""


def bucket_of(milliseconds: int) -> int:
    """Counted from 0."""
    value = min(max(milliseconds, 0), MOST_MS)
    if value < EXACT:
        return value
    halvings = value.bit_length() - EXACT.bit_length() + 1
    return halvings * PARTS + (value >> halvings)


def bounds_of(bucket: int) -> tuple[int, int]:
    """The least milliseconds of the bucket, and of the next one."""
    if bucket < EXACT:
        return bucket, bucket + 1
    halvings = bucket // PARTS - 1
    least = (bucket - halvings * PARTS) << halvings
    return least, least + (1 << halvings)


def counted(milliseconds: dict[int, int]) -> list[int]:
    """Bucket → count, as a list without what follows the last one."""
    found = [0] * (max(milliseconds, default=-1) + 1)
    for bucket, count in milliseconds.items():
        found[bucket] = count
    return found


def percentile(counts: Sequence[int], percent: float) -> float | None:
    """Milliseconds, evenly spread within a bucket; None of nothing."""
    rank = sum(counts) * percent / 100
    if not rank:
        return None
    for bucket, count in enumerate(counts):
        if count and rank <= count:
            least, end = bounds_of(bucket)
            return least if end - least == 1 else least + (end - least) * rank / count
        rank -= count
    return float(bounds_of(len(counts) - 1)[1])
