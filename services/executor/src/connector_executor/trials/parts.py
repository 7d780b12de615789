"""Each part of a request with where it comes from. What is shown is what was rendered; this only names its origin."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

from connector_executor.connectors.plan import Plan, quote_path
from connector_executor.stages.authorize import Authorized
from connector_executor.trials.masking import Masker, scheme_of
from connectors_shared.contract.trial import HeaderLine, Part, Place, Source
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.definition.templates import ABSENT, INPUT, Reference, Scope, template_of, text_of
from connectors_shared.definition.templates.roots import CONTEXT, WORKSPACE

MOST_PARTS: Final = 500
MOST_CHARACTERS: Final = 1_000
Segments = tuple[str | Reference, ...]
OTHER_SOURCES: Final = {CONTEXT: Source.CONTEXT, WORKSPACE: Source.WORKSPACE}


@dataclass(frozen=True, slots=True)
class Parts:
    """`given` are the inputs as they came, `scope` has them as they were used."""

    plan: Plan
    given: Mapping[str, Any]
    scope: Scope
    authorized: Authorized
    masker: Masker

    def all(self, headers: Iterable[HeaderLine], body: bytes | None) -> list[Part]:
        """`headers` as they were sent, masked."""
        found = [*self._address(), *self._query(), *self._headers(headers)]
        return [*found[:MOST_PARTS], *islice(self._body(body), MOST_PARTS)]

    def _address(self) -> Iterator[Part]:
        address = self.plan.request.url
        path, query = _cut(address.rest.segments, "?")
        if address.host is not None:
            origin = address.host.origin(self.scope) or ""
            yield self._part(Place.HOST, "", origin, address.host.template.segments)
        host_and_path = path if address.host is not None else _without_origin(path)
        yield self._part(Place.PATH, "", self._rendered(host_and_path) or "/", host_and_path)
        for pair in _split(query, "&"):
            name, _, value = self._rendered(pair).partition("=")
            if name:
                yield self._part(Place.QUERY, unquote(name), unquote(value), pair)

    def _query(self) -> Iterator[Part]:
        for field in self.plan.request.query:
            for name, texts in field.pairs(self.scope):
                yield self._part(Place.QUERY, name, ",".join(texts), field.template.segments)
        for name, _ in self.authorized.query:
            yield Part(place=Place.QUERY, name=name, value=MASK, sources=[Source.CREDENTIAL])

    def _headers(self, headers: Iterable[HeaderLine]) -> Iterator[Part]:
        written = {name.lower(): template.segments for name, template in self.plan.request.headers}
        secret = {name.lower() for name, _ in self.authorized.headers}
        key = (self.plan.config.idempotency_header or "").lower()
        for line in headers:
            name = line.name.lower()
            if name in secret:
                sources = [*([Source.STATIC] if scheme_of(line.value) else []), Source.CREDENTIAL]
                yield Part(place=Place.HEADER, name=line.name, value=line.value, sources=sources)
            elif name in written:
                yield self._part(Place.HEADER, line.name, line.value, written[name])
            else:
                source = Source.GENERATED if name == key else Source.SENDER
                yield Part(place=Place.HEADER, name=line.name, value=line.value, sources=[source])

    def _body(self, body: bytes | None) -> Iterator[Part]:
        compiled = self.plan.request.body
        if body is None or compiled is None:
            return
        has_any = False
        for name, template in compiled.templates():
            has_any = True
            value = template.value(self.scope)
            if value is not ABSENT:
                yield self._part(Place.BODY, name, "null" if value is None else text_of(value), template.segments)
        if not has_any:
            shown = body[: 4 * MOST_CHARACTERS].decode(errors="replace")
            yield Part(place=Place.BODY, value=self._shown(shown), sources=[Source.STATIC])

    def _part(self, place: Place, name: str, value: str, segments: Segments) -> Part:
        references = list(dict.fromkeys(part for part in segments if isinstance(part, Reference)))
        sources = dict.fromkeys(self._source(reference) for reference in references)
        if not references or any(isinstance(part, str) and part for part in segments):
            sources = {Source.STATIC: None, **sources}
        return Part(
            place=place,
            name=name,
            value=self._shown(value),
            sources=list(sources),
            inputs=list(dict.fromkeys(each.name for each in references if each.root == INPUT)),
            values=list(dict.fromkeys(each.way for each in references)),
            filters=list(dict.fromkeys(filter_.name for each in references for filter_ in each.filters)),
        )

    def _source(self, reference: Reference) -> Source:
        """A default is that of the input, or the one that stands in the placeholder."""
        if reference.found(self.scope) is None and reference.default is not None:
            return Source.DEFAULT
        if reference.root != INPUT:
            return OTHER_SOURCES[reference.root]
        name = reference.name
        is_default = self.given.get(name) is None and self.scope[INPUT].get(name) is not None
        return Source.DEFAULT if is_default else Source.INPUT

    def _rendered(self, segments: Segments) -> str:
        return template_of(segments).text(self.scope, quote_path)

    def _shown(self, text: str) -> str:
        text = self.masker.text(text)
        return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"


def _cut(segments: Segments, mark: str) -> tuple[Segments, Segments]:
    """At the first `mark` that the author wrote; an input has none, since it is escaped."""
    for index, segment in enumerate(segments):
        if isinstance(segment, str) and mark in segment:
            before, _, after = segment.partition(mark)
            return (*segments[:index], before), (after, *segments[index + 1 :])
    return segments, ()


def _split(segments: Segments, mark: str) -> Iterator[Segments]:
    rest = segments
    while rest:
        head, rest = _cut(rest, mark)
        yield head


def _without_origin(segments: Segments) -> Segments:
    first = segments[0] if segments else ""
    if not isinstance(first, str):
        return segments
    slash = first.find("/", first.find("://") + 3)
    return (first[slash:] if slash >= 0 else "", *segments[1:])
