"""`{{input.x ?? "y" | trim}}`: parsed once, rendered per call, escaped by where it stands.

A placeholder reaches from `{{` to its `}}` and holds a way into the inputs, the context or the workspace, then perhaps
a default, then perhaps filters. `{{` that is never closed is text. Texts are untrusted and may be long, so they are
scanned from left to right, once.
"""

from connectors_shared.definition.templates.filling import Placeholders, fills_more_than, placeholders_of
from connectors_shared.definition.templates.reference import Reference, parse_reference
from connectors_shared.definition.templates.roots import INPUT, Scope
from connectors_shared.definition.templates.scanner import (
    CLOSING,
    OPENING,
    end_of,
    find_outside,
    holds_placeholder,
    placeholders,
    split_outside,
    without_placeholders,
)
from connectors_shared.definition.templates.template import ABSENT, Template, parse_template, template_of
from connectors_shared.definition.templates.texts import ENCODER, StandIn, TemplateError, UnrenderableError, text_of

__all__ = [
    "ABSENT",
    "CLOSING",
    "ENCODER",
    "INPUT",
    "OPENING",
    "Placeholders",
    "Reference",
    "Scope",
    "StandIn",
    "Template",
    "TemplateError",
    "UnrenderableError",
    "end_of",
    "fills_more_than",
    "find_outside",
    "holds_placeholder",
    "parse_reference",
    "parse_template",
    "placeholders",
    "placeholders_of",
    "split_outside",
    "template_of",
    "text_of",
    "without_placeholders",
]
