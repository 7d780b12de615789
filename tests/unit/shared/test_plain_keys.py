"""What looks like a key, and that to find out takes time in proportion to the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.definition.plain_keys import looks_secret
from connectors_shared.definition.secret_names import CONTAINED, ENDINGS, WHOLE
from connectors_shared.runtime.sensitive import is_sensitive


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("X-API-Key", "demo"),
        ("x_auth_token", "abc"),
        ("Shop-Access-Token", "abc"),
        ("Authorization", "Bearer abc"),
        ("access_key_id", "abc"),
        ("credentials", "abc"),
        ("client.secret", "abc"),
        ("sessionId", "abc"),
        ("card-number", "abc"),
        ("bearer", "abc"),
        ("X-Any", "Bearer 0123456789"),
        ("x", "AKIA" + "IOSFODNN7EXAMPLE"),
        ("x", "ghp_" + "0123456789abcdefghij"),
        ("x", "-----BEGIN RSA PRIVATE KEY-----"),
        ("x", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2ln"),
        ("x", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("X-API-Key", '{{input.key ?? "abc"}}'),
        ("x", '{{input.key ?? "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}'),
        ("x", "{{input.a}}lT1r4xawA6hnPgDZmi0wqgft84cc1ba60e{{input.b}}"),
    ],
)
def test_keys_are_known_by_their_name_their_format_or_their_density(name: str, text: str) -> None:
    assert looks_secret(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("X-API-Key", ""),
        ("X-API-Key", "{{input.key}}"),
        ("X-API-Key", '{{input.key ?? ""}}'),
        ("X-API-Key", "{{input.key ?? null | trim}}"),
        ("Authorization", "Bearer {{input.token}}"),
        ("pageToken", "next"),
        ("password_hint", "dog"),
        ("token_type", "bearer"),
        ("credentialId", "7"),
        ("secretary", "Ann"),
        ("x", "getUserByPhoneNumber2024AndAddress"),
        ("x", "123e4567-e89b-12d3-a456-426614174000"),
        ("x", "2026-01-31T12:00:00.000000Z"),
        ("x", "11111111112222222222333333333344444444445555555555"),
        ("x", "Basic authentication is not used here"),
        ("Content-Type", "multipart/form-data; boundary=something"),
    ],
)
def test_words_ids_dates_and_inputs_are_no_keys(name: str, text: str) -> None:
    assert not looks_secret(name, text)


@given(st.sampled_from([*CONTAINED, *ENDINGS, *WHOLE]), st.sampled_from(["", "x-", "my_", "s"]))
def test_what_is_refused_by_its_name_is_masked_by_it_too(word: str, more: str) -> None:
    for name in (more + word, word + more, f"{more}{word}s"):
        assert is_sensitive(name) or not looks_secret(name, "abc")
    assert looks_secret(word, "abc")


@given(st.text(), st.text())
def test_any_text_has_an_answer(name: str, text: str) -> None:
    assert looks_secret(name, text) in (True, False)


@pytest.mark.parametrize("piece", ["a1", "sk_live_", "eyJ", "{{", "Bearer ", "-----BEGIN ", "A" * 19 + " ", "\u00e9"])
def test_a_long_text_is_read_once(piece: str) -> None:
    looks_secret("x", piece * (2_000_000 // len(piece)))
