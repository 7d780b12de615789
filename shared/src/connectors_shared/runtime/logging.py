"""One JSON line per event on standard output, the same shape for our code and for libraries."""

import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any, cast

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

SENSITIVE_NAMES = ("authorization", "password", "secret", "token", "api_key", "apikey", "cookie")


def configure_logging(service: str, level: str = "INFO", log_format: str = "json") -> None:
    """Route structlog and the standard library through one formatter. Call once, at start."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_service(service),
        _without_repeats,
        redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_dumps)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("aiokafka", "faststream", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger whose events are dotted facts: `execution.attempted`."""
    return cast(FilteringBoundLogger, structlog.get_logger(name))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank any field whose name says that it is secret, inside nested fields too."""
    for name, value in event.items():
        if isinstance(name, str) and any(word in name.lower() for word in SENSITIVE_NAMES):
            event[name] = "[redacted]"
        elif isinstance(value, dict):
            event[name] = redact(_logger, _method, dict(value))
    return event


def _without_repeats(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """uvicorn says everything a second time, with colours."""
    event.pop("color_message", None)
    return event


def _with_service(service: str) -> Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add


def _dumps(value: Any, **_options: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
