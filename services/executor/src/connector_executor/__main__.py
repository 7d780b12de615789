"""`python -m connector_executor`: settings from the environment, then serve."""

import sys

import asyncpg

from connector_executor.app import build_service
from connector_executor.settings import ExecutorSettings
from connectors_shared.runtime.migrations import MigrationError
from connectors_shared.runtime.service import run_service


def main() -> int:
    return run_service("connectors-executor", ExecutorSettings, build_service, (MigrationError, asyncpg.PostgresError))


if __name__ == "__main__":
    sys.exit(main())
