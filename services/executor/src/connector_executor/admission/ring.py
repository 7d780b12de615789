"""The moments of the last calls of a budget that were let go, as `admit.lua` keeps them for windows with a burst.

Every `grain`-th unit leaves a mark, at most 128 in a window, in fields beside the others of the budget:
`qG:n` units so far, `qG:t` the last moment, `qG:0` to `qG:129` the marks. Windows with the same grain share a ring, and
every call is noted in all of them. A limit that changes needs to know what was let go before: its ring begins with
what the others know.
"""

import math
from collections.abc import Mapping, MutableMapping, Sequence
from typing import SupportsFloat

RING_MARKS = 128
SLOTS = RING_MARKS + 2
Fields = Mapping[str, SupportsFloat | str]


def grain_of(units: int) -> int:
    grain = 1
    while units / grain > RING_MARKS:
        grain *= 2
    return grain


def ring_free_us(fields: Fields, quotas: Sequence[tuple[int, int]], weight: int, now_us: int) -> float:
    """When `weight` more units fit into every quota of (units, span in microseconds); 0 when they do already."""
    return max((_free_us(fields, units, span_us, weight, now_us) for units, span_us in quotas), default=0.0)


def _free_us(fields: Fields, units: int, span_us: int, weight: int, now_us: int) -> float:
    grain = grain_of(units)
    count = float(fields.get(f"q{grain}:n", 0))
    mark = math.ceil((count + weight - units) / grain)
    if mark < 1:
        return 0.0
    at = fields.get(f"q{grain}:t" if mark * grain > count else f"q{grain}:{mark % SLOTS}")
    return 0.0 if at is None else min(float(at), now_us) + span_us


def note_in_rings(
    fields: MutableMapping[str, float], quotas: Sequence[tuple[int, int]], weight: int, now_us: int
) -> None:
    """`weight` units were let go now."""
    for grain in _grains(fields) or _wanted_by(quotas):
        count = int(fields.get(f"q{grain}:n", 0))
        last = (count + weight) // grain
        for mark in range(max(count // grain, last - SLOTS) + 1, last + 1):
            fields[f"q{grain}:{mark % SLOTS}"] = now_us
        fields[f"q{grain}:n"], fields[f"q{grain}:t"] = count + weight, now_us


def bring_near(fields: MutableMapping[str, float], now_us: int) -> None:
    """Marks in the future were left before the store's clock went back: they are of now, and over after one span."""
    late = [grain for grain in _grains(fields) if fields[f"q{grain}:t"] > now_us]
    for name in [name for grain in late for name in _moments(fields, grain)]:
        fields[name] = min(fields[name], now_us)


def bring_over(fields: MutableMapping[str, float], quotas: Sequence[tuple[int, int]]) -> None:
    """Rings that the quotas need and that are not there begin with what the others know."""
    for grain in _wanted_by(quotas):
        grains = _grains(fields)
        if grain not in grains:
            for source in _worst_first(grains, grain):
                _bring_over(fields, source, grain)


def _worst_first(grains: set[int], grain: int) -> list[int]:
    """A coarser ring knows more of the past, a finer one its moments exactly, and overwrites the other."""
    return sorted((one for one in grains if one > grain), reverse=True) + sorted(one for one in grains if one < grain)


def _bring_over(fields: MutableMapping[str, float], source: int, grain: int) -> None:
    """Exact when the grain of the source is finer, else a little late."""
    count, last = int(fields[f"q{source}:n"]), fields[f"q{source}:t"]
    fields[f"q{grain}:n"], fields[f"q{grain}:t"] = count, last
    for mark in range(max(1, count // grain - SLOTS + 1), count // grain + 1):
        at = math.ceil(mark * grain / source)
        known = at > count // source - SLOTS
        moment = last if at > count // source else fields.get(f"q{source}:{at % SLOTS}") if known else None
        if moment is not None:
            fields[f"q{grain}:{mark % SLOTS}"] = moment


def _grains(fields: Fields) -> set[int]:
    return {int(name[1:-2]) for name in fields if name.endswith(":n")}


def _wanted_by(quotas: Sequence[tuple[int, int]]) -> set[int]:
    return {grain_of(units) for units, _ in quotas}


def _moments(fields: Fields, grain: int) -> list[str]:
    return [name for name in fields if name.startswith(f"q{grain}:") and not name.endswith(":n")]
