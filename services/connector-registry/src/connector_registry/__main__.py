"""`python -m connector_registry`: settings from the environment, then serve."""

import sys

import asyncpg

from connector_registry.app import build_service
from connector_registry.settings import Settings
from connectors_shared.runtime.migrations import MigrationError
from connectors_shared.runtime.service import run_service


def main() -> int:
    return run_service("connectors-registry", Settings, build_service, (MigrationError, asyncpg.PostgresError))


if __name__ == "__main__":
    sys.exit(main())
