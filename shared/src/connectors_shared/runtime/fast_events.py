"""Log lines that come with every execution: structlog's chain costs four times as much as such a line.

They look like all others, whatever format and level are configured.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors_shared.runtime.logging import STRAIGHT, get_logger
from connectors_shared.runtime.sensitive import is_sensitive

ENCODE = msgspec.json.Encoder().encode
SET_WHEN_WRITTEN = ("event", "level", "timestamp", "service")


class FastEvent(msgspec.Struct, kw_only=True, gc=False):
    """An event of level info; its fields are numbers, text or None.

    Nothing is redacted when it is written, so a field whose name says that it is secret is refused here.
    """

    event: str
    level: str = "info"
    timestamp: datetime | None = None
    service: str = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if secret := [name for name in cls.__annotations__ if is_sensitive(name)]:
            raise TypeError(f"{secret} would be written as they are")


def write(event: FastEvent) -> None:
    """One line."""
    lines = STRAIGHT.lines
    if lines is None:
        get_logger(__name__).info(event.event, **_fields(event))
        return
    event.timestamp = datetime.now(UTC)
    event.service = STRAIGHT.service
    lines.info(ENCODE(event))


def _fields(event: FastEvent) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(event).items() if name not in SET_WHEN_WRITTEN}
