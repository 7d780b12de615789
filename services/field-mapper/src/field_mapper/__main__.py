"""`python -m field_mapper`: settings from the environment, then serve."""

import sys

import asyncpg

from connectors_shared.runtime.migrations import MigrationError
from connectors_shared.runtime.service import run_service
from field_mapper.app import build_service
from field_mapper.batch import SERVICE
from field_mapper.settings import MapperSettings


def main() -> int:
    return run_service(SERVICE, MapperSettings, build_service, (MigrationError, asyncpg.PostgresError))


if __name__ == "__main__":
    sys.exit(main())
