"""Many texts are looked for in one pass, and masked as far as they go."""

from collections.abc import Iterable
from random import Random
from typing import Any

import ahocorasick_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.egress import Confidential, needles
from connectors_shared.egress.needles import HEAD_BYTES, Needles

MASK = "••••".encode()
TEXTS = st.lists(st.text("ab\\ä", min_size=1, max_size=5), max_size=6)


class Scanned(bytes):
    """Counts the bytes that are looked at, whoever looks."""

    total = 0

    def _count(self) -> None:
        Scanned.total += len(self)

    def __contains__(self, key: Any) -> bool:
        self._count()
        return super().__contains__(key)

    def find(self, *args: Any) -> int:
        self._count()
        return super().find(*args)

    def replace(self, *args: Any) -> bytes:
        self._count()
        return Scanned(super().replace(*args))


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> type[Scanned]:
    class Counting:
        def __init__(self, *args: Any) -> None:
            self._real = ahocorasick_rs.BytesAhoCorasick(*args)

        def find_matches_as_indexes(self, body: bytes) -> list[tuple[int, int, int]]:
            Scanned.total += len(body)
            return self._real.find_matches_as_indexes(body)

    monkeypatch.setattr(needles, "BytesAhoCorasick", Counting)
    monkeypatch.setattr(Scanned, "total", 0)
    return Scanned


def keys(count: int) -> list[str]:
    lottery = Random(1)
    return ["".join(lottery.choices("abcDEF123/+=äß", k=40)) for _ in range(count)]


@pytest.mark.parametrize("count", [1, 200])
def test_a_body_is_read_as_often_for_two_hundred_secrets_as_for_one(count: int, scanned: type[Scanned]) -> None:
    confidential = Confidential(["https://api.example"], [], keys(count))
    body = scanned(b'{"id": 12345, "name": "somebody/+="}' * 1_000)
    assert confidential.redacted(body) == body
    assert scanned.total <= 2 * len(body)


@given(TEXTS, st.text("ab\\ä"))
def test_none_of_them_is_left(texts: list[str], text: str) -> None:
    looked_for = Needles(texts)
    masked = looked_for.masked_text(text)
    assert masked.replace("••••", "") == "" or not looked_for.are_in(masked.encode())
    assert looked_for.are_in(text.encode()) == any(one in text for one in texts)
    assert (masked == text) == (not looked_for.are_in(text.encode()))


def long(length: int, seed: int = 0) -> str:
    return "".join(Random(seed).choices("abcdef0123", k=length))


@pytest.mark.parametrize("length", [HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, 5_000])
def test_a_long_one_is_masked_to_its_end(length: int) -> None:
    key = long(length)
    assert Needles([key]).masked(f"x{key}y{key}{key}z".encode()) == b"x" + MASK + b"y" + MASK * 2 + b"z"


def test_of_those_that_begin_alike_the_longest_is_masked() -> None:
    key = long(1_000)
    assert masked([key, key[:400], key[:300]], f"{key}|{key[:400]}|{key[:300]}|{key[:300]}x") == "••••|••••|••••|••••x"


def test_one_within_the_end_of_another_adds_no_mask() -> None:
    key = long(1_000)
    assert masked([key, key[500:520], key[990:] + "tail"], f"a{key}tail") == "a••••"


def test_what_only_begins_like_one_loses_what_is_looked_for() -> None:
    key = long(1_000)
    assert masked([key], key[:500]) == "••••" + key[HEAD_BYTES:500]


def test_the_very_body_comes_back_when_nothing_is_in_it() -> None:
    body = b"nothing"
    assert Needles(["key"]).masked(body) is body
    assert Needles().masked(body) is body
    assert not Needles([""])


def test_half_a_character_is_looked_for_like_any_other() -> None:
    assert masked(["\ud83dkey"], "a\ud83dkey") == "a••••"


def masked(texts: Iterable[str], text: str) -> str:
    return Needles(texts).masked_text(text)
