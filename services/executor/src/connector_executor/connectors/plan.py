"""A published connector compiled into what a call needs, so that the hot path parses nothing."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2s
from urllib.parse import quote
from uuid import UUID

import msgspec

from connector_executor.admission.port import BudgetSpec, Subject
from connector_executor.connectors.credentials import LiveCredential
from connector_executor.connectors.definition import Definition
from connector_executor.outcome import Failure
from connector_executor.parking.port import ParkReason
from connector_executor.policies.quota import MARGIN
from connector_executor.policies.status import StatusTable
from connector_executor.transform import Turn
from connectors_shared.contract.connector import PublishedConnector, RequestConfig
from connectors_shared.contract.policy import BudgetShare, RateWindow
from connectors_shared.definition.compile import NO_CREDENTIALS, CompiledDefinition, compile_definition
from connectors_shared.definition.credentials import Credentials
from connectors_shared.definition.problems import Problem, told
from connectors_shared.definition.templates import Placeholders, placeholders_of
from connectors_shared.definition.templates.scanner import MAX_INSIDE
from connectors_shared.definition.urls import host_of, told_url
from connectors_shared.egress.request import SendBounds
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.once import once

log = get_logger(__name__)
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")  # RFC 3986 2.3; most values need no escaping, and quote() is slow


class UncompilableError(ValueError):
    """A definition that cannot be used; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(told(problems))
        self.problems = problems


class Plan(msgspec.Struct, frozen=True, eq=False, dict=True, weakref=True, kw_only=True):
    """Everything about one version of a connector that its calls share."""

    connector_key: str
    connector_id: UUID
    workspace_key: str
    version: int
    definition: Definition
    """For what is asked of every execution; all else asks `published`."""
    request: CompiledDefinition
    budget: BudgetSpec
    quota_windows: tuple[tuple[int, float], ...]
    """(limit, seconds) of every window of the connector's own limit."""
    breaker: str
    """Calls of one host with one credential share a breaker; without a credential a connector has its own, because
    a host alone may stand before many independent services."""
    towards: str
    """Whom its calls go to, as whom: what they ask for holds as long as that stays."""
    statuses: StatusTable
    bounds: SendBounds
    max_in_flight: int
    plain_url: str | None
    """The URL when it holds no placeholder."""
    fault: Failure | None = None
    """What every execution comes to, uncalled; then the plan stands for a connector that has none (`standin.py`)."""
    held: ParkReason | None = None
    """Executions are kept until a definition or credential comes that can be read; `fault` says why this cannot."""
    auth: LiveCredential | None = None
    """What authorizes its calls, as it is now."""
    secrets: LiveCredential | None = None
    """What has the values of its secret headers and parameters, as it is now; may be the same."""
    credentials: Credentials = NO_CREDENTIALS
    """What they were when the plan was compiled."""
    under: "Plan | None" = None
    """Of a former version: the plan of the connector that it was made under."""
    read: Callable[[], PublishedConnector] | None = None
    """Reads the definition again, where that is a struct."""
    replaced: list[bool] = []
    """Not empty any more once another plan has taken its place."""

    @property
    def may_be_outdated(self) -> bool:
        """False: whoever looks for the present plan finds this one. It is asked of every execution."""
        if self.replaced or self.held is not None:
            return True
        return self.under is not None and bool(self.under.replaced)

    @once
    def published(self) -> PublishedConnector:
        """As the registry published it."""
        return self.definition if self.read is None else self.read()

    @property
    def workspace_id(self) -> UUID:
        return self.definition.workspace_id

    @property
    def enabled(self) -> bool:
        return self.definition.enabled

    @property
    def config(self) -> RequestConfig:
        """Its attributes only, see `Definition`."""
        return self.definition.config

    @property
    def hold(self) -> ParkReason | None:
        """For what its executions wait, until somebody does something about the connector or a credential of it. Those
        of one that is switched off are skipped, and wait for nothing.
        """
        if not self.definition.enabled:
            return None
        return self.credential_hold or self.held

    @property
    def credential_hold(self) -> ParkReason | None:
        """What is wrong with a credential of it, as it is now, that somebody or a newer executor can mend."""
        if self.auth is not None and self.auth.hold is not None:
            return self.auth.hold
        return self.secrets.hold if self.secrets is not None else None

    @property
    def is_renewed(self) -> bool:
        """Does the registry obtain what authorizes its calls?"""
        return self.auth is not None and self.auth.is_issued

    @property
    def lacks_token(self) -> bool:
        """It is not even worth a try."""
        return self.auth is not None and self.auth.lacks_token

    @once
    def method(self) -> str:
        return self.definition.config.method.value

    @once
    def told_request(self) -> tuple[str, str, str]:
        """Method, origin and path of the definition, as a result tells of them."""
        config = self.definition.config
        return config.method.value, *told_url(config.url)

    @once
    def mapping_templates(self) -> dict[str, msgspec.Raw]:
        """Their mappings by name, as the results of those who name them carry them."""
        return {
            template.name: msgspec.Raw(
                msgspec.json.encode(
                    [
                        mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
                        for mapping in template.mappings
                    ]
                )
            )
            for template in self.definition.field_mapping_templates
        }

    @once
    def transform(self) -> str | None:
        return self.definition.config.response_transform or None

    @once
    def turn(self) -> Turn:
        """Whose turn its transforms take."""
        return Turn(self.workspace_key, self.connector_key)

    @once
    def subject(self) -> Subject:
        """Whose limits and health its calls concern."""
        return Subject(self.workspace_key, self.connector_key, self.breaker, self.budget)

    @once
    def placeholders(self) -> Placeholders:
        """Those of a request."""
        return placeholders_of(self.request.references())

    @once
    def default_bytes(self) -> int:
        """Of all that may take the place of a value that is not in the message."""
        schema = self.definition.input_schema
        return MAX_INSIDE + sum([len(each.to_json()) for each in schema.values()])

    @property
    def repeatable(self) -> bool:
        """A call that was sent without an answer may be sent again."""
        return self.request.repeatable

    @once
    def total_seconds(self) -> float:
        """What calls and the waits between them may take together; waiting for slots is not counted."""
        config = self.definition.config
        if config.total_timeout is not None:
            return config.total_timeout / 1000
        return (config.timeout * (config.retries + 1)) / 1000 + 60.0


