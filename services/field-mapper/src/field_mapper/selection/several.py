"""What becomes of the values that a path has found."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from connectors_shared.contract.contact import Several
from field_mapper.coercion import ValueRefusedError, as_text, is_absent


class SeveralFoundError(ValueRefusedError):
    """There may be one only."""


def chosen(values: Sequence[Any], several: Several, separator: str, absent: Any) -> Any:
    """`absent`: what is told when there is none to choose. Raises ValueRefusedError."""
    if several is Several.LIST:
        return list(values) if values else absent
    found = [value for value in values if not is_absent(value)]
    if several is Several.COUNT:
        return len(found)
    if several is Several.JOIN:
        return separator.join(map(as_text, found)) if found else absent
    return _CHOOSING[several](found) if found else absent


def _only(found: Sequence[Any]) -> Any:
    if len(found) > 1:
        raise SeveralFoundError(f"the path finds {len(found)} values, and only one may be there")
    return found[0]


_CHOOSING: Final[Mapping[Several, Callable[[Sequence[Any]], Any]]] = {
    Several.FIRST: lambda found: found[0],
    Several.LAST: lambda found: found[-1],
    Several.FAIL: _only,
}
