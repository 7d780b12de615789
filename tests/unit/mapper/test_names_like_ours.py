"""An id of another system that looks like one of ours leads to its contact, and to no second one."""

from uuid import UUID, uuid4

import pytest

from connectors_shared.runtime.clock import SystemClock
from field_mapper.batch import BatchProcessor
from field_mapper.coercion import UserFieldCoercion
from field_mapper.inbound.http.editing import ContactEditor, ContactExistsError
from field_mapper.model import own_id

from .builders import CREATE, a_result, user
from .twin import FakeRecord, InMemoryContacts

WORKSPACE = uuid4()
CANONICAL = "5f2c9a7d-1e4b-4c3f-9a8b-7c6d5e4f3a2b"
FORMS = [CANONICAL, CANONICAL.replace("-", ""), f"{{{CANONICAL}}}", f"urn:uuid:{CANONICAL}", CANONICAL.upper()]


@pytest.fixture
def editor(contacts: InMemoryContacts, coerce: UserFieldCoercion) -> ContactEditor:
    return ContactEditor(contacts, lambda _workspace: coerce, SystemClock())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FORMS)
async def test_a_flow_finds_what_a_person_has_made_under_that_name(
    name: str, processor: BatchProcessor, contacts: InMemoryContacts, editor: ContactEditor
) -> None:
    await editor.create(WORKSPACE, "ann", None, name, {"first_name": "Ann"}, {})
    result = a_result(WORKSPACE, {"c": "Acme"}, user("c", "company"), contact_id=name, options=CREATE)
    assert await processor.process([FakeRecord(result.to_json())])
    [contact] = contacts.committed.contacts.values()
    assert (contact.external_id, contact.user) == (name, {"first_name": "Ann", "company": "Acme"})


async def test_an_id_and_a_name_that_are_the_same_are_of_one_contact(editor: ContactEditor) -> None:
    await editor.create(WORKSPACE, "ann", None, CANONICAL, {"first_name": "Ann"}, {})
    with pytest.raises(ContactExistsError):
        await editor.create(WORKSPACE, "ann", UUID(CANONICAL), None, {"first_name": "Bea"}, {})
    made = await editor.create(WORKSPACE, "ann", None, None, {"first_name": "Cid"}, {})
    with pytest.raises(ContactExistsError):
        await editor.create(WORKSPACE, "ann", None, str(made), {"first_name": "Dan"}, {})


def test_only_what_we_write_is_ours() -> None:
    assert [own_id(form) for form in FORMS] == [UUID(CANONICAL), None, None, None, None]
    assert (own_id(None), own_id("x" * 36)) == (None, None)
