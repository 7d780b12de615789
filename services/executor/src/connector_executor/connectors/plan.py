"""A published connector compiled into what a call needs, so that the hot path parses nothing."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlsplit
from uuid import UUID

import msgspec

from connector_executor.admission.port import BudgetSpec, Subject
from connector_executor.egress.request import SendBounds
from connector_executor.outcome import Failure
from connector_executor.policies.quota import MARGIN
from connector_executor.policies.status import StatusTable
from connector_executor.transform import Turn
from connectors_shared.contract.connector import (
    BodyType,
    PublishedConnector,
    QueryParam,
    SealedAuth,
    ValueType,
)
from connectors_shared.contract.policy import BudgetShare, RateWindow
from connectors_shared.definition.bodies import BodyPart, compile_body
from connectors_shared.definition.templates import (
    InputReference,
    Template,
    TemplateError,
    parse_reference,
    parse_template,
)
from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
BODY_CONTENT_TYPE = {
    BodyType.JSON: "application/json",
    BodyType.FORM: "application/x-www-form-urlencoded",
    BodyType.RAW: "text/plain; charset=utf-8",
}
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")  # RFC 3986 2.3; most values need no escaping, and quote() is slow


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One query parameter: either a fixed template or an input that may be required."""

    key: str
    template: Template | None
    reference: InputReference | None
    required: bool


@dataclass(frozen=True)
class Plan:
    """Everything about one version of a connector that its calls share."""

    published: PublishedConnector
    url: Template
    query: tuple[QueryPart, ...]
    headers: tuple[tuple[str, Template], ...]
    body: BodyPart | None
    budget: BudgetSpec
    quota_windows: tuple[tuple[int, float], ...]
    """(limit, seconds) of every window of the connector's own limit."""
    breaker: str
    """Calls of one host with one credential share a breaker; without a credential a connector has its own, because
    a host alone may stand before many independent services."""
    statuses: StatusTable
    bounds: SendBounds
    max_in_flight: int
    plain_url: str | None
    """The URL when it holds no placeholder."""
    fault: Failure | None = None
    """What every execution comes to, uncalled; then the plan stands for a connector that has none (`standin.py`)."""

    @cached_property
    def connector_id(self) -> UUID:
        return self.published.connector_id

    @cached_property
    def version(self) -> int:
        return self.published.version

    @property
    def auth(self) -> SealedAuth:
        return self.published.auth

    @cached_property
    def method(self) -> str:
        return self.published.config.method.value

    @cached_property
    def transform(self) -> str | None:
        return self.published.config.response_transform or None

    @cached_property
    def turn(self) -> Turn:
        """Whose turn its transforms take."""
        return Turn(self.workspace_key, self.connector_key)

    @cached_property
    def connector_key(self) -> str:
        return str(self.published.connector_id)

    @cached_property
    def workspace_key(self) -> str:
        return str(self.published.workspace_id)

    @cached_property
    def subject(self) -> Subject:
        """Whose limits and health its calls concern."""
        return Subject(self.workspace_key, self.connector_key, self.breaker, self.budget)

    @cached_property
    def uses(self) -> dict[InputReference, int]:
        """How often each input is put into a request."""
        templates = [self.url, *(template for _, template in self.headers), *(part.template for part in self.query)]
        found = [reference for template in templates if template for reference in template.references]
        found += [part.reference for part in self.query if part.reference]
        return dict(Counter(found + (self.body.references() if self.body else [])))

    @cached_property
    def most_uses(self) -> int:
        return sum(self.uses.values())

    @cached_property
    def default_bytes(self) -> int:
        """Of all that may take the place of an input."""
        defaults = [field.default for field in self.published.input_schema.values()]
        return len(msgspec.json.encode(defaults))

    @cached_property
    def repeatable(self) -> bool:
        """A call that was sent without an answer may be sent again (RFC 9110 9.2.2, or a declared key)."""
        return self.method in SAFE_TO_REPEAT or self.published.config.idempotency_header is not None

    @cached_property
    def total_seconds(self) -> float:
        """What calls and the waits between them may take together; waiting for slots is not counted."""
        config = self.published.config
        if config.total_timeout is not None:
            return config.total_timeout / 1000
        return (config.timeout * (config.retries + 1)) / 1000 + 60.0


