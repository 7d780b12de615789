"""Where in a definition `{{input.name}}` may stand, and which inputs it refers to. The grammar is shared."""

from collections.abc import Iterator
from typing import Any

from connector_registry.connectors.draft import ConfigDraft
from connectors_shared.definition.bodies import compile_body
from connectors_shared.definition.templates import (
    TemplateError,
    parse_reference,
    parse_template,
    placeholders,
)

Located = tuple[str, str]
"""A JSON pointer into the request and the text, the name or the complaint that belongs there."""


def references(config: ConfigDraft) -> Iterator[Located]:
    """Every input that the request is built from, with the place that names it."""
    for pointer, text in [*_texts(config), *strings("/config/body", config.body)]:
        for name in _names(text):
            yield pointer, name
    for index, parameter in enumerate(config.query_params):
        for name in _names("{{input." + parameter.input_field.removeprefix("input.") + "}}"):
            yield f"/config/queryParams/{index}/inputField", name


def unreadable(config: ConfigDraft) -> Iterator[Located]:
    """Everything that could not be compiled into a request, and why."""
    for pointer, text in _texts(config):
        try:
            parse_template(text)
        except TemplateError as error:
            yield pointer, str(error)
    for index, parameter in enumerate(config.query_params):
        if parameter.input_field:
            try:
                parse_reference("input." + parameter.input_field.removeprefix("input."))
            except TemplateError:
                yield f"/config/queryParams/{index}/inputField", "is not the name of an input, or a way into one"
    try:
        compile_body(config.body_type, config.body)
    except TemplateError as error:
        yield "/config/body", str(error)


def without_placeholders(text: str) -> str:
    kept, end = [], 0
    for start, stop in placeholders(text):
        kept.append(text[end:start])
        end = stop
    return "".join([*kept, text[end:]])


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


def _texts(config: ConfigDraft) -> Iterator[Located]:
    """Every text outside the body that may hold a template, with its place."""
    yield "/config/url", config.url
    for index, header in enumerate(config.headers):
        yield f"/config/headers/{index}/value", header.value
    for index, parameter in enumerate(config.query_params):
        yield f"/config/queryParams/{index}/staticValue", parameter.static_value


def _names(text: str) -> Iterator[str]:
    for start, stop in placeholders(text):
        try:
            yield parse_reference(text[start + 2 : stop - 2]).name
        except TemplateError:
            continue  # `unreadable` says so
