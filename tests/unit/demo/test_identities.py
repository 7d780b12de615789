"""The people behind the numbers: always the same, everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_local.demo.pretend_api.identities import identity_of, normalize_phone

TEN_DIGITS = st.text("0123456789", min_size=10, max_size=10)


def test_the_number_of_the_specification_belongs_to_its_person() -> None:
    identity = identity_of("6266958105")
    assert identity is not None
    names = ("id", "firstName", "lastName", "address", "city", "state", "zip")
    assert [identity[name] for name in names] == [
        *(1151844973, "Jose", "Tayzon"),
        *("1461 Indian Well Dr", "Diamond Bar", "CA", "91765"),
    ]
    assert identity["phones"][0]["phone"] == 6266958105
    assert identity["data"]["householdIncomeMidpoint"] == 187500
    assert identity["data"]["creditMidpoint"] == 775


def test_people_are_the_same_in_every_process() -> None:
    identity = identity_of("2135550100")
    assert identity is not None
    assert (identity["firstName"], identity["lastName"], identity["address"]) == (
        "Oliver",
        "Xiong",
        "6239 Willow St",
    )


@given(TEN_DIGITS)
def test_every_number_has_one_whole_person(phone: str) -> None:
    identity = identity_of(phone)
    assert identity is not None
    assert identity == identity_of(phone)
    assert identity["phones"][0]["phone"] == int(phone)
    assert all(identity[name] for name in ("firstName", "lastName", "address", "city", "state", "zip"))
    assert identity["data"]["householdIncomeMidpoint"] > 0
    assert 500 <= identity["data"]["creditMidpoint"] <= 850


@pytest.mark.parametrize("phone", ["", "12", "123456789", "12345678901"])
def test_what_is_no_number_belongs_to_nobody(phone: str) -> None:
    assert identity_of(phone) is None


@given(TEN_DIGITS)
def test_spellings_of_a_number_are_the_same_number(phone: str) -> None:
    area, exchange, line = phone[:3], phone[3:6], phone[6:]
    for spelling in (f"+1{phone}", f"({area}) {exchange}-{line}", f"1-{area}-{exchange}-{line}", f" {phone} "):
        assert normalize_phone(spelling) == phone