def compile_plan(
    published: Definition,
    default_max_in_flight: int = 64,
    fault: Failure | None = None,
    auth: LiveCredential | None = None,
    secrets: LiveCredential | None = None,
    read: Callable[[], PublishedConnector] | None = None,
) -> Plan:
    """`read` as in `Plan`. Raises UncompilableError, whatever is wrong with it: it must not stop the others."""
    credentials = NO_CREDENTIALS
    if auth is not None or secrets is not None:
        credentials = Credentials(auth.published if auth else None, secrets.published if secrets else None)
    try:
        request = compile_definition(published, credentials)
        if not isinstance(request, list):
            return _plan(published, request, default_max_in_flight, fault, auth, secrets, credentials, read)
    except Exception as error:
        log.exception("connector.uncompilable", connector_id=str(published.connector_id))
        raise UncompilableError([Problem("", f"the executor fails on it ({type(error).__name__})")]) from error
    raise UncompilableError(request)


def _plan(
    published: Definition,
    request: CompiledDefinition,
    default_max_in_flight: int,
    fault: Failure | None,
    auth: LiveCredential | None,
    secrets: LiveCredential | None,
    credentials: Credentials,
    read: Callable[[], PublishedConnector] | None,
) -> Plan:
    config, limit = published.config, published.config.rate_limit
    key = str(published.connector_id)
    own, towards = f"c:{key}", _towards(published)
    return Plan(
        connector_key=key,
        connector_id=published.connector_id,
        workspace_key=str(published.workspace_id),
        version=published.version,
        definition=published,
        request=request,
        budget=_budget(published, own, towards) if fault is None else BudgetSpec(f"x:{key}"),
        quota_windows=tuple((w.limit, w.seconds) for w in limit.all_windows()) if limit else (),
        breaker=_breaker(published, own) if fault is None else f"x:{key}",
        towards=towards,
        statuses=StatusTable.of(config.status_policies),
        bounds=_bounds(config.timeout),
        max_in_flight=config.max_in_flight or default_max_in_flight,
        plain_url=None if request.url.references else config.url,
        fault=fault,
        auth=auth,
        secrets=secrets,
        credentials=credentials,
        read=read,
    )


@lru_cache(maxsize=256)
def _bounds(timeout_ms: int) -> SendBounds:
    """Most connectors keep to one of few."""
    return SendBounds(total_seconds=timeout_ms / 1000)


def credential_of(published: Definition) -> str:
    """Its id; `none` without one."""
    return str(published.credential_id or "none")


def quote_path(value: str) -> str:
    """An input inside the URL: every reserved character is escaped, so it cannot leave its place."""
    return value if UNRESERVED.fullmatch(value) else quote(value, safe="")


def _breaker(published: Definition, own: str) -> str:
    if published.credential_id is None:
        return own
    return f"k:{credential_of(published)}@{host_of(published.config.url)}"


def _towards(published: Definition) -> str:
    """Short, since it is a part of keys; another place or another credential makes another one."""
    return _digest(f"{credential_of(published)} {published.secrets_id} {host_of(published.config.url)}")


@lru_cache(maxsize=1024)
def _digest(named: str) -> str:
    return f"@{blake2s(named.encode(), digest_size=8).hexdigest()}"


def _budget(published: Definition, own: str, towards: str) -> BudgetSpec:
    """What holds a budget that is shared holds for all of them, wherever they call."""
    limit = published.config.rate_limit
    if limit is None:
        return BudgetSpec(own, towards=towards)
    windows, key = limit.all_windows(), _budget_key(published, limit.share, own)
    return BudgetSpec(
        key,
        tuple(_window(window) for window in windows),
        limit.weight,
        limit.max_concurrent or 0,
        tuple((window.limit, max(round(window.seconds * 1e6 * MARGIN), 1)) for window in windows if window.burst > 1),
        towards if key == own else "",
    )


def _budget_key(published: Definition, share: BudgetShare, own: str) -> str:
    if share is BudgetShare.CONNECTOR:
        return own
    return f"k:{credential_of(published)}" if share is BudgetShare.CREDENTIAL else f"h:{host_of(published.config.url)}"


def _window(window: RateWindow) -> tuple[int, int]:
    """(interval, tolerance) in microseconds: one unit every interval, `burst` of them at once.

    The store counts whole microseconds, so nothing is faster than a million a second.
    """
    interval = window.seconds * 1_000_000 * MARGIN / window.limit
    return max(round(interval), 1), round(interval * (min(window.burst, window.limit) - 1))
