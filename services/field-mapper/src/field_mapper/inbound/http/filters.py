"""What a list or an export of contacts is asked for, and what that means in this workspace."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, NamedTuple
from uuid import UUID

from fastapi import Query, Request

from connectors_shared.contract.contact import USER_FIELDS, UserField
from connectors_shared.contract.model import Moment
from connectors_shared.definition.mappings.terms import AS_WRITTEN
from connectors_shared.http.problems import FieldProblem, InvalidRequestError
from field_mapper.coercion import CustomFieldType, FieldDefinition, UserFieldCoercion, ValueRefusedError, storable
from field_mapper.imports.columns import CUSTOM_PREFIX
from field_mapper.outbound.fields import CustomFields
from field_mapper.outbound.filtering import FILTERED, About, Condition, Narrowing, Span
from field_mapper.outbound.searching import ContactFilter

MOST_CONDITIONS: Final = 5
NAMED: Final = 10
"""Custom fields that are told, where another one was meant."""
LISTS: Final = (CustomFieldType.TAGS, CustomFieldType.JSON)
Text = Annotated[str, Query(min_length=1, max_length=200)]


class Asked(NamedTuple):
    """As it was asked."""

    q: str | None = None
    phone: str | None = None
    email: str | None = None
    field: list[str] | None = None
    tag: list[str] | None = None
    connector_id: UUID | None = None
    created: Span = Span()
    updated: Span = Span()

    @property
    def names(self) -> list[str]:
        """Of the filters."""
        return [name for name, value in self._asdict().items() if value]


def asked_for(
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Words that names or the company have, each from its beginning; or the beginning of an email "
            "address or a phone number; or an `external_id`.",
        ),
    ] = None,
    phone: Annotated[str | None, Query(min_length=1, max_length=200, description="All of it.")] = None,
    email: Annotated[str | None, Query(min_length=1, max_length=200, description="All of it.")] = None,
    field: Annotated[
        list[Annotated[str, Query(min_length=3, max_length=500)]] | None,
        Query(
            max_length=MOST_CONDITIONS,
            description="`city:Berlin`: the field holds that, in any case (A to Z). A custom field is written "
            "`custom_fields.<name>`.",
        ),
    ] = None,
    tag: Annotated[list[Text] | None, Query(max_length=MOST_CONDITIONS, description="It has this tag.")] = None,
    connector_id: Annotated[
        UUID | None, Query(description="The connector was the last to write a field of the contact.")
    ] = None,
    created_since: Annotated[Moment | None, Query(description="Made at that time or later.")] = None,
    created_until: Annotated[Moment | None, Query(description="Made before that time.")] = None,
    updated_since: Annotated[Moment | None, Query(description="Changed at that time or later.")] = None,
    updated_until: Annotated[Moment | None, Query(description="Not changed at that time or later.")] = None,
) -> Asked:
    created, updated = Span(created_since, created_until), Span(updated_since, updated_until)
    return Asked(q, phone, email, field, tag, connector_id, created, updated)


async def wanted_of(request: Request, workspace_id: UUID, coerce: UserFieldCoercion, asked: Asked) -> ContactFilter:
    """As it is stored. Raises InvalidRequestError, with what to change."""
    definitions: dict[str, FieldDefinition] = {}
    if any(text.startswith(CUSTOM_PREFIX) for text in asked.field or ()):
        fields: CustomFields = request.app.state.fields
        definitions = {field.name: field.definition for field in await fields.all(workspace_id)}
    looked_for = storable(asked.q).strip() if asked.q is not None else None
    return ContactFilter(
        text=looked_for,
        phones=coerce.phone_prefixes(looked_for) if looked_for else (),
        phone=_normalized(coerce, asked.phone) if asked.phone is not None else None,
        email=storable(asked.email) if asked.email is not None else None,
        narrowing=Narrowing(tuple(_conditions(asked, definitions, coerce)), asked.created, asked.updated),
    )


def _conditions(
    asked: Asked, definitions: Mapping[str, FieldDefinition], coerce: UserFieldCoercion
) -> Iterator[Condition]:
    for text in asked.field or ():
        try:
            yield _condition(text, definitions, coerce)
        except ValueRefusedError as error:
            raise InvalidRequestError([FieldProblem(pointer="/field", detail=str(error))]) from None
    yield from (Condition(About.TAG, "", storable(tag).strip()) for tag in asked.tag or ())
    if asked.connector_id is not None:
        yield Condition(About.CONNECTOR, "", asked.connector_id)


def _condition(text: str, definitions: Mapping[str, FieldDefinition], coerce: UserFieldCoercion) -> Condition:
    """Raises ValueRefusedError."""
    if text.startswith(CUSTOM_PREFIX):
        name, value = _custom(text.removeprefix(CUSTOM_PREFIX), definitions)
        return Condition(About.CUSTOM_FIELD, name, _fitting(name, definitions[name], value, coerce))
    name, colon, value = text.partition(":")
    if not colon:
        raise ValueRefusedError(f"there is no value; write {name[:100]}:<value>")
    if name not in FILTERED:
        raise ValueRefusedError(_not_filtered(name))
    if name not in USER_FIELDS:
        return Condition(About.FIELD, name, storable(value))
    try:
        return Condition(About.FIELD, name, str(coerce(name, value)))
    except ValueRefusedError as error:
        raise ValueRefusedError(f"{name}: {error}") from None


def _custom(text: str, definitions: Mapping[str, FieldDefinition]) -> tuple[str, str]:
    """Name and value: a name may have a colon too, and the longest that there is was meant."""
    places = [place for place, character in enumerate(text) if character == ":"]
    name = next((text[:place] for place in reversed(places) if text[:place] in definitions), None)
    if name is not None:
        return name, text[len(name) + 1 :]
    there = sorted(name for name, one in definitions.items() if one.type not in LISTS)
    known = f"there are {', '.join(there[:NAMED])}" if there else "the workspace has defined none"
    more = f" and {len(there) - NAMED} more" if len(there) > NAMED else ""
    asked = text[: places[0]] if places else text
    raise ValueRefusedError(f"there is no custom field {asked}; write {CUSTOM_PREFIX}<name>:<value>; {known}{more}")


def _fitting(name: str, definition: FieldDefinition, value: str, coerce: UserFieldCoercion) -> Any:
    if definition.type in LISTS:
        raise ValueRefusedError(f"the custom field {name} holds several values; contacts are filtered by single ones")
    try:
        return definition.fit(value, coerce.settled(AS_WRITTEN))
    except ValueRefusedError as error:
        raise ValueRefusedError(f"{CUSTOM_PREFIX}{name}: {error}") from None


def _not_filtered(name: str) -> str:
    if name == UserField.TAGS:
        return "tags have a parameter of their own: tag"
    named = ", ".join(FILTERED)
    if name in USER_FIELDS:
        return f"contacts are not filtered by {name}; use q to search, or one of {named}"
    return f"there is no field {name[:100]}; write <field>:<value> with one of {named}, or {CUSTOM_PREFIX}<name>"


def _normalized(coerce: UserFieldCoercion, phone: str) -> str:
    """A number as it is stored; what is none is looked for as it is, and not found."""
    try:
        return str(coerce("phone", phone))
    except ValueRefusedError:
        return storable(phone)
