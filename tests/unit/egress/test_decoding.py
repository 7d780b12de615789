"""Compressed bodies come out whole, or not at all."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.egress.decoding import MOST_MEMBERS, Inflater
from connectors_shared.egress.refusal import SendError


def compressed(data: bytes, kind: str) -> tuple[str, bytes]:
    if kind == "gzip":
        return "gzip", gzip.compress(data)
    if kind == "gzip members":
        return "gzip", gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]) + b"\0\0"
    if kind == "zlib":
        return "deflate", zlib.compress(data)
    raw = zlib.compressobj(wbits=-15)
    return "deflate", raw.compress(data) + raw.flush()


def inflated(encoding: str, wire: bytes, max_bytes: int, step: int) -> bytes:
    inflater = Inflater(encoding, max_bytes)
    body = b"".join(out for at in range(0, len(wire), step) for out in inflater.feed(wire[at : at + step]))
    inflater.finish()
    return body


KINDS = st.sampled_from(["gzip", "gzip members", "zlib", "raw"])


@given(st.binary(max_size=3000), KINDS, st.integers(1, 700))
def test_body_survives_any_cut_into_reads(data: bytes, kind: str, step: int) -> None:
    encoding, wire = compressed(data, kind)
    assert inflated(encoding, wire, len(data), step) == data


@given(st.binary(min_size=1, max_size=3000), KINDS, st.integers(1, 700))
def test_one_byte_more_than_allowed_is_too_large(data: bytes, kind: str, step: int) -> None:
    encoding, wire = compressed(data, kind)
    with pytest.raises(SendError) as caught:
        inflated(encoding, wire, len(data) - 1, step)
    assert caught.value.kind == "response_too_large"


@pytest.mark.parametrize("kind", ["gzip", "zlib", "raw"])
def test_cut_body_is_a_bad_response(kind: str) -> None:
    encoding, wire = compressed(b"hello" * 100, kind)
    with pytest.raises(SendError, match="cut short"):
        inflated(encoding, wire[:-3], 1000, 10)


def test_damaged_body_is_a_bad_response() -> None:
    with pytest.raises(SendError, match="damaged"):
        inflated("gzip", b"no gzip at all", 1000, 5)


def test_bomb_is_stopped_at_the_bound_and_not_inflated_first() -> None:
    wire = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(SendError):
        inflated("gzip", wire, 10_000, len(wire))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1_000_000


def test_members_without_end_are_refused() -> None:
    """Ten megabytes of empty ones would keep the loop for seconds."""
    empty, padding = gzip.compress(b""), b"\0" * 100
    assert inflated("gzip", empty * (MOST_MEMBERS - 1) + gzip.compress(b"x") + padding, 10, 10_000) == b"x"
    with pytest.raises(SendError, match="larger"):
        inflated("gzip", empty * (MOST_MEMBERS + 1), 10, 10_000)
