"""What a connector's URL may be: fixed up to its path, with inputs behind that only."""

import re
from typing import Final

from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.origins import UrlError, parse_origin, split_url
from connectors_shared.definition.templates import Template, without_placeholders

_UNSENDABLE: Final = re.compile(r"[\x00-\x20\x7f\\]")
_DOT_SEGMENT: Final = re.compile(r"[^?#]*?/(?:\.|%2[eE]){1,2}(?:[/?#]|\Z)")
_PATH: Final = re.compile(r"https?://[^/?#]*([^?#]*)", re.IGNORECASE)
_BEGIN: Final = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)


def compile_url(url: str, pointer: str, found: Compilation) -> Template:
    detail = wrong_url(url)
    if detail:
        found.refuse(pointer, detail)
    template = found.template(pointer, url)
    if template.references and has_dot_segment(url):
        found.refuse(pointer, "write the path without . and .. where an input stands in it")
    return template


def has_dot_segment(url: str) -> bool:
    """Dots need no escaping, yet a segment `..` would lead out of the path that the author wrote."""
    return _DOT_SEGMENT.match(url) is not None


def wrong_url(url: str) -> str | None:
    """What is wrong with it apart from its placeholders, or None."""
    plain = without_placeholders(url)
    if _UNSENDABLE.search(plain):
        return "must not hold spaces, line breaks, control characters or backslashes"
    begin = _BEGIN.match(url)
    if begin is None:
        return "must begin with https:// or http://"
    if "{" in begin[1] or "}" in begin[1]:
        return "the host must be fixed: an input may stand in the path and the query only"
    if "@" in begin[1]:
        return "must not hold a user name or password: use config.auth, where they are encrypted"
    try:
        parse_origin(split_url(plain)[0])
    except UrlError as error:
        return error.message
    return None


def origin_of(url: str) -> str | None:
    """`scheme://host`, in the one spelling that origins are compared in; None for what is no URL."""
    try:
        return str(parse_origin(split_url(without_placeholders(url))[0]))
    except UrlError:
        return None


def host_of(url: str) -> str:
    """Host and port of a URL that compiled, as written, in lower case."""
    begin = _BEGIN.match(url)
    return begin[1].lower() if begin else ""


def told_url(url: str) -> tuple[str, str]:
    """Origin and path of a URL that compiled, placeholders in their places; its query is nobody else's business."""
    path = _PATH.match(url)
    return str(parse_origin(split_url(without_placeholders(url))[0])), (path[1] if path else "") or "/"
