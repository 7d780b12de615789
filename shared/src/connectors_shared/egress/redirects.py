"""Following a redirect: the next request, or why there is none."""

from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from connectors_shared.definition.origins import DEFAULT_PORTS, Origin

from .origin import parse_origin, split_url
from .refusal import SendError
from .request import HttpRequest, HttpResponse, SendFailureKind

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER: Final = 303
MAX_LOCATION_CHARACTERS: Final = 8000
_KEEPS_METHOD: Final = frozenset({307, 308})
_CROSS_ORIGIN_HEADERS: Final = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
_BODY_HEADERS: Final = frozenset({"content-encoding", "content-language", "content-type"})


def is_redirect(response: HttpResponse) -> bool:
    return response.status in _REDIRECTS and "Location" in response.headers


def redirected_request(request: HttpRequest, response: HttpResponse) -> HttpRequest:
    """The request for the next hop (RFC 9110 section 15.4). Raises SendError (redirect_refused).

    On another origin only harmless headers are kept, and a body is never repeated there. No secret goes to an origin
    that it is not bound to, also not in the address.
    """
    url = _joined(request.url, response.headers["Location"].strip())
    source, target = _origin_of(request.url), _redirect_origin(url)
    if source.scheme == "https" and target.scheme == "http":
        raise redirect_refused("from HTTPS to HTTP")
    following = _with_method(replace(request, url=url), response.status)
    confidential = request.confidential
    bound = confidential is None or str(target) in confidential.origins
    if bound and _same_origin(source, target):
        return following
    if following.body is not None:
        raise redirect_refused("that would repeat the body on another origin")
    if not bound and confidential is not None and confidential.is_in(url):
        raise redirect_refused("that would take a secret to another origin")
    harmless = _CROSS_ORIGIN_HEADERS - (confidential.headers if confidential else frozenset())
    headers = tuple(pair for pair in following.headers if pair[0].lower() in harmless)
    return replace(following, headers=headers, confidential=confidential if bound else None)


def redirect_refused(reason: str) -> SendError:
    return SendError(SendFailureKind.redirect_refused, f"The API asked for a redirect {reason}.")


def _with_method(request: HttpRequest, status: int) -> HttpRequest:
    becomes_get = (status == _SEE_OTHER and request.method != "HEAD") or (
        status not in _KEEPS_METHOD and request.method == "POST"
    )
    if not becomes_get:
        return request
    headers = tuple(pair for pair in request.headers if pair[0].lower() not in _BODY_HEADERS)
    return replace(request, method="GET", body=None, headers=headers)


def _joined(base: str, location: str) -> str:
    if len(location) > MAX_LOCATION_CHARACTERS:
        raise redirect_refused("to an address that is too long")
    try:
        return urljoin(base, location)
    except ValueError:
        raise redirect_refused("to what is no address") from None


def _origin_of(url: str) -> Origin:
    return parse_origin(split_url(url)[0])


def _redirect_origin(url: str) -> Origin:
    try:
        return _origin_of(url)
    except SendError as error:
        raise redirect_refused(f"that is not followed: {error.message.removesuffix('.')}") from None


def _same_origin(source: Origin, target: Origin) -> bool:
    if source == target:
        return True
    # The usual upgrade of a plain URL to TLS on the same host.
    return source.host == target.host and (
        (source.scheme, source.port, target.scheme, target.port)
        == ("http", DEFAULT_PORTS["http"], "https", DEFAULT_PORTS["https"])
    )
