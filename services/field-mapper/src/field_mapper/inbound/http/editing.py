"""What a person writes on a contact: all of it, or nothing and a problem for each field that is wrong."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from connectors_shared.contract.contact import USER_FIELDS
from connectors_shared.definition.mappings.terms import AS_WRITTEN, ReadAs
from connectors_shared.definition.problems import escaped
from connectors_shared.http.conditions import RevisionChangedError
from connectors_shared.http.idempotency import no_promise
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, ProblemError
from connectors_shared.runtime.clock import Clock
from field_mapper.coercion import (
    CustomFieldType,
    FieldDefinition,
    UserFieldCoercion,
    ValueRefusedError,
    coerce_custom_value,
    is_absent,
)
from field_mapper.model import EXTERNAL_ID, Contact, ContactRef, identities, match_keys, own_id
from field_mapper.outbound import audit
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.stages.apply import FirstValue, define_fields
from field_mapper.stages.changes import Changes, Edit
from field_mapper.stages.merge import NO_ROOM, edit
from field_mapper.stages.session import ContactSession
from field_mapper.stages.undo import Undone, fields_of, undo

Promise = Callable[[Contact], None]
"""Is told of a contact what a request with an Idempotency-Key is to be answered, before it is there."""

Revisions = frozenset[int] | None
"""Those that a change may be made to; None: any."""


class ContactExistsError(ProblemError):
    status = 409
    kind = "contact-exists"
    title = "There is such a contact"


class ContactNotFoundError(ProblemError):
    status = 404
    kind = "contact-not-found"
    title = "There is no such contact"


class ContactChangedError(RevisionChangedError):
    kind = "contact-changed"


class ExecutionNotFoundError(ProblemError):
    status = 404
    kind = "execution-not-found"
    title = "The contact knows no such execution"
    detail = "It has changed nothing here, or it was too long ago."


class ContactEditor:
    """Raises ProblemError, with a pointer for every field refused."""

    def __init__(
        self, contacts: PostgresContacts, coercion_of: Callable[[UUID], UserFieldCoercion], clock: Clock
    ) -> None:
        self._contacts = contacts
        self._coercion_of = coercion_of
        self._clock = clock

    async def create(
        self,
        workspace_id: UUID,
        by: str,
        contact_id: UUID | None,
        external_id: str | None,
        user: Mapping[str, Any],
        custom: Mapping[str, Any],
        promise: Promise = no_promise,
    ) -> UUID:
        """Its id; 409 when there is a contact of that id, or one that the other system calls so."""
        problems: list[FieldProblem] = []
        values = self._user_values(workspace_id, {n: v for n, v in user.items() if not is_absent(v)}, "", problems)
        given = {name: value for name, value in custom.items() if not is_absent(value)}
        contact = Contact(contact_id or uuid4(), workspace_id, external_id, is_new=True)
        async with self._contacts.transaction([workspace_id]) as session:
            await _claim(session, workspace_id, contact_id, external_id, values)
            await self._write(session, contact, by, values, given, problems)
            await self._contacts.keep_promise(session, contact.ref, promise)
        return contact.id

    async def update(
        self,
        workspace_id: UUID,
        by: str,
        contact_id: UUID,
        user: Mapping[str, Any],
        custom: Mapping[str, Any],
        promise: Promise = no_promise,
        expected: Revisions = None,
        pointer: str = "/user_fields",
        **named: str | None,
    ) -> None:
        """404 when the workspace has no such contact; 412 when it is at none of the `expected` revisions. `pointer`:
        to the user fields in the request. `external_id`, if given, is what the other system calls it from
        then on, None for nothing; 409 when another contact is called so.
        """
        problems: list[FieldProblem] = []
        values = self._user_values(workspace_id, user, pointer, problems)
        ref = ContactRef(workspace_id, contact_id)
        async with self._contacts.transaction([workspace_id]) as session:
            await _claim(session, workspace_id, None, named.get(EXTERNAL_ID), values, of=contact_id)
            contact = await _locked(session, ref, expected)
            await session.load_custom([contact], [name for name in custom if name.isprintable()])
            await self._write(session, contact, by, values, custom, problems, **named)
            await self._contacts.keep_promise(session, ref, promise)

    async def undo(
        self,
        workspace_id: UUID,
        by: str,
        contact_id: UUID,
        execution_id: UUID,
        promise: Callable[[Undone, Contact], None] = no_promise,
        expected: Revisions = None,
    ) -> Undone:
        """What was taken back; 404 when there is no such contact, or it has not been changed by that execution."""
        ref = ContactRef(workspace_id, contact_id)
        async with self._contacts.transaction([workspace_id]) as session:
            contact = await _locked(session, ref, expected)
            stored = await session.changes_of(ref, execution_id)
            if not stored:
                raise ExecutionNotFoundError
            names = fields_of(stored)
            await session.load_custom([contact], names)
            definitions = await session.definitions([(workspace_id, name) for name in names])
            undone = undo(contact, execution_id, stored, {name: one for (_, name), one in definitions.items()})
            await self._save(session, contact, by, undone.changes, undoes=execution_id)
            await self._contacts.keep_promise(session, ref, partial(promise, undone))
        return undone

    async def delete(self, workspace_id: UUID, by: str, contact_id: UUID, expected: Revisions = None) -> None:
        """For good, with values, origins and history; 404 when the workspace has no such contact."""
        async with self._contacts.transaction([workspace_id]) as session:
            contact = await _locked(session, ContactRef(workspace_id, contact_id), expected)
            await session.delete(contact, by)

    async def _write(
        self,
        session: ContactSession,
        contact: Contact,
        by: str,
        user: Mapping[str, Any],
        custom: Mapping[str, Any],
        problems: list[FieldProblem],
        **named: str | None,
    ) -> None:
        typed = await self._custom_values(session, contact.workspace_id, custom, problems)
        if problems:
            raise InvalidRequestError(problems)
        changes = edit(contact, user, typed, self._clock.now(), by, **named)
        await self._save(session, contact, by, changes)

    async def _save(
        self, session: ContactSession, contact: Contact, by: str, changes: Changes, undoes: UUID | None = None
    ) -> None:
        if changes or contact.is_new:
            [sequence] = await session.next_in_order(1)
            made = Edit(contact.ref, sequence, by, changes, contact.is_new, undoes)
            await session.record_edits([made])
            await session.note(audit.edited(made))
            await session.save([contact])

    def _user_values(
        self, workspace_id: UUID, user: Mapping[str, Any], pointer: str, problems: list[FieldProblem]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        coerce = self._coercion_of(workspace_id)
        for name, value in user.items():
            try:
                if name not in USER_FIELDS:
                    raise ValueRefusedError("not one of the user fields")
                values[name] = None if is_absent(value) else coerce(name, value)
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
        definitions = await define_fields(
            session,
            [
                FirstValue(workspace_id, name, value)
                for name, value in custom.items()
                if not is_absent(value) and name.isprintable()
            ],
        )
        typed: dict[str, tuple[CustomFieldType, Any]] = {}
        reading = self._coercion_of(workspace_id).settled(AS_WRITTEN)
        for name, value in custom.items():
            definition = definitions.get((workspace_id, name))
            try:
                if not name.strip() or not name.isprintable():
                    raise ValueRefusedError("a custom field's name is printable text")
                kind = definition.type if definition else CustomFieldType.JSON
                typed[name] = (kind, None if is_absent(value) else _fitting(definition, value, reading))
            except ValueRefusedError as error:
                problems.append(_problem("/custom_fields", name, error))
        return typed


def _fitting(definition: FieldDefinition | None, value: Any, reading: ReadAs) -> Any:
    """Raises ValueRefusedError."""
    if definition is not None:
        return definition.fit(value, reading)
    coerce_custom_value(CustomFieldType.JSON, value)
    raise ValueRefusedError(NO_ROOM)


async def _locked(session: ContactSession, ref: ContactRef, expected: Revisions) -> Contact:
    contact = (await session.lock([ref])).get(ref)
    if contact is None:
        raise ContactNotFoundError
    if expected is not None and contact.revision not in expected:
        raise ContactChangedError(contact.revision)
    return contact


async def _claim(
    session: ContactSession,
    workspace_id: UUID,
    contact_id: UUID | None,
    external_id: str | None,
    user: Mapping[str, Any],
    of: UUID | None = None,
) -> None:
    """Nobody else makes a contact of these names or addresses meanwhile; 409 when another contact than `of` has one of
    the names."""
    # A flow that names one by it must not find another: an id of ours may be a name of another system, and vice versa.
    alias = str(contact_id) if contact_id else None
    names = identities(workspace_id, contact_id, external_id)
    names += identities(workspace_id, own_id(external_id), alias)
    # A flow that looks for an address waits for whoever writes it, and then finds that contact instead of making one.
    addresses = match_keys(workspace_id, {name: value for name, value in user.items() if value is not None})
    if keys := [*names, *addresses]:
        await session.serialize_creation(keys)
    if not names:
        return
    if taken := [key for key, ids in (await session.find(names)).items() if any(id_ != of for id_ in ids)]:
        is_id = contact_id is not None and any(key.value == alias for key in taken)
        raise ContactExistsError(f"Its {'id' if is_id else 'external_id'} is what you sent.")


def _problem(pointer: str, name: str, error: ValueRefusedError) -> FieldProblem:
    return FieldProblem(pointer=f"{pointer}/{escaped(name)}", detail=str(error))
