"""The headers of a message that dies, is replayed, and dies again."""

from datetime import UTC, datetime

import pytest

from connectors_shared.contract.dead import (
    DeadLetter,
    Header,
    deaths_of,
    own_headers,
    replay_headers,
)
from connectors_shared.contract.failure import DeadReason

OWN: list[Header] = [("traceparent", b"00-1"), ("odd", b"\xff\xfe"), ("null", None), ("empty", b""), ("odd", b"2")]


def a_letter(attempts: int = 1, offset: int = 7) -> DeadLetter:
    return DeadLetter(
        reason=DeadReason.NOT_JSON,
        detail="line 1",
        topic="connector.execute",
        partition=3,
        offset=offset,
        attempts=attempts,
        at=datetime(2026, 1, 5, 12, tzinfo=UTC),
        service="connectors-executor",
    )


def test_the_headers_of_the_original_stay_as_they_are_null_ones_too() -> None:
    headers = a_letter().headers_on(OWN)
    assert headers[: len(OWN)] == OWN
    assert headers[len(OWN) :] == a_letter().headers()
    assert own_headers(headers) == OWN


def test_the_headers_of_an_earlier_death_are_gone() -> None:
    earlier = [*a_letter(offset=1).headers_on(OWN), ("dead-replayed-from", b"t/0/1"), ("dead-future", None)]
    headers = a_letter(attempts=2).headers_on(earlier)
    names = [name for name, _ in headers]
    assert len([name for name in names if name == "dead-offset"]) == 1
    assert not {"dead-replayed-from", "dead-future"} & set(names)
    assert DeadLetter.from_headers(headers) == a_letter(attempts=2)


def test_a_replay_carries_its_origin_and_the_count_and_nothing_else_of_the_death() -> None:
    headers = replay_headers(a_letter(attempts=4).headers_on(OWN), "connector.execute.dead/0/12")
    assert headers == [
        *OWN,
        ("dead-replayed-from", b"connector.execute.dead/0/12"),
        ("dead-attempts", b"4"),
    ]
    assert deaths_of(headers) == 4


@pytest.mark.parametrize("value", [None, b"", b"-1", b"1.5", b"many", b"\xff", b"9" * 5000])
def test_a_count_that_is_none_counts_as_no_death(value: bytes | None) -> None:
    assert deaths_of([("dead-attempts", value)]) == 0
    assert deaths_of([]) == 0


@pytest.mark.parametrize("name", ["dead-reason", "dead-at", "dead-offset", "dead-service"])
@pytest.mark.parametrize("value", ["absent", None, b"\xff\xfe"])
def test_headers_that_are_no_dead_letters_are_refused(name: str, value: bytes | str | None) -> None:
    others: list[Header] = [header for header in a_letter().headers() if header[0] != name]
    found: list[Header] = others if isinstance(value, str) else [*others, (name, value)]
    with pytest.raises((KeyError, ValueError)):
        DeadLetter.from_headers(found)
