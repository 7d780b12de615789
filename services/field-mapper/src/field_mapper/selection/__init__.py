"""Taking a value out of a response: the dotted shorthand and RFC 9535 JSONPath."""

from field_mapper.selection.jsonpath import InvalidPathError
from field_mapper.selection.paths import ABSENT, select, select_nodes

__all__ = ["ABSENT", "InvalidPathError", "select", "select_nodes"]
