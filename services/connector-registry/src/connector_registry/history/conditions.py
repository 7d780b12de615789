"""Which index leads to what is wanted, and what is left to be looked at row by row.

Every condition here is a constant; values are parameters. One index is walked from its newest end, for a bounded
number of rows, so that a list of ten million executions answers as fast as one of ten.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from connector_registry.history.reading import Wanted
from connectors_shared.contract.execution import ResultStatus, Trigger

FAILED: Final = "status <> 'success'"
"""Word for word as in the partial indexes."""


class Condition(NamedTuple):
    """A column that has to be equal to a value; `also`: what an index that leads there needs to be told."""

    column: str
    value: Any
    also: str = ""


class Way(NamedTuple):
    """`leading` is found by an index, `looking` and `text` are checked for each row that it leads to."""

    leading: tuple[Condition, ...]
    looking: tuple[Condition, ...]
    text: str | None
    is_failed: bool


def way_to(wanted: Wanted) -> Way:
    """The narrowest index first: a run, a contact, a flow, a kind of failure, a connector, a rare trigger."""
    equal = _conditions(wanted)
    is_failed = _is_failed(wanted)
    for leads in LEADING:
        if (found := equal.get(leads)) is not None:
            looking = tuple(each for name, each in equal.items() if name != leads)
            return Way((found,), looking, wanted.text, is_failed)
    return Way((), tuple(equal.values()), wanted.text, is_failed)


def _is_failed(wanted: Wanted) -> bool:
    return wanted.text is not None or wanted.error_type is not None or wanted.status not in (None, ResultStatus.SUCCESS)


def _conditions(wanted: Wanted) -> dict[str, Condition]:
    values = {name: getattr(wanted, name) for name in COLUMNS}
    found = {name: Condition(name, value) for name, value in values.items() if value is not None}
    if wanted.trigger not in (None, Trigger.FLOW):
        found["rare_trigger"] = Condition("trigger", wanted.trigger, "trigger <> 'flow'")
        del found["trigger"]
    return found


COLUMNS: Final = (
    "flow_run_id",
    "contact_id",
    "flow_id",
    "error_type",
    "connector_id",
    "status",
    "http_status",
    "trigger",
)
LEADING: Final = ("flow_run_id", "contact_id", "flow_id", "error_type", "connector_id", "rare_trigger")


def statement(way: Way, template: str, first: int) -> tuple[str, list[Any]]:
    """The template with its conditions, and their values; they are the parameters from `first` on."""
    values: list[Any] = []

    def place(value: Any) -> str:
        values.append(value)
        return f"${first + len(values) - 1}"

    leading = [_equal(each, place) for each in way.leading]
    if way.is_failed and not any(each.column in NEVER_TOGETHER for each in way.leading):
        leading.append(FAILED)
    looking = [_equal(each, place) for each in way.looking]
    if way.text is not None:
        looking.append(f"strpos(lower(error_message), lower({place(way.text)})) > 0")
    sql = template.replace("/* leading */", "".join(f"AND {each} " for each in leading))
    return sql.replace("/* looking */", " AND ".join(looking) or "true"), values


NEVER_TOGETHER: Final = frozenset({"flow_run_id", "contact_id", "flow_id", "error_type", "trigger"})
"""Whose index has no part of failures."""


def _equal(condition: Condition, place: Callable[[Any], str]) -> str:
    equal = f"{condition.column} = {place(condition.value)}"
    return f"{equal} AND {condition.also}" if condition.also else equal
