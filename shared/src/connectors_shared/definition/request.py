"""Headers and query parameters of a request, compiled."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from connectors_shared.contract.connector import Header, QueryParam, ValueType
from connectors_shared.definition.compilation import Compilation, Named
from connectors_shared.definition.fields import Field, with_nulls
from connectors_shared.definition.headers import RESERVED, is_name, wrong_value
from connectors_shared.definition.secret_values import is_secret
from connectors_shared.definition.templates import Template, holds_placeholder, template_of

FEW: Final = 8
SHORT: Final = 100


def compile_query(params: Sequence[QueryParam], pointer: str, found: Compilation) -> tuple[Field, ...]:
    """Those that are not secret."""
    if isinstance(params, tuple) and _are_short(params):
        fields, named = _compile_short(params, pointer)
        if fields is not None:
            found.named += named
            return fields
    return _compile(params, pointer, found)


def _are_short(params: tuple[QueryParam, ...]) -> bool:
    return len(params) <= FEW and all(len(param.static_value) <= SHORT for param in params)


@lru_cache(maxsize=1024)
def _compile_short(params: tuple[QueryParam, ...], pointer: str) -> tuple[tuple[Field, ...] | None, Named]:
    """The same few stand in many connectors, and connectors are compiled again and again. With a problem they are
    compiled for each, so that each is told.
    """
    found = Compilation()
    fields = _compile(params, pointer, found)
    return (None if found.told() else fields), found.named


def _compile(params: Sequence[QueryParam], pointer: str, found: Compilation) -> tuple[Field, ...]:
    fields = [(_query_field(param, f"{pointer}/{index}", found), param) for index, param in enumerate(params)]
    return tuple([field for field, param in fields if not is_secret(param)])


def _query_field(param: QueryParam, pointer: str, found: Compilation) -> Field:
    found.plain_name(f"{pointer}/key", param.key)
    if param.value_type is not ValueType.INPUT:
        template = with_nulls(found.template(f"{pointer}/staticValue", param.static_value), param.nulls)
        return Field(param.key, template, param.arrays)
    reference = found.reference(f"{pointer}/inputField", param.input_field)
    template = with_nulls(template_of((reference,)), param.nulls)
    return Field(param.key, template, param.arrays, param.required, is_blank_absent=True)


def compile_headers(
    headers: Sequence[Header], auth_header: str | None, pointer: str, found: Compilation
) -> list[tuple[str, Template]]:
    """Those that are not secret. `auth_header`: the lower-case name of the header that authorizes the call, if any."""
    seen: dict[str, int] = {}
    compiled: list[tuple[str, Template]] = []
    for index, header in enumerate(headers):
        name, place = header.key.lower(), f"{pointer}/{index}"
        if name in seen:
            found.refuse(f"{place}/key", f"header {header.key} is given twice; the first is {pointer}/{seen[name]}")
        seen.setdefault(name, index)
        _check_header(header, auth_header, place, found)
        template = found.template(f"{place}/value", header.value)
        if not is_secret(header):
            compiled.append((header.key, template))
    return compiled


def _check_header(header: Header, auth_header: str | None, place: str, found: Compilation) -> None:
    name, wrong = header.key.lower(), wrong_value(header.value)
    if wrong:
        found.refuse(f"{place}/value", wrong)
    if name in RESERVED:
        found.refuse(f"{place}/key", f"{header.key} is written by the sender and cannot be set")
    elif name == auth_header:
        found.refuse(f"{place}/key", f"{header.key} is already set by config.auth")
    elif name == "authorization" and not is_secret(header) and not holds_placeholder(header.value):
        detail = "put it into config.auth, where it is encrypted, or give this header valueType secret"
        found.refuse(f"{place}/key", detail)


def check_idempotency_header(name: str | None, taken: set[str | None], pointer: str, found: Compilation) -> None:
    """`taken` are the lower-case names that are set already."""
    if name is None:
        return
    if not is_name(name) or name.lower() in RESERVED:
        found.refuse(pointer, "is not the name of a header you may set")
    elif name.lower() in taken:
        found.refuse(pointer, f"{name} is already set by a header or by config.auth; it needs a header of its own")
