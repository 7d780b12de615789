"""Whether a request names only inputs that there are."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from connectors_shared.contract.connector import InputSchema
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.problems import shortened

MOST_LISTED: Final = 5
LONGEST_NAME: Final = 100


def check_names(schema: InputSchema, found: Compilation) -> None:
    """A connector that declares no input at all takes whatever it is given."""
    if not schema:
        return
    known = listed(schema, len(schema))
    for pointer, name in found.named:
        if name not in schema:
            shown = shortened(name, LONGEST_NAME)
            found.refuse(pointer, f"input {shown!r} is not among the connector's inputs, which are: {known}")


def listed(names: Iterable[str], count: int) -> str:
    """The first of them, and how many there are beside."""
    known = ", ".join(shortened(name, LONGEST_NAME) for name in islice(names, MOST_LISTED))
    more = count - MOST_LISTED
    return f"{known} and {more} more" if more > 0 else known
