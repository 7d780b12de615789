"""Entity tags (RFC 9110, 8.8.3 and 13.1.1): strong ones, made of a revision."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from fastapi import Header

from connectors_shared.http.problems import MalformedHeaderError, ProblemError

ENTITY_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[^"]*)"')
IfMatch = Annotated[str | None, Header(description="The ETag you know; 412 when it is no longer current.")]


def etag(revision: int) -> str:
    return f'"{revision}"'


class RevisionChangedError(ProblemError):
    """The caller knows another revision than the stored one. Each entity has a kind of its own."""

    status = 412
    title = "Somebody changed it in between"
    sends: ClassVar[Mapping[str, str]] = {"ETag": "Of the revision that is there now."}

    def __init__(self, current: int) -> None:
        detail = f"It is at revision {current} now. Read it again, then send your change with its ETag."
        super().__init__(detail, headers={"ETag": etag(current)})


def expected_revisions(if_match: str | None) -> frozenset[int] | None:
    """The revisions that If-Match allows; None when any does. A weak or foreign tag matches nothing."""
    if if_match is None or if_match.strip() == "*":
        return None
    parts = [part.strip() for part in if_match.split(",")]
    found = [ENTITY_TAG.fullmatch(part) for part in parts]
    if not all(found):
        raise MalformedHeaderError('Send the ETag of the answer as it was given, with its quotes: If-Match: "3".')
    opaque = [match["opaque"] for match in found if match and not match["weak"]]
    return frozenset(int(text) for text in opaque if re.fullmatch(r"[0-9]{1,19}", text))
