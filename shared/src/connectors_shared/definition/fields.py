"""A name with a value, as queries and forms have them: one value, several, or none."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from connectors_shared.contract.connector import ArrayStyle, Nulls
from connectors_shared.definition.templates import ABSENT, Scope, Template, template_of, text_of
from connectors_shared.definition.templates.reference import Default

Pair = tuple[str, tuple[str, ...]]
"""A name and what is written there; several texts have commas between them."""
STAND_INS: Final = {Nulls.EMPTY: Default('""', ""), Nulls.SEND: Default("null", None)}


class Field(msgspec.Struct, frozen=True, gc=False):
    """`is_blank_absent`: an empty text is no value."""

    key: str
    template: Template
    arrays: ArrayStyle = ArrayStyle.REPEAT
    required: bool = False
    is_blank_absent: bool = False

    def pairs(self, scope: Scope) -> list[Pair]:
        """Empty when there is nothing to send."""
        lone = self.template.lone
        if lone is None:
            return [(self.key, (self.template.text(scope),))]
        value = self.template.value(scope)
        if value == "" and self.is_blank_absent:
            value = lone.default.value if lone.default else ABSENT
        if isinstance(value, list):
            return self._listed(value, lone.default)
        return [] if value is ABSENT else [(self.key, (_text(value),))]

    def _listed(self, values: list[Any], default: Default | None) -> list[Pair]:
        """Items that are null are left out, or written as a default that is no list itself."""
        stand_in = None if default is None or isinstance(default.value, list) else default
        texts = [
            _text(stand_in.value if item is None and stand_in is not None else item)
            for item in values
            if item is not None or stand_in is not None
        ]
        if not texts:
            return []
        if self.arrays is ArrayStyle.COMMA:
            return [(self.key, tuple(texts))]
        name = self.key + "[]" if self.arrays is ArrayStyle.BRACKETS else self.key
        return [(name, (text,)) for text in texts]


def with_nulls(template: Template, nulls: Nulls) -> Template:
    """What stands in where a template that is one placeholder has no value, unless it says so itself."""
    lone, stand_in = template.lone, STAND_INS.get(nulls)
    if lone is None or lone.default is not None or stand_in is None:
        return template
    return template_of((replace(lone, default=stand_in),))


def written(pairs: Iterable[Pair], quoted: Callable[[str], str]) -> str:
    """Commas between several values are the only ones that are not quoted."""
    return "&".join([f"{quoted(name)}={','.join([quoted(text) for text in texts])}" for name, texts in pairs])


def _text(value: Any) -> str:
    return "null" if value is None else text_of(value)
