"""An API that repeats a secret in the escapes of its language tells nobody of it."""

import html
import json
import re
from collections.abc import Callable
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors_shared.egress import Confidential
from connectors_shared.egress.escapes import unescaped

KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MASK = "••••"
Writer = Callable[[object], str]


def confidential(secret: str = KEY) -> Confidential:
    return Confidential(["https://api.example"], ["authorization"], [secret])


def php(value: object) -> str:
    return json.dumps(value).replace("/", "\\/")


def dotnet(value: object) -> str:
    return json.dumps(value).replace("+", "\\u002B").replace("'", "\\u0027")


def lower_case(value: object) -> str:
    return json.dumps(value).replace("/", "\\u002f").replace("+", "\\u002b")


def lower_quote(text: str) -> str:
    return re.sub("%..", lambda octet: octet[0].lower(), quote(text, safe=""))


@pytest.mark.parametrize("write", [json.dumps, php, dotnet, lower_case])
def test_it_is_masked_however_a_language_writes_it(write: Writer) -> None:
    body = write({"echo": f"Bearer {KEY}", KEY: 1, "other": 'a/b+c "d"\n\\/\\u002B'}).encode()
    told = json.loads(confidential().redacted(body))
    assert told == {"echo": f"Bearer {MASK}", MASK: 1, "other": 'a/b+c "d"\n\\/\\u002B'}


@pytest.mark.parametrize("outer", [json.dumps, php, dotnet, lower_case])
@pytest.mark.parametrize("inner", [json.dumps, php, dotnet, lower_case])
def test_it_is_masked_in_json_that_is_a_text_in_json(outer: Writer, inner: Writer) -> None:
    body = outer({"request": inner({"key": KEY, "a": 1})}).encode()
    told = json.loads(confidential().redacted(body))
    assert json.loads(told["request"]) == {"key": MASK, "a": 1}


@given(secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=8), lottery=st.randoms())
@example(secret="pass\\word\\", lottery=Random(1))
@example(secret='"quoted"\n/\\u002B', lottery=Random(2))
def test_it_is_masked_with_any_of_its_characters_escaped(secret: str, lottery: Random) -> None:
    written = ""
    for character in secret:
        units = character.encode("utf-16-be").hex(" ", 2).split()
        codes = "".join(f"\\u{lottery.choice([unit, unit.upper()])}" for unit in units)
        written += lottery.choice([json.dumps(character)[1:-1], json.dumps(character, ensure_ascii=False)[1:-1], codes])
    body = f'{{"echo": "a{written}b", "kept": [1, "\\n"]}}'.encode()
    assert json.loads(body)["echo"] == f"a{secret}b"
    told = json.loads(confidential(secret).redacted(body))
    assert secret not in told["echo"]
    assert told["kept"] == [1, "\n"]


@pytest.mark.parametrize("write", [quote, html.escape, lower_quote])
def test_it_is_masked_in_pages_and_addresses(write: Callable[[str], str]) -> None:
    secret = "a<b>/c&d'e+f"
    assert confidential(secret).redacted(f"<p>{write(secret)}</p>".encode()) == f"<p>{MASK}</p>".encode()


@pytest.mark.parametrize(
    "body", [b'{"a": "b"}', b'{"a": "\\/\\u00e4\\u0041\\ud83d\\ude00\\ud800"}', b"\xff\xfe\\u", b""]
)
def test_a_body_without_it_is_the_bytes_that_came(body: bytes) -> None:
    assert confidential().redacted(body) is body


@given(st.text())
def test_what_is_no_secret_means_the_same(text: str) -> None:
    body = php({"echo": KEY, "text": text}).encode()
    assert json.loads(confidential().redacted(body)) == {"echo": MASK, "text": text.replace(KEY, MASK)}


async def test_a_large_one_is_read_beside_the_event_loop() -> None:
    body = php({"echo": KEY, "many": ["/"] * 50_000}).encode()
    assert json.loads(await confidential().redacted_aside(body)) == {"echo": MASK, "many": ["/"] * 50_000}


def test_both_secrets_of_one_request_are_masked() -> None:
    joint = confidential() + confidential("another/secret")
    assert json.loads(joint.redacted(php([KEY, "another/secret"]).encode())) == [MASK, MASK]


@given(
    st.lists(
        st.sampled_from(
            ["\\\\", "\\/", "\\u002f", "\\u005C", "\\u0041", '\\"', "\\n", "\\ud83d\\ude00", "/", "a", "u0041"]
        )
    )
)
def test_what_stands_behind_a_written_backslash_is_no_escape(parts: list[str]) -> None:
    body = f'"{"".join(parts)}"'
    assert json.loads(unescaped(body.encode())) == json.loads(body)
