"""The executor beside the bare loop and beside what others promise less: one table.

The two are measured in this run. The peers were measured once, in one run on another machine, with the same messages,
upstream and calls in flight, on a core of their own; they are named as what they are, figures of another run. Its
bare loop and executor stand beside them, so that it can be seen what the machine makes of it.
"""

from collections.abc import Sequence

from bench.figures import Figure, number, value_of

COLUMNS = ("50 ms upstream, µs per execution", "5 ms", "at 200/s, µs", "resident draining, MiB")
Row = tuple[str, Sequence[str]]
ELSEWHERE: Sequence[Row] = (
    ("bare Python loop", ("240", "268", "1,100", "65")),
    ("this executor, then", ("259", "307", "2,700", "430")),
    ("Redpanda Connect, stock", ("254", "220–260", "640", "106")),
    ("Redpanda Connect, tuned", ("160", "155–200", "", "106")),
    ("Parallel Consumer, Vert.x", ("221", "200–230", "2,010 (threads)", "325")),
)
OURS, BARE = "the executor", "the bare loop"


def cpu_name(whose: str, upstream_ms: float) -> str:
    return f"CPU per execution of {whose}, upstream {upstream_ms:g} ms"


def low_name(whose: str) -> str:
    return f"CPU per execution of {whose} at a low rate"


def memory_name(whose: str, records: int) -> str:
    return f"resident memory of {whose} draining {records:,} records, at most"


def rows(figures: Sequence[Figure], backlog: int) -> list[Row]:
    """Of this run; empty where a part was left out."""
    wanted = {
        whose: [
            ("hot", cpu_name(whose, 50)),
            ("hot", cpu_name(whose, 5)),
            ("low", low_name(whose)),
            ("memory", memory_name(whose, backlog)),
        ]
        for whose in (OURS, BARE)
    }
    found = {whose: [value_of(figures, *name) for name in names] for whose, names in wanted.items()}
    return [
        (whose, ["" if value is None else number(value) for value in values])
        for whose, values in found.items()
        if any(value is not None for value in values)
    ]
