"""Secret headers and query parameters of a connector: what they are called in its credential.

The value of a header or parameter with `valueType: "secret"` is sealed in the connector's own credential, in a field
that is named for its place. The definition has its name only.
"""

from typing import Final

from connectors_shared.contract.connector import Header, QueryParam, RequestConfig, ValueType
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.definition.auth.kind import Pairs
from connectors_shared.definition.compilation import Compilation

HEADER: Final = "header/"
QUERY: Final = "query/"
STANDS_ELSEWHERE: Final = "must be empty here: the value of a secret is sealed in the credential"


def header_field(name: str) -> str:
    return HEADER + name.lower()


def query_field(key: str) -> str:
    return QUERY + key


def is_secret(part: Header | QueryParam) -> bool:
    return part.value_type is ValueType.SECRET


def secret_fields(config: RequestConfig) -> list[str]:
    """What its secret headers and parameters are called in the credential."""
    headers = [header_field(header.key) for header in config.headers if is_secret(header)]
    return headers + [query_field(param.key) for param in config.query_params if is_secret(param)]


def compile_secret_headers(
    config: RequestConfig, holder: PublishedCredential | None, pointer: str, found: Compilation
) -> Pairs:
    """Name and field of each."""
    pairs: Pairs = []
    for index, header in enumerate(config.headers):
        if is_secret(header):
            field = header_field(header.key)
            _check(header.value, field, holder, f"{pointer}/{index}/value", found)
            pairs.append((header.key, field))
    return pairs


def compile_secret_query(
    config: RequestConfig, holder: PublishedCredential | None, pointer: str, found: Compilation
) -> Pairs:
    """Key and field of each."""
    pairs: Pairs = []
    for index, param in enumerate(config.query_params):
        if is_secret(param):
            field = query_field(param.key)
            _check(param.static_value, field, holder, f"{pointer}/{index}/staticValue", found)
            if (param.key, field) in pairs:
                found.refuse(f"{pointer}/{index}/key", f"a secret parameter {param.key} is there already")
            pairs.append((param.key, field))
    return pairs


def _check(value: str, field: str, holder: PublishedCredential | None, pointer: str, found: Compilation) -> None:
    if value:
        found.refuse(pointer, STANDS_ELSEWHERE)
    if holder is None or field not in holder.sealed:
        found.refuse(pointer, "is required")
