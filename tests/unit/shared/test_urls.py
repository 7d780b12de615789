"""A URL without placeholders is read by a shorter way, to the same end."""

from hypothesis import example, given
from hypothesis import strategies as st

from connectors_shared.definition.origins import UrlError
from connectors_shared.definition.urls import authority_of, told_url, wrong_url

WITH_ONE = "?q={{input.q}}"
TEXT = st.text(st.sampled_from("aZ0.-_:/\\@[]{} %\x00é"), max_size=20)
SCHEME = st.sampled_from(["https://", "HTTP://", "http:/", "ftp://", "", "/https://"])
URL = st.builds(lambda *parts: "".join(parts), SCHEME, TEXT).filter(lambda url: "{{" not in url)


def told(url: str) -> tuple[str, str] | str:
    try:
        return told_url(url)
    except (UrlError, KeyError) as error:
        return repr(error)


@given(URL)
@example("https://api.example.com")
@example("http://127.0.0.1:1/people/0")
@example("https://[::1]:8443/a/b")
@example("HTTPS://Api.Example.com/a")
@example("https://user:word@host/a")
@example("https://host:port/a")
@example("https:///a")
def test_a_placeholder_behind_it_changes_nothing(url: str) -> None:
    assert authority_of(url) == authority_of(url + WITH_ONE)
    assert wrong_url(url) == wrong_url(url + WITH_ONE)
    assert told(url) == told(url + WITH_ONE)
