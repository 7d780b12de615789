"""The contacts of the demo."""

import re
from uuid import UUID

import pytest

from connectors_local.demo.contacts import demo_contacts, read_contacts
from connectors_local.demo.pretend_api.identities import identity_of
from connectors_local.demo.verification import expected_fields

WORKSPACE = UUID(int=1)
FICTIONAL = re.compile(r"\d{3}55501\d{2}")


def test_there_are_a_hundred_people_and_none_of_them_is_real() -> None:
    phones = [contact.phone for contact in demo_contacts(WORKSPACE)]
    assert len(set(phones)) == 100
    assert [phone for phone in phones if not FICTIONAL.fullmatch(phone)] == ["6266958105"]


def test_every_contact_has_something_for_the_api_to_add() -> None:
    for contact in demo_contacts(WORKSPACE):
        identity = identity_of(contact.phone)
        assert identity is not None
        user, _ = expected_fields(identity)
        assert any(contact.fields.get(name) != value for name, value in user.items()), contact


def test_ids_are_the_same_on_every_run_and_differ_between_workspaces() -> None:
    here, again, elsewhere = (demo_contacts(UUID(int=number)) for number in (1, 1, 2))
    assert [contact.id for contact in here] == [contact.id for contact in again]
    assert not {contact.id for contact in here} & {contact.id for contact in elsewhere}


def test_empty_cells_are_fields_that_nobody_knows() -> None:
    [contact] = read_contacts(["first_name,phone,city\n", "Ann,2065550100,\n"], WORKSPACE)
    assert contact.fields == {"first_name": "Ann", "phone": "2065550100"}


@pytest.mark.parametrize(
    ("header", "named"), [("phone,shoe_size\n", "shoe_size"), ("first_name\n", "phone"), ("", "phone")]
)
def test_a_file_with_other_columns_is_refused_by_name(header: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_contacts([header], WORKSPACE)
