"""What holds the offsets of an executor's partitions."""

from collections.abc import Sequence

from rich.table import Table

from connectors_local.operators.executor import Watermark
from connectors_local.operators.spans import duration

NONE = "–"


def watermarks_table(watermarks: Sequence[Watermark]) -> Table:
    columns = ("partition", "watermark", "unfinished", "stands for", "execution", "connector", "attempt", "state")
    table = Table(*columns, box=None, pad_edge=False)
    for each in watermarks:
        watermark = NONE if each.watermark is None else str(each.watermark)
        stands = duration(each.seconds) if each.unfinished else NONE
        table.add_row(str(each.partition), watermark, str(each.unfinished), stands, *_holder(each))
    return table


def _holder(each: Watermark) -> tuple[str, str, str, str]:
    if each.holder is None:
        return NONE, NONE, NONE, "is looked up or set aside" if each.unfinished else NONE
    holder = each.holder
    state = "admitted" if holder.admitted else "waits in its queue"
    return str(holder.execution_id), str(holder.connector_id), str(holder.attempt), state
