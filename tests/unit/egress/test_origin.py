"""URLs are read in one way only; odd spellings of addresses are refused, not decoded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.definition import origins
from connectors_shared.definition.origins import UrlError, canonical_host
from connectors_shared.egress.origin import parse_origin, split_url
from connectors_shared.egress.refusal import SendError
from connectors_shared.egress.request import SendFailureKind

ODD_ADDRESSES = [
    *("http://2130706433", "http://017700000001", "http://0x7f000001", "http://0x7f.1", "http://127.1"),
    *("http://127.0.1", "http://0177.0.0.1", "http://127.0.0.01", "http://127.0.0.0x1", "http://0"),
    *(
        "http://127.0.0.1.",
        "http://1.1.1.1.",
        "http://0x7f.0x0.0x0.0x1",
        "http://256.1.1.1",
        "http://1.2.3.4.5",
    ),
    *(
        "http://①②⑦.⓪.⓪.①",
        "http://１２７.0.0.1",
        "http://127。0。0。1",
        "http://127.0.0.1。",
        "http://foo.0x1",
    ),
    *("http://[fe80::1%25eth0]", "http://[fe80::1%eth0]", "http://[::1%25lo]", "http://0x"),
]

INVALID = [
    *("", "/path", "example.com", "ftp://example.com", "file:///etc/passwd", "http:example.com", "http://"),
    *("http://:80", "http:///path", "http://user@example.com", "http://user:pw@example.com"),
    *("http://example.com@127.0.0.1", "http://127.0.0.1#@example.com".replace("#", "%23")),
    *("http://exa mple.com", "http://example.com:0", "http://example.com:65536", "http://example.com:99999"),
    *("http://example.com:8x", "http://example.com:80:80", "http://example.com..", "http://.example.com"),
    *("http://a..b", "http://-a.com", "http://exam%70le.com", "http://example.com\\@evil.example"),
    *("http://example.com\t", "http://example.com\r\nX: y", "http://[::1", "http://::1", "http://[::1]a"),
    *(
        "http://[127.0.0.1]",
        "http://[zz::1]",
        "http://[]",
        f"http://{'a' * 64}.com",
        f"http://{'a.' * 127}com",
    ),
    *(
        " http://example.com",
        "http://example.com\x00.evil.example",
        "http://ex\u00ad\u00ad",
        "http://\u2603\ud800",
    ),
]


def refusal_of(url: str) -> str:
    with pytest.raises(SendError) as caught:
        parse_origin(split_url(url)[0])
    return caught.value.kind


@pytest.mark.parametrize("url", ODD_ADDRESSES)
@pytest.mark.parametrize("rest", ["", "/latest/meta-data", ":80/", "?a=b"])
def test_address_in_an_odd_spelling_is_refused(url: str, rest: str) -> None:
    assert refusal_of(url + rest) == "address_refused"


@pytest.mark.parametrize("url", INVALID)
def test_doubtful_url_is_refused(url: str) -> None:
    assert refusal_of(url) == "invalid_url"


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "is_literal"),
    [
        ("http://example.com", "http", "example.com", 80, False),
        ("HTTPS://EXAMPLE.com/", "https", "example.com", 443, False),
        ("https://example.com.:8443/x", "https", "example.com", 8443, False),
        ("https://example.com:/x", "https", "example.com", 443, False),
        ("http://my_service-1.example", "http", "my_service-1.example", 80, False),
        ("http://münchen.example", "http", "xn--mnchen-3ya.example", 80, False),
        ("http://ⓛocalhost", "http", "localhost", 80, False),
        ("http://1.1.1.1:8080/", "http", "1.1.1.1", 8080, True),
        ("http://[2606:4700::1111]:8080/", "http", "2606:4700::1111", 8080, True),
        ("http://[::FFFF:7F00:1]/", "http", "::ffff:7f00:1", 80, True),
        ("http://0x7f.example", "http", "0x7f.example", 80, False),
        ("http://1.2.3.4.example", "http", "1.2.3.4.example", 80, False),
    ],
)
def test_origin_is_canonical(url: str, scheme: str, host: str, port: int, is_literal: bool) -> None:
    origin = parse_origin(split_url(url)[0])
    assert (origin.scheme, origin.host, origin.port, origin.is_literal) == (scheme, host, port, is_literal)


@pytest.mark.parametrize(
    ("url", "host_header"),
    [
        ("http://example.com:80", "example.com"),
        ("https://example.com:443", "example.com"),
        ("https://example.com:80", "example.com:80"),
        ("http://[2606::1]:8080", "[2606::1]:8080"),
        ("https://[2606::1]", "[2606::1]"),
    ],
)
def test_host_header_names_the_port_only_when_it_is_unusual(url: str, host_header: str) -> None:
    assert parse_origin(split_url(url)[0]).host_header == host_header


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h", "/"),
        ("http://h#top", "/"),
        ("http://h?a=b", "/?a=b"),
        ("http://h/a?b=%2Fc#d", "/a?b=%2Fc"),
        ("http://h/a b?x=ü", "/a%20b?x=%C3%BC"),
        ("http://h/a/../b", "/b"),
        ("http://h/{id}?q=100%", "/%7Bid%7D?q=100%25"),
        ("http://h/%7Eme?t=a+b&e=a%40b", "/%7Eme?t=a+b&e=a%40b"),
    ],
)
def test_target_is_ready_for_the_wire(url: str, target: str) -> None:
    assert split_url(url)[1] == target


@pytest.mark.parametrize("target", ["/a\r\nX: y", "/a\nb", "/\x00", "/?a=\x7f", "/\t"])
def test_control_character_in_the_target_is_refused(target: str) -> None:
    with pytest.raises(SendError, match="control character"):
        split_url("http://h" + target)


@given(st.text(max_size=40))
def test_any_text_after_the_host_gives_a_clean_target_or_is_refused(text: str) -> None:
    try:
        origin, target = split_url(f"http://h/{text}")
    except SendError:
        return
    assert origin == "http://h"
    assert target.startswith("/")
    assert target.isascii()
    assert all("!" <= character <= "~" for character in target)


@pytest.mark.parametrize("host", ["a." * 126 + "abc", "ä." * 30_000, "ä" * 60_000, "[" + "1" * 60_000 + "]"])
def test_a_host_longer_than_any_name_is_refused_before_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(origins, "URL", lambda _text: pytest.fail("it is translated, which takes seconds"))
    with pytest.raises(SendError, match="longer") as caught:
        parse_origin(f"https://{host}")
    assert caught.value.kind is SendFailureKind.invalid_url


def test_the_longest_name_is_taken() -> None:
    longest = "a." * 126 + "a"
    assert parse_origin(f"https://{longest}.").host == longest


@given(st.text(min_size=1, max_size=30))
def test_any_host_is_clean_or_refused(text: str) -> None:
    try:
        origin = parse_origin(split_url(f"http://{text}")[0])
    except SendError:
        return
    assert set(origin.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.:")
    assert origin.is_literal or not origin.host.rpartition(".")[2].isdigit()


PIECES = ["a", "B", "4", "-", ".", "_", "é", "ß", "😀", "。", "１", "／", "＠", "\u00ad", "\u200d", "\ud800"]
MARKS = [*"@:/?#[]()%\\ \n\x00&=", "[::1]", "xn--", "%C3"]


@given(st.lists(st.sampled_from(PIECES + MARKS), max_size=12).map("".join) | st.text(max_size=20))
def test_whatever_is_said_to_be_a_host_is_wholly_a_name_or_refused(text: str) -> None:
    try:
        name, is_literal = canonical_host(text)
    except UrlError:
        return
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.:")
    assert is_literal or not set(text) & set("@:/?#[]()%\\ \n\x00&=")
    assert canonical_host(f"[{name}]" if ":" in name else name) == (name, is_literal)