def compile_plan(published: PublishedConnector, default_max_in_flight: int = 64, fault: Failure | None = None) -> Plan:
    """Raises TemplateError when it cannot be compiled, whatever is wrong with it: it must not stop the others."""
    try:
        return _compiled(published, default_max_in_flight, fault)
    except TemplateError:
        raise
    except Exception as error:
        log.exception("connector.uncompilable", connector_id=str(published.connector_id))
        raise TemplateError(f"the executor fails on it ({type(error).__name__})") from error


def _compiled(published: PublishedConnector, default_max_in_flight: int, fault: Failure | None) -> Plan:
    config, limit = published.config, published.config.rate_limit
    url = parse_template(config.url)
    return Plan(
        published=published,
        url=url,
        query=tuple(_query_part(param) for param in config.query_params),
        headers=tuple((header.key, parse_template(header.value)) for header in config.headers),
        body=compile_body(config.body_type, config.body),
        budget=_budget(published) if fault is None else BudgetSpec(f"x:{published.connector_id}"),
        quota_windows=tuple((w.limit, w.seconds) for w in limit.all_windows()) if limit else (),
        breaker=_breaker(published) if fault is None else f"x:{published.connector_id}",
        statuses=StatusTable.of(config.status_policies),
        bounds=SendBounds(total_seconds=config.timeout / 1000),
        max_in_flight=config.max_in_flight or default_max_in_flight,
        plain_url=None if url.references else config.url,
        fault=fault,
    )


def host_of(published: PublishedConnector) -> str:
    """Host and port as written; a placeholder in it makes a budget of its own. Raises TemplateError."""
    try:
        host = urlsplit(published.config.url).netloc.lower()
    except ValueError as error:
        raise TemplateError(f"the URL cannot be read: {error}") from None
    if not host.isprintable():
        raise TemplateError("the host of the URL holds a character that no host has")
    return host


def credential_of(published: PublishedConnector) -> str:
    auth = published.auth
    return "none" if auth.type == "none" else str(auth.credential_id)


def quote_path(value: str) -> str:
    """An input inside the URL: every reserved character is escaped, so it cannot leave its place."""
    return value if UNRESERVED.fullmatch(value) else quote(value, safe="")


def _query_part(param: QueryParam) -> QueryPart:
    if param.value_type is ValueType.STATIC:
        return QueryPart(param.key, parse_template(param.static_value), None, required=False)
    reference = parse_reference("input." + param.input_field.removeprefix("input."))
    return QueryPart(param.key, None, reference, param.required)


def _breaker(published: PublishedConnector) -> str:
    if published.auth.type == "none":
        return f"c:{published.connector_id}"
    return f"k:{credential_of(published)}@{host_of(published)}"


def _budget(published: PublishedConnector) -> BudgetSpec:
    limit = published.config.rate_limit
    if limit is None:
        return BudgetSpec(f"c:{published.connector_id}")
    windows = limit.all_windows()
    return BudgetSpec(
        _budget_key(published, limit.share),
        tuple(_window(window) for window in windows),
        limit.weight,
        limit.max_concurrent or 0,
        tuple((window.limit, max(round(window.seconds * 1e6 * MARGIN), 1)) for window in windows if window.burst > 1),
    )


def _budget_key(published: PublishedConnector, share: BudgetShare) -> str:
    if share is BudgetShare.CONNECTOR:
        return f"c:{published.connector_id}"
    return f"k:{credential_of(published)}" if share is BudgetShare.CREDENTIAL else f"h:{host_of(published)}"


def _window(window: RateWindow) -> tuple[int, int]:
    """(interval, tolerance) in microseconds: one unit every interval, `burst` of them at once.

    The store counts whole microseconds, so nothing is faster than a million a second.
    """
    interval = window.seconds * 1_000_000 * MARGIN / window.limit
    return max(round(interval), 1), round(interval * (min(window.burst, window.limit) - 1))
