"""The executor over HTTP: health checks, and the internal API for operators and other services."""

from connector_executor.inbound.http.api import internal_api
from connector_executor.inbound.http.health import checks

__all__ = ["checks", "internal_api"]
