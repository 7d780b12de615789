"""How large a fact may be: judged where it is announced, so that nothing is saved that cannot be published."""

from typing import Final

from connectors_shared.contract.facts import FactKey, Kind
from connectors_shared.contract.topics import CONFIG
from connectors_shared.http.problems import FieldProblem, InvalidRequestError

MOST_BYTES: Final = CONFIG.largest
POINTERS: Final = {Kind.CONNECTOR: "/config", Kind.VERSION: "/config"}
"""Where the large part of it stands in a request; that of the others is anywhere."""


class FactTooLarge(InvalidRequestError):  # noqa: N818
    """Its topic would not take it."""

    def __init__(self, key: FactKey, size: int) -> None:
        detail = f"with it the whole {key.kind} is {size} bytes when it is published; at most {MOST_BYTES} are allowed"
        super().__init__([FieldProblem(pointer=POINTERS.get(key.kind, "/"), detail=detail)])


def require_fits(key: FactKey, value: bytes | None) -> None:
    """Raises FactTooLarge."""
    if value is not None and len(value) > MOST_BYTES:
        raise FactTooLarge(key, len(value))
