"""`{{input.name}}` inside URLs, headers and bodies: which inputs a definition refers to."""

import re
from collections.abc import Iterator
from typing import Any, Final

from connector_registry.connectors.draft import ConfigDraft

INPUT: Final = re.compile(r"\{\{\s*input\.([A-Za-z_][A-Za-z0-9_]*)[^{}]*\}\}")
ANY: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)

Located = tuple[str, str]
"""A JSON pointer into the request and the text or name found there."""


def texts(config: ConfigDraft) -> Iterator[Located]:
    """Every text that may hold a template, with its place."""
    yield "/config/url", config.url
    for index, header in enumerate(config.headers):
        yield f"/config/headers/{index}/value", header.value
    yield from strings("/config/body", config.body)


def references(config: ConfigDraft) -> Iterator[Located]:
    """Every input that the request is built from, with the place that names it."""
    for pointer, text in texts(config):
        for name in INPUT.findall(text):
            yield pointer, name
    for index, parameter in enumerate(config.query_params):
        if parameter.input_field:
            yield f"/config/queryParams/{index}/inputField", parameter.input_field.split(".")[0]


def foreign_templates(text: str) -> list[str]:
    """`{{…}}` in the text that are not inputs, as they are written."""
    return ["{{" + inside + "}}" for inside in ANY.findall(text) if not INPUT.fullmatch("{{" + inside + "}}")]


def strings(pointer: str, value: Any) -> Iterator[Located]:
    """Every string inside a JSON value, keys included, with the pointer of the value that holds it."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield pointer, key
            yield from strings(f"{pointer}/{escape(key)}", child)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from strings(f"{pointer}/{index}", child)


def escape(key: str) -> str:
    """One reference token of RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")
