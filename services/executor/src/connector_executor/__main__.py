"""Run the executor: `python -m connector_executor`."""

from connector_executor.app import build_app
from connector_executor.settings import ExecutorSettings
from connectors_shared.runtime.logging import configure_logging
from connectors_shared.runtime.server import serve


def main() -> None:
    settings = ExecutorSettings()
    configure_logging("connectors-executor", settings.log_level, settings.log_format)
    serve(lambda: build_app(settings), settings.host, settings.port)


if __name__ == "__main__":
    main()
