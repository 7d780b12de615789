"""A response gives the same outcome however it was cut on its way, and nothing after it is taken for another."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from httptools import HttpParserError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors_shared.egress import SendBounds
from connectors_shared.egress.reader import ResponseReader
from connectors_shared.egress.refusal import SendError

BOUNDS = SendBounds(max_wire_bytes=10_000)
BAD = "not http"


@dataclass(frozen=True)
class Outcome:
    """`failure` is a kind of SendFailure, BAD, or empty."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    complete: bool
    keeps: bool
    failure: str


def outcome_of(pieces: list[bytes], *, method: str = "GET", ends: bool = False, bounds: SendBounds = BOUNDS) -> Outcome:
    """After a failure nothing of a response counts but its status."""
    reader = ResponseReader()
    reader.begin(bounds, has_body=method != "HEAD")
    try:
        for piece in pieces:
            reader.feed(piece)
    except (SendError, HttpParserError) as error:
        kind = error.kind.value if isinstance(error, SendError) else BAD
        return Outcome(0, (), b"", complete=False, keeps=False, failure=kind)
    if ends:
        reader.end()
    keeps = reader.keeps and reader.complete
    return Outcome(reader.status, tuple(reader.headers.items()), reader.take(), reader.complete, keeps, "")


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(ends)]


BODIES = st.binary(max_size=60)
LINE_ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\n"])
NAMES = st.sampled_from([b"X-One", b"x-one", b"Server", b"Connection", b"Set-Cookie", b"Content-Type"])
VALUES = st.sampled_from(
    [b"", b"a", b" padded \t", b"close", b"keep-alive", b"text/plain; q=\xc3\xa9", b"\xff", b"a\tb"]
)
INTERIM = st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" * 2])


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    end = b"\r\n"
    parts = [part for part in cut(body, draw(st.lists(st.integers(0, 100), max_size=4))) if part]
    extension = draw(st.sampled_from([b"", b";a=b", b" "]))
    trailers = draw(st.sampled_from([b"", b"T: t" + end, b"T: t" + end + b"Server: u" + end]))
    chunks = b"".join(b"%x%s%s%s%s" % (len(part), extension, end, part, end) for part in parts)
    return chunks + b"0" + end + trailers + end


@st.composite
def responses(draw: st.DrawFn) -> tuple[bytes, bytes, str]:
    """The bytes, the body, and how its end is known."""
    end, body = draw(LINE_ENDS), draw(BODIES)
    framing = draw(st.sampled_from(["length", "chunks", "end"]))
    lines = [b"HTTP/1.%d %d Fine" % (draw(st.integers(0, 1)), draw(st.sampled_from([200, 201, 404, 500])))]
    lines += [name + b": " + value for name, value in draw(st.lists(st.tuples(NAMES, VALUES), max_size=5))]
    if framing == "length":
        lines.append(b"Content-Length: %d" % len(body))
    elif framing == "chunks":
        lines.append(b"Transfer-Encoding: chunked")
    wire = draw(chunked(body)) if framing == "chunks" else body
    return draw(INTERIM) + end.join([*lines, b"", b""]) + wire, body, framing


CUTS = st.lists(st.integers(0, 1_000), max_size=12)


@given(responses(), CUTS)
def test_any_cut_gives_the_same_outcome(response: tuple[bytes, bytes, str], places: list[int]) -> None:
    wire, body, framing = response
    whole = outcome_of([wire], ends=framing == "end")
    assert (whole.failure, whole.body, whole.complete) == ("", body, True)
    assert outcome_of(cut(wire, places), ends=framing == "end") == whole


@given(responses())
def test_byte_by_byte_gives_the_same_outcome(response: tuple[bytes, bytes, str]) -> None:
    wire, _, framing = response
    pieces = [wire[at : at + 1] for at in range(len(wire))]
    assert outcome_of(pieces, ends=framing == "end") == outcome_of([wire], ends=framing == "end")


SWITCH = b"HTTP/1.1 101 Now\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nanything"
EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
SURPLUS = st.sampled_from([b"\n", b"\r\n", b"\r\n\r\n", b"x", b"0\r\n\r\n", EVIL, SWITCH])


@given(responses(), SURPLUS, CUTS)
def test_what_comes_after_a_response_is_no_part_of_it_and_ends_the_connection(
    response: tuple[bytes, bytes, str], surplus: bytes, places: list[int]
) -> None:
    wire, body, framing = response
    if framing == "end":
        return
    alone, found = outcome_of([wire]), outcome_of(cut(wire + surplus, places))
    assert (found.failure, found.body, found.complete, found.keeps) == ("", body, True, False)
    assert (found.status, found.headers) == (alone.status, alone.headers)


