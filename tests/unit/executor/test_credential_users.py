"""Who uses a credential is known whatever happens to its connectors, and costs the same however many there are."""

import sys
from collections.abc import Callable
from random import Random
from uuid import UUID

import pytest

from connector_executor.connectors.users import CredentialUsers, References

CREDENTIAL, OTHER = UUID(int=1), UUID(int=2)
ONE = References(CREDENTIAL)
NONE = References()
MANY = 400


def users_of(count: int) -> CredentialUsers:
    users = CredentialUsers()
    for number in range(count):
        users.move(UUID(int=number), NONE, ONE)
    return users


def calls_of(work: Callable[[], None]) -> int:
    """How many functions, those in C among them, the work calls: what it costs, on any machine."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_it_is_what_a_set_would_say() -> None:
    chance, users, known = Random(7), CredentialUsers(), dict[UUID, References]()
    for _ in range(600):
        connector = UUID(int=chance.randrange(30))
        after = References(*(chance.choice((None, CREDENTIAL, OTHER)) for _ in range(2)))
        users.move(connector, known.get(connector, NONE), after)
        known[connector] = after
        for credential in (CREDENTIAL, OTHER):
            assert sorted(users.of(credential)) == sorted(
                who for who, used in known.items() if credential in tuple(used)
            )


@pytest.mark.parametrize("count", [3, 20])
def test_they_are_told_in_the_order_in_which_they_came(count: int) -> None:
    users = users_of(count)
    users.move(UUID(int=0), ONE, NONE)
    users.move(UUID(int=0), NONE, ONE)
    assert [user.int for user in users.of(CREDENTIAL)] == [*range(1, count), 0]


def test_a_change_among_many_costs_what_it_costs_among_some() -> None:
    some, many = users_of(50), users_of(MANY)
    last = UUID(int=10)
    assert calls_of(lambda: many.move(last, ONE, NONE)) <= calls_of(lambda: some.move(last, ONE, NONE))
    assert calls_of(lambda: many.move(last, NONE, ONE)) <= calls_of(lambda: some.move(last, NONE, ONE))


def test_nothing_is_kept_of_a_credential_without_users() -> None:
    users = users_of(MANY)
    for number in range(MANY):
        users.move(UUID(int=number), ONE, NONE)
    assert users.of(CREDENTIAL) == []
    assert not any(vars(users).values())
