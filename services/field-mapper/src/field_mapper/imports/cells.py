"""Values as they stand in a cell of a CSV file.

A spreadsheet takes what begins with = + - @ tab or carriage return for a formula. An export writes an apostrophe before
such a text, also before one that has apostrophes in front of that; an import takes one away again. Numbers of custom
fields are written as they are: a spreadsheet only reads them.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from connectors_shared.contract.nesting import MOST_LEVELS, is_deeper
from field_mapper.coercion import ValueRefusedError

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
APOSTROPHE: Final = "'"
TOO_DEEP: Final = f"the JSON is nested deeper than {MOST_LEVELS} levels; flatten it"


def guarded(text: str) -> str:
    """Text as it is written to a cell."""
    return APOSTROPHE + text if text.lstrip(APOSTROPHE).startswith(FORMULAS) else text


def unguarded(cell: str) -> str:
    """The text that a cell stands for."""
    is_guarded = cell.startswith(APOSTROPHE) and cell.lstrip(APOSTROPHE).startswith(FORMULAS)
    return cell[1:] if is_guarded else cell


def cell_of(value: Any) -> str:
    """A value of a contact. Lists of plain words are separated by commas, all else that is not text is JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, list) and value and all(_is_plain(item) for item in value):
        return guarded(",".join(value))
    return msgspec.json.encode(value).decode()


def json_cell_of(value: Any) -> str:
    """A value of a field that takes any JSON: text is quoted, so that it is not taken for something else."""
    return "" if value is None else msgspec.json.encode(value).decode()


def list_in(cell: str) -> str | list[Any]:
    """What a cell says of a list: JSON, or words with commas. Raises ValueRefusedError, as `json_in`."""
    value = json_in(cell) if cell.startswith("[") else cell
    return value if isinstance(value, str | list) else cell


def json_in(cell: str) -> Any:
    """The JSON in a cell; what is none is text. Raises ValueRefusedError when it is deeper than results may be."""
    try:
        value = msgspec.json.decode(cell)
    except msgspec.DecodeError:
        return cell
    except RecursionError:
        raise ValueRefusedError(TOO_DEEP) from None
    if is_deeper(cell.encode(), MOST_LEVELS):
        raise ValueRefusedError(TOO_DEEP)
    return value


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """Lines of cells, in UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _is_plain(item: Any) -> bool:
    return isinstance(item, str) and "," not in item and not item.startswith("[") and item == item.strip() != ""
