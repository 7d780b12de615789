"""A figure of the promise: what was measured, what it should be, and whether it is."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A bound: `at_most`, else at least."""

    bound: float
    at_most: bool = True

    def met(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Point:
    """Where on a curve a figure is: `of` says what grows, `at` how much of it there was."""

    of: str
    at: float


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` None or not a number: it could not be measured. Without a target it is for information.

    `extent`: the least and the most of its rounds. `point`: it is one of a curve.
    """

    part: str
    name: str
    value: float | None
    unit: str
    target: Target | None = None
    note: str = ""
    extent: tuple[float, float] | None = None
    point: Point | None = None

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            object.__setattr__(self, "value", None)
        if self.extent is not None and not all(map(math.isfinite, self.extent)):
            object.__setattr__(self, "extent", None)

    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        if self.target is None:
            return ""
        return "met" if self.target.met(self.value) else f"missed by {self._gap()}"

    def _gap(self) -> str:
        assert self.target is not None
        assert self.value is not None
        gap = abs(self.value - self.target.bound)
        percent = f" ({gap / self.target.bound:.0%})" if self.target.bound else ""
        return f"{number(gap)} {self.unit}{percent}"

    def cells(self) -> tuple[str, ...]:
        value = "–" if self.value is None else f"{number(self.value)} {self.unit}"
        return (self.part, self.name, value, str(self.target or ""), self.verdict())

    def as_json(self) -> dict[str, Any]:
        bound = {"bound": self.target.bound, "atMost": self.target.at_most} if self.target else None
        return {
            "part": self.part,
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": bound,
            "verdict": self.verdict(),
            "note": self.note,
            "extent": self.extent,
            "point": {"of": self.point.of, "at": self.point.at} if self.point else None,
        }


def at_most(bound: float) -> Target:
    return Target(bound)


def at_least(bound: float) -> Target:
    return Target(bound, at_most=False)


def value_of(figures: Sequence[Figure], part: str, name: str) -> float | None:
    """None when it was not measured in this run."""
    return next((figure.value for figure in figures if (figure.part, figure.name) == (part, name)), None)


def number(value: float) -> str:
    """Three digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def show(figures: Sequence[Figure]) -> None:
    """One line per figure, as soon as its part is done."""
    for figure in figures:
        _, name, value, target, verdict = figure.cells()
        judged = ": ".join(filter(None, (target, verdict)))
        print(f"  {name}: {value}" + (f"  [{judged}]" if judged else ""))
        if figure.note:
            print(f"      {figure.note}")


def show_table(figures: Sequence[Figure]) -> None:
    rows = [("part", "figure", "measured", "target", "verdict"), *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for index, row in enumerate(rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if index == 0:
            print("  ".join("─" * width for width in widths))


def write_json(path: Path, machine: dict[str, Any], figures: Sequence[Figure]) -> None:
    document = {"machine": machine, "figures": [figure.as_json() for figure in figures]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
