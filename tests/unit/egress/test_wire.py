"""What a request looks like on the wire, and what never gets there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.egress import HttpRequest
from connectors_shared.egress.refusal import SendError
from connectors_shared.egress.wire import RequestWriter


def rendered(method: str = "GET", headers: tuple[tuple[str, str], ...] = (), body: bytes | None = None) -> bytes:
    return RequestWriter("tests").render(HttpRequest(method, "http://h/", headers, body), "h", "/p?q=1")


def test_request_has_line_host_and_defaults() -> None:
    assert rendered() == (
        b"GET /p?q=1 HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: tests\r\n\r\n"
    )


def test_given_headers_replace_the_defaults() -> None:
    message = rendered(
        headers=(("accept", "text/csv"), ("ACCEPT-ENCODING", "identity"), ("user-agent", "me"), ("X", "é"))
    )
    assert message.decode() == (
        "GET /p?q=1 HTTP/1.1\r\nHost: h\r\naccept: text/csv\r\nACCEPT-ENCODING: identity\r\n"
        "user-agent: me\r\nX: é\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("method", "body", "end"),
    [
        ("POST", b"ab", b"Content-Length: 2\r\n\r\nab"),
        ("POST", b"", b"Content-Length: 0\r\n\r\n"),
        ("POST", None, b"Content-Length: 0\r\n\r\n"),
        ("GET", b"ab", b"Content-Length: 2\r\n\r\nab"),
        ("DELETE", None, b"User-Agent: tests\r\n\r\n"),
    ],
)
def test_body_is_framed_by_its_length(method: str, body: bytes | None, end: bytes) -> None:
    assert rendered(method, body=body).endswith(end)


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection", "Expect", "TE", "Upgrade"])
def test_framing_headers_of_the_caller_are_ignored(name: str) -> None:
    assert name.encode() not in rendered(headers=((name, "7"),))


def test_host_header_must_agree_with_the_url() -> None:
    assert rendered(headers=(("host", "H"),)).count(b"ost:") == 1
    with pytest.raises(SendError, match="Host header"):
        rendered(headers=(("Host", "internal.example"),))


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "\x7f"])
def test_header_value_cannot_inject_and_is_not_repeated_in_the_message(value: str) -> None:
    with pytest.raises(SendError, match="header X-Key") as caught:
        rendered(headers=(("X-Key", value),))
    assert caught.value.kind == "invalid_url"
    assert value not in caught.value.message


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n", "ü", "a\0"])
def test_header_name_must_be_a_token(name: str) -> None:
    with pytest.raises(SendError, match="header name"):
        rendered(headers=((name, "v"),))


@pytest.mark.parametrize("method", ["", "get", "GE T", "CONNECT", "TRACE", "GET\r\n"])
def test_method_must_be_usable(method: str) -> None:
    with pytest.raises(SendError, match="method"):
        rendered(method)


def test_uncommon_method_is_sent() -> None:
    assert rendered("PROPFIND").startswith(b"PROPFIND /p")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=12)), max_size=4))
def test_no_header_adds_a_line(headers: list[tuple[str, str]]) -> None:
    try:
        message = rendered(headers=tuple(headers))
    except SendError:
        return
    head = message.decode("utf-8", "surrogateescape").removesuffix("\r\n\r\n")
    lines = head.split("\r\n")
    assert "\n" not in head.replace("\r\n", "")
    assert len(lines) <= 2 + 3 + len(headers)
    assert all(":" in line for line in lines[1:])
