"""`python -m connector_registry`: settings from the environment, then serve."""

import sys

import asyncpg
from pydantic import ValidationError

from connector_registry.app import build_app
from connector_registry.settings import Settings
from connectors_shared.runtime.logging import configure_logging
from connectors_shared.runtime.migrations import MigrationError
from connectors_shared.runtime.secrets import KeyringError
from connectors_shared.runtime.server import serve

BAD_CONFIGURATION = 2


def main() -> int:
    """Exit status 2, with one line per setting, when the configuration is wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        for line in error.errors(include_input=False):
            name = ".".join(str(part) for part in line["loc"]).upper()
            print(f"connectors-registry: setting {name}: {line['msg']}", file=sys.stderr)  # noqa: T201
        return BAD_CONFIGURATION
    configure_logging("connectors-registry", settings.log_level, settings.log_format)
    try:
        serve(lambda: build_app(settings), settings.host, settings.port)
    except (KeyringError, MigrationError, asyncpg.PostgresError, OSError) as error:
        print(f"connectors-registry: {error}", file=sys.stderr)  # noqa: T201
        return BAD_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main())
