"""Headers of an untrusted answer: cut before anything reads them, numbers bounded, moments checked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_CHARACTERS = 256
"""Longer than any value that is meant; what reads one may take as long as its square."""
MAX_NUMBER = 1e15


def value_of(headers: Mapping[str, str], name: str) -> str:
    """The beginning of the value; empty where there is none. `headers` must be case-insensitive."""
    return (headers.get(name) or "")[:MAX_CHARACTERS].strip()


def number_of(text: str) -> float | None:
    """A number from 0 to MAX_NUMBER, what is above counts as that; None for anything else."""
    try:
        number = float(text[:MAX_CHARACTERS])
    except ValueError:
        return None
    return min(number, MAX_NUMBER) if 0 <= number < float("inf") else None


def moment_of(text: str) -> datetime | None:
    """An HTTP date (RFC 9110 5.6.7), taken as UTC where it names no zone; None for what is none."""
    try:
        moment = parsedate_to_datetime(text[:MAX_CHARACTERS])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def seconds_until(moment: datetime, now: datetime) -> float:
    """0 for what is past."""
    return max(0.0, (moment - now).total_seconds())