@given(INTERIM, LINE_ENDS, st.sampled_from(["HEAD", "204", "304"]), SURPLUS | st.just(b""), CUTS)
def test_a_response_without_a_body_ends_with_its_head(
    interim: bytes, end: bytes, why: str, surplus: bytes, places: list[int]
) -> None:
    status = b"200" if why == "HEAD" else why.encode()
    for framing in (b"Content-Length: 5", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"X: y"):
        head = interim + end.join([b"HTTP/1.1 " + status + b" Fine", framing, b"", b""])
        found = outcome_of(cut(head + surplus, places), method="HEAD" if why == "HEAD" else "GET")
        assert (found.failure, found.body, found.complete) == ("", b"", True)
        assert not (surplus and found.keeps)


@given(responses(), st.lists(st.tuples(st.integers(0, 400), st.sampled_from(b"\r\n\0 :;019afH\xff")), max_size=4), CUTS)
@settings(max_examples=300)
def test_damaged_bytes_give_one_outcome_however_they_were_cut(
    response: tuple[bytes, bytes, str], damage: list[tuple[int, int]], places: list[int]
) -> None:
    damaged = bytearray(response[0])
    for place, byte in damage:
        damaged[place % len(damaged)] = byte
    wire = bytes(damaged)
    assert outcome_of(cut(wire, places), ends=True) == outcome_of([wire], ends=True)


@given(st.binary(max_size=200), CUTS)
@example(b"HTTP/1.1 200 OK\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nwhatever", [])
@example(b"HTTP/1.1 150 Odd\r\nContent-Length: 50\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", [60])
def test_any_bytes_are_a_response_or_refused(data: bytes, places: list[int]) -> None:
    found = outcome_of(cut(data, places))
    assert found == outcome_of([data])
    assert found.failure in {"", BAD, "bad_response", "response_too_large"}


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"0" * 5_000 + b"2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
    ],
)
@pytest.mark.parametrize("at", [0, 20, 30])
def test_doubtful_framing_is_refused(head: bytes, at: int) -> None:
    assert outcome_of(cut(head, [at])).failure == BAD


@pytest.mark.parametrize(
    "coding", [b"gzip, chunked", b"chunked, gzip", b"gzip", b"chunked\r\nTransfer-Encoding: chunked"]
)
def test_a_coding_that_was_not_asked_for_is_refused(coding: bytes) -> None:
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n"
    assert outcome_of([wire], ends=True).failure in {"bad_response", BAD}


def test_what_follows_an_interim_response_is_no_body_of_it_however_it_was_cut() -> None:
    """llhttp would pass over as many bytes as the head of an interim response announces."""
    head, final = b"HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    for at in (0, len(head), len(head) + 5):
        assert outcome_of(cut(head + b"hello" + final, [at])).failure == BAD
        assert outcome_of(cut(head + final, [at])).body == b"ok"


def test_what_cannot_become_a_head_is_refused_before_it_ends() -> None:
    assert outcome_of([b"HTTP/1.1 nonsense"]).failure == BAD
    assert outcome_of([b"HTT", b"Q"]).failure == BAD


def test_a_reader_serves_responses_of_every_kind_in_turn() -> None:
    reader = ResponseReader()
    kinds = [
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b""),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 204 None\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: t\r\n\r\n", b"a"),
        ("GET", b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ]
    for method, wire, body in kinds * 2:
        reader.begin(BOUNDS, has_body=method != "HEAD")
        reader.feed(wire)
        assert (reader.complete, reader.keeps, reader.take()) == (True, True, body)
        assert "T" not in reader.headers


def test_line_ends_without_end_are_a_large_head() -> None:
    assert outcome_of([b"\r\n" * 1_000] * 40).failure == "response_too_large"


def test_empty_values_and_repeated_names_are_kept() -> None:
    found = outcome_of([b"HTTP/1.1 200 OK\r\nA:\r\nB: 1 \r\na: 2\r\nContent-Length: 0\r\n\r\n"])
    assert found.headers == (("A", ""), ("B", "1"), ("a", "2"), ("Content-Length", "0"))


def test_trailers_are_bounded_like_headers_and_none_is_kept() -> None:
    """Each costs as much as hundreds of bytes, and a whole megabyte of them may come."""
    reader = ResponseReader()
    reader.begin(SendBounds(), has_body=True)
    reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    with pytest.raises(SendError) as refused:
        reader.feed(b"T:\r\n" * 50_000)
    assert refused.value.kind == "response_too_large"
    assert not reader._lines


def test_as_many_trailers_as_headers_are_taken() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert outcome_of([head + b"T: t\r\n" * BOUNDS.max_header_count + b"\r\n"]).keeps
