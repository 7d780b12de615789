"""Proxies between the executors of a bench and everything they talk to, and how to recognise what passes."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from connector_executor.admission.scripts import lua_of
from connectors_local.ports import LOOPBACK
from tests.failure.bench import Bench
from tests.failure.proxy import Proxy

PUBLISHES_A_RESULT = b'"finishedAt"'
COMMITS_OFFSETS = b"\xff" * 8 + b"\x00\x00\x00\x01"
"""A retention of -1, which the broker's default replaces, and then the only topic."""


def runs(script: str) -> bytes:
    """A request to run this script of the admission."""
    return hashlib.sha1(lua_of(script).encode()).hexdigest().encode()


@asynccontextmanager
async def store_proxy(bench: Bench) -> AsyncIterator[Proxy]:
    """Before Valkey."""
    url = urlsplit(bench.redis_url)
    target = f"{url.hostname}:{url.port}"
    async with Proxy(target).open() as proxy:
        bench.executor_settings["REDIS_URL"] = bench.redis_url.replace(target, proxy.address)
        yield proxy


@asynccontextmanager
async def broker_proxy(bench: Bench) -> AsyncIterator[Proxy]:
    """Before Kafka; the bench itself talks to Kafka directly."""
    async with Proxy(bench.kafka_servers, kafka=True).open() as proxy:
        bench.executor_settings["KAFKA_BOOTSTRAP_SERVERS"] = proxy.address
        yield proxy


@asynccontextmanager
async def upstream_proxy(bench: Bench) -> AsyncIterator[Proxy]:
    """Before the API that connectors call."""
    async with Proxy(f"{LOOPBACK}:{bench.upstream_port}").open() as proxy:
        bench.upstream_port = proxy.port
        yield proxy
