"""`python -m field_mapper`: run the service, configured by its environment."""

from connectors_shared.runtime.logging import configure_logging
from connectors_shared.runtime.server import serve
from field_mapper.app import build_app
from field_mapper.batch import SERVICE
from field_mapper.settings import MapperSettings


def main() -> None:
    settings = MapperSettings()
    configure_logging(SERVICE, settings.log_level, settings.log_format)
    serve(lambda: build_app(settings), settings.host, settings.port)


if __name__ == "__main__":
    main()
