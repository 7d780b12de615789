"""`python -m connector_executor`: settings from the environment, then serve."""

import sys

from connector_executor.app import build_app
from connector_executor.settings import ExecutorSettings
from connectors_shared.runtime.service import run_service


def main() -> int:
    return run_service("connectors-executor", ExecutorSettings, build_app)


if __name__ == "__main__":
    sys.exit(main())
