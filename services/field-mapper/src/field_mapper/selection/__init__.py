"""Taking a value out of a response: the dotted shorthand and RFC 9535 JSONPath."""

from connectors_shared.definition.paths.source_path import InvalidPathError
from field_mapper.selection.jsonpath import pay_for, renew_budget
from field_mapper.selection.paths import ABSENT, select, select_nodes, selector
from field_mapper.selection.several import SeveralFoundError

__all__ = [
    "ABSENT",
    "InvalidPathError",
    "SeveralFoundError",
    "pay_for",
    "renew_budget",
    "select",
    "select_nodes",
    "selector",
]
