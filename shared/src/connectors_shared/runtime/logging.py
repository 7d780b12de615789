"""One JSON line per event on standard output, the same shape for our code and for libraries."""

import json
import logging
import logging.config
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from connectors_shared.runtime.lean_imports import pretending_missing
from connectors_shared.runtime.log_lines import LogLines
from connectors_shared.runtime.sensitive import is_sensitive

with pretending_missing("rich"):  # it would be loaded for tracebacks in colour, which no service shows
    import structlog
from structlog.typing import FilteringBoundLogger, Processor

UTC_OFFSET = len("+00:00")
NOISY = ("aiokafka", "faststream", "httpx2", "uvicorn.access")
"""Of these warnings alone. `httpx2` tells each request with its whole address, which may hold what people look for."""
Event = MutableMapping[str, Any]


class Straight:
    """Where lines go that are JSON already; None while lines of level info are not written, or not as JSON."""

    lines: LogLines | None = None
    service = ""


STRAIGHT = Straight()


def configure_logging(service: str, level: str = "INFO", log_format: str = "json") -> None:
    """Give our events and the standard library's one shape. Call once, at start.

    Ours do not pass through the standard library: on the way of every execution that costs four times as much.
    """
    shared: list[Processor] = [_describe(service), redact, structlog.processors.format_exc_info]
    render = _as_json if log_format == "json" else _for_a_terminal()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _without_repeats],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *shared,
                lambda _logger, _method, event: render(event).decode(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    lines = LogLines()
    written = logging.getLevelName(level.upper()) <= logging.INFO and log_format == "json"
    STRAIGHT.lines, STRAIGHT.service = lines if written else None, service
    structlog.configure(
        processors=[*shared, lambda _logger, _method, event: render(event)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=lambda *_name: lines,
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger whose events are dotted facts: `execution.attempted`."""
    return cast(FilteringBoundLogger, _Logger(name))


class _Logger:
    """structlog's, once somebody has configured that: `configure_logging`, or the program that a library of ours is in.

    Until then structlog would blank no field and, where `rich` is loaded, draw the variables of every frame of a fault.
    """

    __slots__ = ("_configured",)

    def __init__(self, name: str) -> None:
        self._configured = structlog.get_logger(name)

    def __getattr__(self, method: str) -> Any:
        return getattr(self._configured if structlog.is_configured() else _unconfigured(), method)


def _unconfigured() -> Any:
    """Plain words on standard error, without secrets."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[_describe("-"), redact, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def redact(_logger: Any, _method: str, event: Event) -> Event:
    """Blank any field whose name says that it is secret, inside nested fields too."""
    for name, value in event.items():
        if isinstance(name, str) and is_sensitive(name):
            event[name] = "[redacted]"
        elif isinstance(value, dict):
            event[name] = redact(_logger, _method, dict(value))
    return event


def _without_repeats(_logger: Any, _method: str, event: Event) -> Event:
    """uvicorn says everything a second time, with colours."""
    event.pop("color_message", None)
    return event


def _describe(service: str) -> Processor:
    def describe(_logger: Any, method: str, event: Event) -> Event:
        event["level"] = method
        event["timestamp"] = datetime.now(UTC).isoformat()[:-UTC_OFFSET] + "Z"
        event["service"] = service
        return event

    return describe


def _as_json(event: Event) -> bytes:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # a larger integer or half a character: nothing that is logged may fail who logs
        return json.dumps(event, default=str, skipkeys=True).encode()


def _for_a_terminal() -> Callable[[Event], bytes]:
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    return lambda event: renderer(None, "", event).encode()
