"""Whose address is believed."""

import pytest

from connectors_shared.http.client_address import client_address


def address(*headers: str, proxies: int = 0, peer: str | None = "10.0.0.9") -> str | None:
    scope = {
        "client": (peer, 40_000) if peer else None,
        "headers": [(b"x-forwarded-for", text.encode("latin-1")) for text in headers],
    }
    return client_address(scope, proxies)


def test_without_proxies_nothing_is_believed() -> None:
    assert address("203.0.113.7") == "10.0.0.9"
    assert address(peer=None) is None


@pytest.mark.parametrize(
    ("headers", "proxies", "known"),
    [
        (["203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7, 10.0.0.1"], 2, "203.0.113.7"),
        (["203.0.113.7:51234"], 1, "203.0.113.7"),
        (["[2001:db8::1]:443"], 1, "2001:db8::1"),
        (["2001:DB8:0::1"], 1, "2001:db8::1"),
    ],
)
def test_as_many_entries_as_there_are_proxies_are_believed(headers: list[str], proxies: int, known: str) -> None:
    assert address(*headers, proxies=proxies) == known


@pytest.mark.parametrize("header", ["203.0.113.7", "6.6.6.6, unknown, 10.0.0.1", "", "x" * 100_000, ",,,,", "é, ü, ö"])
def test_where_it_does_not_say_it_is_who_connected(header: str) -> None:
    assert address(header, proxies=2) == "10.0.0.9"
