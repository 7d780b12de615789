"""A redirect keeps what RFC 9110 says, and takes nothing secret to another origin."""

import pytest

from connectors_shared.egress import Confidential, HttpRequest, HttpResponse
from connectors_shared.egress.redirects import is_redirect, redirected_request
from connectors_shared.egress.refusal import SendError

SECRETS = (("Authorization", "Bearer s"), ("Cookie", "c=s"), ("X-Api-Key", "s"), ("X-Anything", "s"))
HARMLESS = (("Accept", "application/json"), ("User-Agent", "t"))


def a_request(method: str = "GET", url: str = "https://a.example/x?y=1", body: bytes | None = None) -> HttpRequest:
    return HttpRequest(method, url, (*SECRETS, *HARMLESS, ("Content-Type", "text/plain")), body, True)


def an_answer(status: int, location: str) -> HttpResponse:
    return HttpResponse(status, {"Location": location}, b"", 0, "https://a.example/x", 0.0)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/z", "https://a.example/z"),
        ("z?w=2", "https://a.example/z?w=2"),
        ("https://a.example:443/z", "https://a.example:443/z"),
        ("//a.example/z", "https://a.example/z"),
    ],
)
def test_same_origin_keeps_headers(location: str, url: str) -> None:
    following = redirected_request(a_request(), an_answer(302, location))
    assert following.url == url
    assert set(SECRETS) <= set(following.headers)


@pytest.mark.parametrize(
    "location", ["https://b.example/", "https://a.example:8443/", "https://sub.a.example/", "//evil.example/"]
)
def test_other_origin_gets_only_harmless_headers(location: str) -> None:
    following = redirected_request(a_request(), an_answer(302, location))
    assert {name for name, _ in following.headers} == {"Accept", "User-Agent", "Content-Type"}


def test_upgrade_to_tls_on_the_same_host_keeps_headers() -> None:
    following = redirected_request(a_request(url="http://a.example/"), an_answer(301, "https://a.example/"))
    assert set(SECRETS) <= set(following.headers)


@pytest.mark.parametrize(
    ("method", "status", "becomes"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("PUT", 302, "PUT"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("GET", 301, "GET"),
    ],
)
def test_method_follows_the_status(method: str, status: int, becomes: str) -> None:
    body = b"b" if method in {"POST", "PUT"} else None
    following = redirected_request(a_request(method, body=body), an_answer(status, "/z"))
    assert following.method == becomes
    assert following.body == (body if becomes == method else None)
    assert ("Content-Type" in dict(following.headers)) is (becomes == method)


@pytest.mark.parametrize(
    ("method", "body", "status", "location"),
    [
        ("GET", None, 302, "http://a.example/"),
        ("POST", b"b", 307, "https://b.example/"),
        ("GET", None, 302, "ftp://a.example/"),
        ("GET", None, 302, "https://user:pw@a.example/"),
        ("GET", None, 302, "https://0x7f.1/"),
        ("GET", None, 302, "javascript:alert(1)"),
    ],
)
def test_unsafe_redirect_is_refused(method: str, body: bytes | None, status: int, location: str) -> None:
    with pytest.raises(SendError) as caught:
        redirected_request(a_request(method, body=body), an_answer(status, location))
    assert caught.value.kind == "redirect_refused"
    assert "pw" not in caught.value.message


def test_only_a_redirect_with_a_location_is_one() -> None:
    assert is_redirect(an_answer(302, "/"))
    assert not is_redirect(an_answer(304, "/"))
    assert not is_redirect(HttpResponse(302, {}, b"", 0, "", 0.0))


@pytest.mark.parametrize("location", ["http://[", "//[::1", "http://a]b/", "http://" + "a" * 60_000, "/" * 60_000])
def test_a_redirect_to_what_is_no_address_is_refused(location: str) -> None:
    with pytest.raises(SendError):
        redirected_request(a_request(), an_answer(302, location))


HERE = "https://a.example"
SECRET = "a secret/of-the-credential"


def a_bound_request(*origins: str, headers: tuple[str, ...] = ("X-Api-Key",)) -> HttpRequest:
    request = a_request()
    request.confidential = Confidential(origins, headers, [SECRET])
    return request


def test_a_secret_stays_with_the_request_on_its_own_origin() -> None:
    following = redirected_request(a_bound_request(HERE), an_answer(302, "/z"))
    assert following.confidential is not None
    assert set(SECRETS) <= set(following.headers)


def test_an_upgrade_to_tls_takes_a_secret_along_only_if_it_may_go_there() -> None:
    for origins, kept in ((("http://a.example",), False), (("http://a.example", HERE), True)):
        request = a_bound_request(*origins)
        request.url = "http://a.example/"
        following = redirected_request(request, an_answer(301, "https://a.example/"))
        assert (set(SECRETS) <= set(following.headers)) is kept
        assert (following.confidential is not None) is kept


def test_a_harmless_header_that_carries_a_secret_is_left_behind() -> None:
    request = a_bound_request(HERE, headers=("User-Agent",))
    following = redirected_request(request, an_answer(302, "https://b.example/"))
    assert {name for name, _ in following.headers} == {"Accept", "Content-Type"}
    assert following.confidential is None


@pytest.mark.parametrize("written", [SECRET, "a%20secret%2Fof-the-credential", "a+secret%2Fof-the-credential"])
def test_a_redirect_that_would_take_a_secret_elsewhere_in_its_address_is_refused(written: str) -> None:
    with pytest.raises(SendError, match="would take a secret to another origin") as refused:
        redirected_request(a_bound_request(HERE), an_answer(302, f"https://b.example/?key={written}"))
    assert SECRET not in str(refused.value)
    assert redirected_request(a_bound_request(HERE), an_answer(302, f"/?key={written}"))


def test_a_request_shows_nothing_of_what_it_carries() -> None:
    request = a_bound_request(HERE)
    request.url += "&key=" + SECRET
    assert SECRET not in repr(request)
    assert "Bearer" not in repr(request)
