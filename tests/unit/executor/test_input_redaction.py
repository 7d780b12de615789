"""What a result tells of the inputs: no secret, at most 16 KiB, and the very bytes wherever that is possible."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_executor.input_redaction import MOST_VALUES, redacted_inputs
from connectors_shared.contract.execution import MOST_SHOWN_BYTES
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.egress import Needles
from connectors_shared.runtime.text_redaction import without_keys

SECRET = 'k"ey-ä-123'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def told(inputs: Any, *secrets: str, ascii_only: bool = True) -> Any:
    shown, _ = redacted_inputs(json.dumps(inputs, ensure_ascii=ascii_only).encode(), Needles(secrets))
    return json.loads(shown)


def test_harmless_inputs_are_the_bytes_that_came() -> None:
    inputs = b'{"phone" : "+49 30 1",  "score": 1.50, "many": [1e15]}'
    assert redacted_inputs(inputs, Needles(["another"])) == (inputs, False)


@pytest.mark.parametrize("name", ["password", "API_KEY", "accessToken", "client-secret", "Authorization", "setCookie"])
def test_what_a_name_calls_secret_is_masked(name: str) -> None:
    assert told({name: "abc", "deep": [{name: {"a": 1}}], "kept": "abc"}) == {
        name: "••••",
        "deep": [{name: "••••"}],
        "kept": "abc",
    }


@pytest.mark.parametrize(
    "name", ["x-api-key", "passwd", "private_key", "bearer", "jwt", "client_key", "sessionId", "ssn"]
)
def test_more_names_are_masked_whatever_their_marks(name: str) -> None:
    assert told({"a": [{name: "abc"}], "tokensUsed": 12, "shipping": "express"}) == {
        "a": [{name: "••••"}],
        "tokensUsed": 12,
        "shipping": "express",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"password": "hunter2", "a": 1}', '{"password":"••••","a":1}'),
        ('[{"deep": "{\\"pwd\\": \\"x\\"}"}]', '[{"deep":"{\\"pwd\\":\\"••••\\"}"}]'),
        ('body={"password": "hunter2", "a": 1', 'body={"password": "••••", "a": 1'),
        ("grant_type=password&client_secret=abc%20d&a=1", "grant_type=password&client_secret=••••&a=1"),
        ("user[password]=abc&user[name]=d", "user[password]=••••&user[name]=d"),
        ("https://user:pass@api.example/a?x=1&token=abc#d", "https://••••@api.example/a?x=1&token=••••"),
        ("see https://api.example:8443/?api-key=abc now", "see https://api.example:8443/?api-key=•••• now"),
        ("Bearer abcdefgh", "Bearer ••••"),
        ("curl -H 'X: Basic bWU6cHc=' -d 1", "curl -H 'X: Basic ••••' -d 1"),
        ("with sk_live_51Habcdefghijklmnop in it", "with •••• in it"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END", "••••"),
    ],
)
def test_a_secret_within_a_text_is_masked_by_its_form_or_its_name(text: str, shown: str) -> None:
    assert told({"text": text, text: 1}, ascii_only=False)["text"] == shown
    assert told({"text": [text]}, ascii_only=True)["text"] == [shown]


@pytest.mark.parametrize(
    "text",
    [
        '{"a" : 1, "tokensUsed": 2}',
        "Basic education and token generation: 10:30, see https://api.example/a?page=2&size=3",
        "Basic education",
        "me@example.com: the secretary",
        "{{ a template }}",
        "{",
    ],
)
def test_other_texts_are_told_as_they_are(text: str) -> None:
    assert told({"text": text, "password": 1})["text"] == text


@pytest.mark.parametrize(
    "row",
    [{"name": "password", "value": "x"}, {"Key": "X-Api-Key", "Value": "x"}, {"header": "Cookie", "content": "x"}],
)
def test_the_value_beside_a_secret_name_is_masked(row: dict[str, str]) -> None:
    name, value = row
    assert told({"fields": [row, {"name": "a", "value": "b"}]}) == {
        "fields": [{name: row[name], value: "••••"}, {"name": "a", "value": "b"}]
    }
    assert told({"pairs": [["password", "x"], ["a", "b"]]}) == {"pairs": [["password", "••••"], ["a", "b"]]}


@pytest.mark.parametrize(
    "piece", ["a=", "token=", "token: ", "://", "://a@", "Bearer ", "eyJ", "[", '{"a":"', "a.", "-----BEGIN "]
)
def test_long_texts_are_looked_through_once(piece: str) -> None:
    shown, cut = redacted_inputs(json.dumps({"token": 1, "text": piece * (600_000 // len(piece))}).encode())
    assert cut
    assert len(shown) < MOST_SHOWN_BYTES


def test_a_name_cannot_hide_behind_an_escape() -> None:
    shown, cut = redacted_inputs(b'{"pass\\u0077ord": "abc"}')
    assert (json.loads(shown), cut) == ({"password": "••••"}, False)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_secret_is_masked_wherever_it_stands(ascii_only: bool) -> None:
    inputs = {"a": f"Bearer {SECRET}", SECRET: [SECRET], "b": "harmless"}
    assert told(inputs, SECRET, ascii_only=ascii_only) == {"a": "Bearer ••••", "••••": ["••••"], "b": "harmless"}


@given(inputs=st.dictionaries(st.text(), JSON, max_size=5), secret=st.text(min_size=4))
def test_no_secret_is_left_however_it_is_written(inputs: dict[str, Any], secret: str) -> None:
    for ascii_only in (True, False):
        shown = told(inputs | {"x": [secret]}, secret, ascii_only=ascii_only)
        assert secret not in json.dumps(shown["x"], ensure_ascii=False)


def test_a_long_text_is_shortened_and_that_is_said() -> None:
    shown, cut = redacted_inputs(json.dumps({"a": "x" * 40_000, "b": "kept"}).encode())
    assert json.loads(shown) == {"a": "x" * 1_000 + "…", "b": "kept"}
    assert cut


@given(inputs=st.dictionaries(st.text(), JSON, max_size=5), filler=st.sampled_from(["x", "\x01", "ä", "𝄞", '"']))
def test_it_never_takes_more_than_its_room(inputs: dict[str, Any], filler: str) -> None:
    large = {"many": [filler * 900] * 60, "one": filler * 20_000} | inputs
    shown, cut = redacted_inputs(json.dumps(large).encode())
    assert len(shown) <= MOST_SHOWN_BYTES
    assert cut
    json.loads(shown)


@pytest.mark.parametrize(
    "large",
    [
        [0] * 100_000,
        {str(number): None for number in range(20_000)},
        {"x" * 20_000: 1, "b": 2},
        json.loads("[" * 150 + '"' + "x" * 20_000 + '"' + "]" * 150),
    ],
)
def test_what_is_large_in_other_ways_is_cut_as_well(large: Any) -> None:
    shown, cut = redacted_inputs(json.dumps({"large": large}).encode())
    assert len(shown) <= MOST_SHOWN_BYTES
    assert shown.count(b",") <= MOST_VALUES
    assert cut


def test_what_cannot_be_read_is_not_told() -> None:
    assert redacted_inputs(b'{"token": 1e999999', ["x"]) == (b"{}", True)


@pytest.mark.parametrize("scheme", ["Bearer", "bAsIc", "TOKEN", "ba\u017fic", "to\u212aen"])
def test_a_scheme_is_known_however_its_letters_are_written(scheme: str) -> None:
    """Some letters beyond ASCII are an s or a k to a pattern that ignores case."""
    assert without_keys(f"it says {scheme} abc123def456") == f"it says {scheme} {MASK}"


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc", "Bearer", "BEARER", "token", "TOKEN"])
def test_a_scheme_in_any_case_is_looked_for_in_the_bytes_that_came(scheme: str) -> None:
    assert told({"note": f"it says {scheme} abc123def456"}, ascii_only=False) == {"note": f"it says {scheme} {MASK}"}


@given(st.lists(st.sampled_from(["a", "1", " ", "=", "\ud800", "sk-", "Bearer ", "AKIA"])).map("".join))
def test_a_text_that_no_encoding_has_is_looked_through_as_well(filler: str) -> None:
    assert "AKIAABCDEFGHIJKLMNOP" not in without_keys(f"{filler} AKIAABCDEFGHIJKLMNOP {filler}")
