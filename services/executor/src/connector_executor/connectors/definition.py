"""A definition as an execution needs it: read in a third of the time that the contract's models take.

Those judge each message once, when it comes. What they have found sound is read again and again, whenever its connector
is called and not kept as a plan: then the same fields are read into structs, which are made of the models and judge
types only.
"""

from collections.abc import Mapping
from enum import Enum
from types import UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors_shared.contract.connector import Header, PublishedConnector, QueryParam, RequestConfig

Definition = PublishedConnector
"""One that may also be a struct: the attributes of a published connector, lists being tuples, and no methods."""


def read_quickly(message: bytes) -> Definition | None:
    """Of a message that the models have found sound. None for one that only they can read: it has fields or spellings
    that are not the contract's own.
    """
    try:
        return cast("Definition", DECODER.decode(message))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _struct_of(model: type[BaseModel], parts: Mapping[Any, Any]) -> type[msgspec.Struct]:
    """`parts` are models that stand in it, and their structs; other models in it stay what they are."""
    fields = [(name, _type_of(f.annotation, parts), _default_of(f)) for name, f in model.model_fields.items()]
    return msgspec.defstruct(
        model.__name__, fields, rename="camel", kw_only=True, frozen=True, gc=False, forbid_unknown_fields=True
    )


def _default_of(field: FieldInfo) -> Any:
    if field.is_required():
        return msgspec.NODEFAULT
    default = field.get_default(call_default_factory=True)
    return () if default == [] else default


def _type_of(annotation: Any, parts: Mapping[Any, Any]) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation in parts:
        return parts[annotation]
    if origin is list:
        return tuple[_type_of(inner[0], parts), ...]  # type: ignore[misc]
    if origin in (Union, UnionType):
        return Union[tuple(_type_of(each, parts) for each in inner)]  # noqa: UP007 - of what is known only now
    if origin is Literal and isinstance(inner[0], bool | Enum):  # a struct knows literals of texts and numbers only
        return type(inner[0])
    return annotation


def _part(model: Any, value: Any) -> Any:
    """What stays a model. Raises ValidationError, which is a ValueError, for what the models have not found sound."""
    return model.model_validate(value)


PARTS: Final = {part: _struct_of(part, {}) for part in (Header, QueryParam)}
CONFIG: Final = _struct_of(RequestConfig, PARTS)
DECODER: Final = msgspec.json.Decoder(_struct_of(PublishedConnector, {RequestConfig: CONFIG}), dec_hook=_part)
