"""`python -m connectors_local.flows`: settings from the environment, then serve."""

import sys

import asyncpg

from connectors_local.flows.app import SERVICE, build_service
from connectors_local.flows.settings import FlowSettings
from connectors_shared.runtime.migrations import MigrationError
from connectors_shared.runtime.service import run_service


def main() -> int:
    return run_service(SERVICE, FlowSettings, build_service, (MigrationError, asyncpg.PostgresError))


if __name__ == "__main__":
    sys.exit(main())
