"""A board as a picture for a terminal, and as a line for a log."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from connectors_local.demo.latencies import Latencies
from connectors_local.limits.board import Board, Row, ratio
from connectors_local.limits.cast import NOISY, Part
from connectors_local.limits.offsets import PartitionOffsets
from connectors_local.operators.spans import duration

BAR_CELLS: Final = 30
NOTICEABLE: Final = 2.0
BAD: Final = 5.0
NOTHING: Final = "–"


def picture(board: Board, now: datetime | None = None) -> RenderableType:
    headline = Text(f"{board.elapsed_seconds:4.0f} s  {board.scene}", "bold")
    return Group(
        headline,
        "",
        connectors_table(board.rows.values(), now or datetime.now(UTC)),
        "",
        offsets_table(board.partitions),
        "",
        comparison(board),
    )


def connectors_table(rows: Iterable[Row], now: datetime) -> Table:
    table = new_table()
    table.add_column("connector", no_wrap=True)
    for heading in ("in flight", "waiting", "parked", "next slot", "done", "failed", "p50", "p99"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*cells(row, now), style="green" if row.latencies else "")
    return table


def new_table(*headings: str) -> Table:
    """Narrow enough for eighty columns."""
    return Table(*headings, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)


def cells(row: Row, now: datetime) -> list[str]:
    latencies = [short(row.latencies.p50), short(row.latencies.p99)] if row.latencies else ["", ""]
    return [
        row.label,
        *(str(number or NOTHING) for number in (row.in_flight, row.waiting, row.parked)),
        next_slot(row.next_slot, now),
        *(str(number or NOTHING) for number in (row.counts.succeeded, row.counts.failed)),
        *latencies,
    ]


def short(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def next_slot(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return NOTHING
    seconds = (moment - now).total_seconds()
    if seconds >= 60:
        return f"in {seconds / 60:.0f} min"
    return f"in {duration(seconds)}" if seconds > 0 else "now"


def offsets_table(partitions: Iterable[PartitionOffsets]) -> Table:
    table = new_table("partition", "connector.execute, committed")
    for heading in ("committed", "end", "lag"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in partitions:
        lag = Text(str(each.lag), "yellow" if each.lag else "green")
        table.add_row(str(each.partition), bar(each), str(each.committed), str(each.end), lag)
    return table


def bar(offsets: PartitionOffsets) -> Text:
    """Full only when there is no lag at all."""
    filled = int(BAR_CELLS * offsets.progress)
    return Text("█" * filled, "green") + Text("░" * (BAR_CELLS - filled), "yellow")


def comparison(board: Board) -> Text:
    times = ratio(board.baseline, board.recent)
    if times is None or board.baseline is None or board.recent is None:
        return Text("The healthy ones are being measured alone first.", "dim")
    colour = "red" if times >= BAD else "yellow" if times >= NOTICEABLE else "green"
    return Text.assemble(
        f"Healthy p99: {board.baseline.p99:.0f} ms alone, {board.recent.p99:.0f} ms now: ",
        (f"{times:.1f} times", f"bold {colour}"),
    )


def line(board: Board) -> str:
    """The same in one line, for where nothing can be drawn anew."""
    healthy = board.rows[Part.HEALTHY]
    parts = [f"{board.elapsed_seconds:3.0f} s  healthy {healthy.counts.succeeded} ok"]
    if bad := healthy.counts.failed + healthy.counts.cancelled:
        parts[0] += f", {bad} NOT OK"
    parts[0] += f", {told(board.recent)}"
    parts += [f"{board.rows[part].label}: {told_row(board.rows[part])}" for part in NOISY]
    return " | ".join([*parts, f"lag {board.lag}"])


def told(latencies: Latencies | None) -> str:
    return f"p50 {latencies.p50:.0f} p99 {latencies.p99:.0f} ms" if latencies else "not measured"


def told_row(row: Row) -> str:
    numbers = {
        "in flight": row.in_flight,
        "waiting": row.waiting,
        "parked": row.parked,
        "ok": row.counts.succeeded,
        "failed": row.counts.failed,
        "cancelled": row.counts.cancelled,
    }
    return ", ".join(f"{number} {name}" for name, number in numbers.items() if number) or "nothing"
