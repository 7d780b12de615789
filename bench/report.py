"""The report of a run: Markdown with plots, in a folder of its own."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import peers
from bench.figures import Figure, number
from bench.plots import bars, curve

NAME = "report.md"


def write_report(folder: Path, machine: dict[str, Any], figures: Sequence[Figure], backlog: int) -> Path:
    """Returns the Markdown file; plots are beside it. `backlog`: how many records `memory` drained."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    drawings = plots(figures)
    for name, (_, drawing) in drawings.items():
        (folder / f"{name}.svg").write_text(drawing)
    pictures = [f"![{title}]({name}.svg)\n" for name, (title, _) in drawings.items()]
    sections = [
        "# Measurements\n",
        _machine(machine),
        _verdict(figures),
        _peers(peers.rows(figures, backlog)),
        "## Ratios, and what grows\n" if pictures else "",
        *pictures,
        _table(figures),
    ]
    path = folder / NAME
    path.write_text("\n".join(filter(None, sections)))
    return path


def plots(figures: Sequence[Figure]) -> dict[str, tuple[str, str]]:
    """By file name: title and drawing."""
    drawn = {}
    curves: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.point is not None:
            curves[figure.point.of].append(figure)
    if ratios := [figure for figure in figures if figure.unit == "x" and figure.point is None]:
        drawn["ratios"] = ("Ratios: the bar is the median, the thin line its rounds, the mark the bound", bars(ratios))
    for of, points in curves.items():
        title = f"CPU per execution over {of}, as a ratio to the least"
        drawn["growth-" + of.replace(" ", "-")] = (title, curve(points, of))
    return drawn


def _machine(machine: dict[str, Any]) -> str:
    noise = {part: cores for part, cores in machine.get("elsewhere", {}).items() if cores > 0}
    told = ", ".join(f"{name} {value}" for name, value in machine.items() if name != "elsewhere")
    disturbed = ", ".join(f"{part} {cores:g}" for part, cores in noise.items())
    return f"{told}\n" + (f"\nCores that worked for others meanwhile: {disturbed}.\n" if disturbed else "")


def _verdict(figures: Sequence[Figure]) -> str:
    judged = [figure for figure in figures if figure.target is not None]
    missed = [figure for figure in judged if figure.verdict() != "met"]
    lines = [f"{len(judged) - len(missed)} of {len(judged)} bounds are met.\n"]
    lines += [f"* {figure.part}: {figure.name}: {figure.cells()[2]}, {figure.verdict()}" for figure in missed]
    return "\n".join(lines) + "\n"


def _peers(rows: Sequence[peers.Row]) -> str:
    if not rows:
        return ""
    head = ["", *peers.COLUMNS]
    lines = ["## Beside the peers\n", _row(head), _row(["---"] * len(head))]
    lines += [_row([f"**{whose}**", *cells]) for whose, cells in rows]
    lines += [_row([f"{whose} (another run)", *cells]) for whose, cells in peers.ELSEWHERE]
    return "\n".join(lines) + "\n\nCompare rows of one run only.\n"


def _table(figures: Sequence[Figure]) -> str:
    lines = ["## Every figure\n", _row(["part", "figure", "measured", "rounds", "bound", "verdict"]), _row(["---"] * 6)]
    for figure in figures:
        part, name, value, target, verdict = figure.cells()
        rounds = " to ".join(number(end) for end in figure.extent or ())
        lines.append(_row([part, name + (f" ({figure.note})" if figure.note else ""), value, rounds, target, verdict]))
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
