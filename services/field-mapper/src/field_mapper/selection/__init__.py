"""Taking a value out of a response: the dotted shorthand and RFC 9535 JSONPath."""

from field_mapper.selection.jsonpath import InvalidPathError, renew_budget
from field_mapper.selection.paths import ABSENT, select, select_nodes

__all__ = ["ABSENT", "InvalidPathError", "renew_budget", "select", "select_nodes"]
