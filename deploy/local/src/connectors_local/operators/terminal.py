"""The operators' commands: ask, print, exit status."""

import asyncio
import os
import shlex
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from rich.console import Console

from connectors_local.commands.command import CommandError
from connectors_local.demo.clients import ApiError
from connectors_local.operators.backlog import list_parked, parked_table, said_of_cancelled
from connectors_local.operators.explain import UNKNOWN, explain
from connectors_local.operators.target import OperatorApis, open_apis, target_of
from connectors_local.operators.watermarks import watermarks_table
from connectors_local.state import default_state

UNWRAPPED: Final = 200


def show_why(named: str) -> int:
    """0, or 1 when the executor knows no such connector. Raises CommandError."""

    async def ask(apis: OperatorApis) -> int:
        status = await apis.executor.status(await apis.connector(named), apis.workspace_id)
        print("\n".join(explain(status, datetime.now(UTC))))
        return 1 if status.state == UNKNOWN else 0

    return with_apis(ask)


def show_parked(named: str, *, most: int, after: str | None) -> int:
    """Raises CommandError."""

    async def ask(apis: OperatorApis) -> int:
        connector_id = await apis.connector(named)
        page = await list_parked(apis.executor, connector_id, apis.workspace_id, most=most, after=after)
        if page.parked:
            Console(width=UNWRAPPED, highlight=False).print(parked_table(page.parked, datetime.now(UTC)))
        else:
            print("nothing is parked")
        if page.next is not None:
            print(f"… and more: connectors parked list {shlex.quote(named)} --after {page.next}")
        return 0

    return with_apis(ask)


def cancel_parked(named: str, execution_ids: Sequence[UUID] | None) -> int:
    """None: all. 1 when some of them could not be cancelled. Raises CommandError."""

    async def ask(apis: OperatorApis) -> int:
        connector_id = await apis.connector(named)
        cancelled = await apis.executor.cancel(connector_id, apis.workspace_id, execution_ids)
        asked = None if execution_ids is None else len(set(execution_ids))
        print(said_of_cancelled(cancelled, asked))
        return 0 if asked in (None, cancelled) else 1

    return with_apis(ask)


def show_watermarks() -> int:
    """Raises CommandError."""

    async def ask(apis: OperatorApis) -> int:
        watermarks = await apis.executor.watermarks()
        if watermarks:
            Console(width=UNWRAPPED, highlight=False).print(watermarks_table(watermarks))
        else:
            print("the executor has no partition of connector.execute now")
        return 0

    return with_apis(ask)


def with_apis(ask: Callable[[OperatorApis], Awaitable[int]]) -> int:
    async def run() -> int:
        async with open_apis(target_of(default_state(), os.environ)) as apis:
            return await ask(apis)

    try:
        return asyncio.run(run())
    except ApiError as error:
        raise CommandError(str(error)) from error
