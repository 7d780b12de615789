"""The executor over HTTP: the internal API for operators and other services."""

from connector_executor.inbound.http.api import internal_api
from connector_executor.inbound.http.connectors import connectors_router
from connector_executor.inbound.http.dead_letters import dead_letters_router
from connector_executor.inbound.http.executions import executions_router
from connector_executor.inbound.http.parked import parked_router
from connector_executor.inbound.http.previews import previews_router
from connector_executor.inbound.http.requests import requests_router
from connector_executor.inbound.http.trials import trials_router
from connector_executor.inbound.http.watermarks import watermarks_router

__all__ = [
    "connectors_router",
    "dead_letters_router",
    "executions_router",
    "internal_api",
    "parked_router",
    "previews_router",
    "requests_router",
    "trials_router",
    "watermarks_router",
]
