"""Bodies as people see them: by the charset that is said, else one that fits; or by type, size and hash."""

import hashlib

import pytest

from connector_executor.trials.showing_bodies import (
    MOST_CHARACTERS,
    MOST_JSON_CHARACTERS,
    shown_answer,
    shown_body,
)
from connectors_shared.contract.trial import BodyKind


@pytest.mark.parametrize(
    ("body", "content_type", "text", "charset"),
    [
        ('{"a": "ü"}'.encode(), "application/json", '{"a": "ü"}', "utf-8"),
        ("größe".encode("latin-1"), "text/plain; charset=ISO-8859-1", "größe", "iso8859-1"),
        ("größe".encode("latin-1"), 'text/plain; a=b; Charset="latin1"', "größe", "iso8859-1"),
        ("größe".encode("cp1252"), "text/plain", "größe", "windows-1252"),
        ("größe".encode("utf-16"), "text/plain", "größe", "utf-16"),
        ("日本".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本", "shift_jis"),
        (b"plain", "application/octet-stream", "plain", "utf-8"),
        (b"<a/>", "application/atom+xml", "<a/>", "utf-8"),
        (b"\xff{}", "application/json; charset=utf-8", "\ufffd{}", "utf-8"),
    ],
)
def test_text_is_read_by_its_charset(body: bytes, content_type: str, text: str, charset: str) -> None:
    shown = shown_body(body, content_type)
    assert (shown.kind, shown.text, shown.charset, shown.size) == (BodyKind.TEXT, text, charset, len(body))


@pytest.mark.parametrize("name", ["base64", "zlib", "idna", "unicode_escape", "no-such", "rot13", "x" * 10_000, "ü"])
def test_a_charset_that_is_none_is_not_used(name: str) -> None:
    shown = shown_body(b"plain", f"text/plain; charset={name}")
    assert (shown.text, shown.charset) == ("plain", "utf-8")


def test_what_is_no_text_has_type_size_and_hash() -> None:
    body = b"\x89PNG\r\n\x1a\n\x00\x00"
    shown = shown_body(body, "image/png; x=y")
    assert (shown.kind, shown.text, shown.content_type, shown.size) == (BodyKind.BINARY, None, "image/png", len(body))
    assert shown.sha256 == hashlib.sha256(body).hexdigest()


def test_nothing_is_empty() -> None:
    assert shown_body(b"", "application/json").kind is BodyKind.EMPTY


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_long_text_is_cut_and_says_so(letter: str) -> None:
    shown = shown_body((letter * (MOST_CHARACTERS + 1)).encode(), "text/plain")
    assert (shown.text, shown.truncated) == (letter * MOST_CHARACTERS, True)
    whole = shown_body((letter * MOST_CHARACTERS).encode(), "text/plain")
    assert (whole.text, whole.truncated) == (letter * MOST_CHARACTERS, False)


def test_json_of_an_answer_is_whole_up_to_megabytes_and_other_text_is_not() -> None:
    rows = b"[" + b",".join([b'{"id":9007199254740993}'] * 200_000) + b"]"
    shown = shown_answer(rows, "application/hal+json; charset=utf-8")
    assert (shown.text, shown.truncated) == (rows.decode(), False)
    assert len(shown_answer(rows, "text/plain").text or "") == MOST_CHARACTERS
    beyond = shown_answer(b'"' + b"x" * MOST_JSON_CHARACTERS + b'"', "application/json")
    assert (len(beyond.text or ""), beyond.truncated) == (MOST_JSON_CHARACTERS, True)
