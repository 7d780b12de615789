"""What a person writes on a contact: all of it, or nothing and a problem for each field that is wrong."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from connectors_shared.contract.contact import USER_FIELDS
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, ProblemError
from connectors_shared.runtime.clock import Clock
from field_mapper.coercion import (
    CustomFieldType,
    UserFieldCoercion,
    ValueRefusedError,
    coerce_custom_value,
    is_absent,
)
from field_mapper.model import Contact, ContactKey
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.stages.apply import ContactSession, define_fields
from field_mapper.stages.merge import edit


class ContactExistsError(ProblemError):
    status = 409
    kind = "contact-exists"
    title = "There is a contact with this id"


class ContactNotFoundError(ProblemError):
    status = 404
    kind = "contact-not-found"
    title = "There is no such contact"


class ContactEditor:
    """Raises ProblemError, with a pointer for every field refused."""

    def __init__(self, contacts: PostgresContacts, coerce: UserFieldCoercion, clock: Clock) -> None:
        self._contacts = contacts
        self._coerce = coerce
        self._clock = clock

    async def create(
        self, workspace_id: UUID, contact_id: UUID | None, user: Mapping[str, Any], custom: Mapping[str, Any]
    ) -> UUID:
        """Its id; 409 when there is a contact of that id."""
        problems: list[FieldProblem] = []
        values = self._user_values({n: v for n, v in user.items() if not is_absent(v)}, "", problems)
        given = {name: value for name, value in custom.items() if not is_absent(value)}
        contact = Contact(contact_id or uuid4(), workspace_id, is_new=True)
        async with self._contacts.transaction() as session:
            if contact_id is not None:
                await session.serialize_creation([ContactKey(workspace_id, "id", str(contact_id))])
                if await session.taken([contact_id]):
                    raise ContactExistsError
            await self._write(session, contact, values, given, problems)
        return contact.id

    async def update(
        self, workspace_id: UUID, contact_id: UUID, user: Mapping[str, Any], custom: Mapping[str, Any]
    ) -> None:
        """404 when the workspace has no such contact."""
        problems: list[FieldProblem] = []
        values = self._user_values(user, "/user_fields", problems)
        key = ContactKey(workspace_id, "id", str(contact_id))
        async with self._contacts.transaction() as session:
            if key not in await session.find([key]):
                raise ContactNotFoundError
            contact = (await session.lock([contact_id]))[contact_id]
            await self._write(session, contact, values, custom, problems)

    async def _write(
        self,
        session: ContactSession,
        contact: Contact,
        user: Mapping[str, Any],
        custom: Mapping[str, Any],
        problems: list[FieldProblem],
    ) -> None:
        typed = await self._custom_values(session, contact.workspace_id, custom, problems)
        if problems:
            raise InvalidRequestError(problems)
        edit(contact, user, typed, self._clock.now())
        await session.save([contact])

    def _user_values(self, user: Mapping[str, Any], pointer: str, problems: list[FieldProblem]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in user.items():
            try:
                if name not in USER_FIELDS:
                    raise ValueRefusedError("not one of the user fields")
                values[name] = None if is_absent(value) else self._coerce(name, value)
            except ValueRefusedError as error:
                problems.append(_problem(pointer, name, error))
        return values

    async def _custom_values(
        self,
        session: ContactSession,
        workspace_id: UUID,
        custom: Mapping[str, Any],
        problems: list[FieldProblem],
    ) -> dict[str, tuple[CustomFieldType, Any]]:
        types = await define_fields(
            session,
            [
                (workspace_id, name, value)
                for name, value in custom.items()
                if not is_absent(value) and name.isprintable()
            ],
        )
        typed: dict[str, tuple[CustomFieldType, Any]] = {}
        for name, value in custom.items():
            kind = types.get((workspace_id, name), CustomFieldType.JSON)
            try:
                if not name.strip() or not name.isprintable():
                    raise ValueRefusedError("a custom field's name is printable text")
                typed[name] = (kind, None if is_absent(value) else coerce_custom_value(kind, value))
            except ValueRefusedError as error:
                problems.append(_problem("/custom_fields", name, error))
        return typed


def _problem(pointer: str, name: str, error: ValueRefusedError) -> FieldProblem:
    escaped = name.replace("~", "~0").replace("/", "~1")
    return FieldProblem(pointer=f"{pointer}/{escaped}", detail=str(error))
