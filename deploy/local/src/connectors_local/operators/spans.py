"""Moments and durations as a person reads them."""

from datetime import datetime
from typing import Final

UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60))


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `6 min 10 s`, `2 h 5 min`: two units at most."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    for position, (unit, size) in enumerate(UNITS):
        if whole >= size:
            rest_unit, rest_size = UNITS[position + 1] if position + 1 < len(UNITS) else ("s", 1)
            rest = whole % size // rest_size
            return f"{whole // size} {unit}" + (f" {rest} {rest_unit}" if rest else "")
    return f"{whole} s"


def until(moment: datetime, now: datetime) -> str:
    """`in 12 s (14:03:07)`, or `due since 14:03:07`; the clock of the machine one looks at it on."""
    seconds = (moment - now).total_seconds()
    clock = moment.astimezone().strftime("%H:%M:%S")
    if seconds >= 86_400:
        clock = moment.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"in {duration(seconds)} ({clock})" if seconds > 0 else f"due since {clock}"


def since(moment: datetime, now: datetime) -> str:
    """`for 3 min 10 s`"""
    return f"for {duration((now - moment).total_seconds())}"
