"""The composition root: with `wiring/` the only place that builds things."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from connector_executor.connectors.table import ConnectorTable
from connector_executor.inbound.kafka.window import Assignments
from connector_executor.inbound.readiness import checks, impairments
from connector_executor.metrics import ExecutorMetrics
from connector_executor.parking.gauges import BacklogGauges
from connector_executor.settings import ExecutorSettings
from connector_executor.wiring.connections import Connections
from connector_executor.wiring.engine import Engine, build_engine
from connector_executor.wiring.inlets import Inlets, build_inlets
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.lazy_api import ServiceApp, service_with_lazy_api
from connectors_shared.runtime.logging import get_logger
from connectors_shared.runtime.loops import every
from connectors_shared.runtime.server import Service
from connectors_shared.runtime.supervision import Supervisor, together

if TYPE_CHECKING:
    from fastapi import FastAPI

log = get_logger(__name__)
GAUGES_SECONDS = 5.0


async def build_service(settings: ExecutorSettings) -> Service:
    """Everything wired, nothing started; the app's lifespan starts and stops it in order."""
    clock, metrics, supervisor = SystemClock(), ExecutorMetrics(), Supervisor()
    outside = Connections(settings)
    assignments = Assignments()
    table = ConnectorTable(
        default_max_in_flight=settings.max_in_flight_per_connector, on_outdated=metrics.config_outdated.inc
    )
    engine = build_engine(settings, outside, assignments, table, supervisor, clock, metrics)
    inlets = build_inlets(settings, outside, engine, assignments, table, supervisor, clock, metrics)
    gauges = BacklogGauges(outside.parking, engine.parker, metrics, GAUGES_SECONDS)

    @asynccontextmanager
    async def lifespan(_app: ServiceApp) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await together(
                stack.enter_async_context(outside.open()),
                stack.enter_async_context(inlets.defined()),
            )
            stack.push_async_callback(supervisor.close)
            await stack.enter_async_context(engine.running(supervisor))
            await stack.enter_async_context(supervisor.running(every(GAUGES_SECONDS, gauges.take)))
            await stack.enter_async_context(inlets.running(supervisor))
            log.info("executor.started", group=settings.group_id, connectors=len(inlets.table))
            try:
                yield
            finally:
                await _stop(inlets, engine, settings.drain_seconds)
                log.info("executor.stopped")

    def api() -> "FastAPI":
        from connector_executor.wiring.api import build_api  # it loads the framework

        return build_api(settings, outside, engine, inlets, clock, metrics)

    found = checks(engine.claims, inlets.subscription, inlets.progress)
    return Service(
        service_with_lazy_api(lifespan, found, metrics.registry, api, impairments(engine.parker, engine.claims))
    )


async def _stop(inlets: Inlets, engine: Engine, drain_seconds: float) -> None:
    """Take nothing more in, end what is here, write it down; the producer is flushed after this."""
    for inlet in inlets.all:
        inlet.halt()
    await engine.drain.until_empty(drain_seconds)
    await engine.parker.flush(drain_seconds)
    for inlet in inlets.all:
        await inlet.close()
    with suppress(ConnectionError):
        await engine.settling.tell()
