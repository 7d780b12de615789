"""The executor over HTTP: health checks, and the internal API for operators and other services."""

from connector_executor.inbound.http.api import internal_api
from connector_executor.inbound.http.connectors import connectors_router
from connector_executor.inbound.http.dead_letters import dead_letters_router
from connector_executor.inbound.http.executions import executions_router
from connector_executor.inbound.http.health import checks

__all__ = ["checks", "connectors_router", "dead_letters_router", "executions_router", "internal_api"]
