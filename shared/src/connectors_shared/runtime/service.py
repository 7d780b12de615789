"""The main function of every service: settings, logging, serve; a wrong configuration in one line per setting."""

import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import ValidationError

from connectors_shared.runtime.logging import configure_logging
from connectors_shared.runtime.secrets import KeyringError
from connectors_shared.runtime.server import Addresses, Service, serve
from connectors_shared.runtime.settings import PublicServiceSettings, ServiceSettings

S = TypeVar("S", bound=ServiceSettings)
BAD_CONFIGURATION = 2


def run_service(
    name: str,
    settings_type: type[S],
    build: Callable[[S], Awaitable[Service]],
    expected: tuple[type[Exception], ...] = (),
) -> int:
    """The exit status: 0 after an orderly stop, 2 when the configuration is wrong or an `expected` error ended it.

    Pydantic's own message is not shown: it repeats the environment, secrets included.
    """
    try:
        settings = settings_type()
    except ValidationError as error:
        for line in error.errors(include_input=False):
            setting = ".".join(str(part) for part in line["loc"]).upper()
            _complain(name, f"setting {setting}: {line['msg']}")
        return BAD_CONFIGURATION
    faults: tuple[type[Exception], ...] = (KeyringError, OSError, *expected)
    configure_logging(name, settings.log_level, settings.log_format)
    try:
        serve(lambda: build(settings), _addresses(settings))
    except faults as error:
        _complain(name, str(error))
        return BAD_CONFIGURATION
    return 0


def _addresses(settings: ServiceSettings) -> Addresses:
    internal_port = settings.internal_port if isinstance(settings, PublicServiceSettings) else None
    return Addresses(settings.host, settings.port, internal_port)


def _complain(name: str, problem: str) -> None:
    print(f"{name}: {problem}", file=sys.stderr)  # noqa: T201
