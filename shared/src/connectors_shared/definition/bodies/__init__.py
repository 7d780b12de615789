"""Kinds of body, a module for each. A new one is its module and its line here."""

from typing import Final

from connectors_shared.definition.bodies.form import FORM
from connectors_shared.definition.bodies.json_body import JSON
from connectors_shared.definition.bodies.kind import BodyKind
from connectors_shared.definition.bodies.raw import RAW

KINDS: Final[dict[str, BodyKind]] = {kind.type: kind for kind in (JSON, FORM, RAW)}
