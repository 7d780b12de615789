"""Who plays: healthy connectors, and one each that is limited, hangs and fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from connectors_local.demo.pretend_api.api import BY_PHONE, DEFAULT_TOKEN
from connectors_shared.contract.status import ConnectorStatus


class Part(StrEnum):
    """What a connector plays."""

    HEALTHY = "healthy"
    LIMITED = "limited 1/s"
    HANGING = "hanging"
    FAILING = "failing"


NOISY: Final = (Part.LIMITED, Part.HANGING, Part.FAILING)

TROUBLE: Final = {
    Part.LIMITED: "may call once per second",
    Part.HANGING: "gets no answer for 30 s",
    Part.FAILING: "gets nothing but 500s",
}
"""What is the matter with a noisy connector: “the one that …”."""

RIGHT_REASONS: Final = {
    Part.LIMITED: frozenset({"limited", "rate_limited"}),
    Part.HANGING: frozenset({"queue_full", "breaker_open"}),
    Part.FAILING: frozenset({"breaker_open", "unhealthy"}),
}
"""States and codes of reasons that are true of a noisy connector, as the executor words them."""


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector of the cast, once it is saved."""

    id: UUID
    name: str
    part: Part


def definitions(api_url: str, healthy: int) -> list[tuple[Part, dict[str, Any]]]:
    """The bodies of `POST /api/connectors`, all calling the pretend API at `api_url`."""
    limited = f"{api_url}/limited?{urlencode({'key': 'demo-limits', 'perSecond': 1})}"
    one_per_second = {"windows": [{"limit": 1, "seconds": 1}]}
    return [
        *(
            (Part.HEALTHY, _definition(f"Limits demo: healthy {number}", api_url + BY_PHONE, **LOOK_UP))
            for number in range(1, healthy + 1)
        ),
        (Part.LIMITED, _definition("Limits demo: one call per second", limited, rateLimit=one_per_second)),
        (Part.HANGING, _definition("Limits demo: never answers", f"{api_url}/hang?seconds=30", retries=0)),
        (Part.FAILING, _definition("Limits demo: answers 500", f"{api_url}/status/500", retries=2, retryDelay=500)),
    ]


LOOK_UP: Final = {"queryParams": [{"key": "phone", "valueType": "input", "inputField": "phoneNumber"}]}


def _definition(name: str, url: str, **config: Any) -> dict[str, Any]:
    """Each has a credential of its own, so that what becomes of one is not the doing of another."""
    return {
        "name": name,
        "description": "Made by `connectors demo-limits`",
        "category": "demo",
        "config": {
            "method": "GET",
            "url": url,
            "auth": {"type": "bearer", "token": DEFAULT_TOKEN},
            "timeout": 30_000,
        }
        | config,
        "input_schema": {"phoneNumber": {"type": "string"}},
        "enabled": True,
    }


def names_the_right_reason(part: Part, status: ConnectorStatus) -> bool:
    """By its state, the code of a reason, or a breaker that is not closed (half open: it is just being tried)."""
    said = {status.state, *(reason.code for reason in status.reasons)}
    if status.breaker is not None and status.breaker.state != "closed":
        said.add("breaker_open")
    return not said.isdisjoint(RIGHT_REASONS[part])


def of_part(cast: Sequence[Connector], part: Part) -> list[Connector]:
    return [connector for connector in cast if connector.part is part]
