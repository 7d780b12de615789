"""`python -m connector_registry.history`: settings from the environment, then record."""

import sys

import asyncpg

from connector_registry.history.recording.app import build_service
from connector_registry.history.recording.letters import SERVICE
from connector_registry.history.recording.settings import HistorySettings
from connectors_shared.runtime.migrations import MigrationError
from connectors_shared.runtime.service import run_service


def main() -> int:
    return run_service(SERVICE, HistorySettings, build_service, (MigrationError, asyncpg.PostgresError))


if __name__ == "__main__":
    sys.exit(main())
