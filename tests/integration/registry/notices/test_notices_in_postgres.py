"""Notices in Postgres keep what all of them must."""

from collections.abc import AsyncIterator

import pytest

from connector_registry import SCHEMA, migrations_dir
from connector_registry.noticing.postgres import PostgresNoticeBoard, PostgresNotices
from connectors_local.database_users import administrator
from connectors_shared.runtime.migrations import bring_up_to_date
from connectors_shared.runtime.postgres import open_pool
from connectors_shared.runtime.roles import Role
from tests.unit.registry.notices.notices_suite import *  # noqa: F403  # the shared tests, collected here
from tests.unit.registry.notices.notices_suite import NOW, Told, failing, uuid4, works


@pytest.fixture
async def told(database: str) -> AsyncIterator[Told]:
    await bring_up_to_date(database, migrations_dir(), SCHEMA)
    async with (
        await open_pool(database, schema=SCHEMA, role=Role.WORKER, max_size=2) as worker,
        await open_pool(database, schema=SCHEMA, role=Role.APP, max_size=2) as app,
    ):
        yield Told(PostgresNoticeBoard(worker), PostgresNotices(app))


async def test_what_ended_long_ago_is_forgotten(told: Told, administrator_url: str) -> None:
    workspace, connector = uuid4(), uuid4()
    await told.board.say([failing(workspace, connector), failing(workspace, uuid4())])
    await told.board.say([works(workspace, connector, NOW)])
    assert isinstance(told.board, PostgresNoticeBoard)
    await told.board.forget()
    assert len(await told.notices.page(workspace, Wanted(), None, 10)) == 2  # noqa: F405
    async with administrator(administrator_url) as admin:
        await admin.execute("UPDATE registry.notices SET closed_at = closed_at - interval '91 days'")
    await told.board.forget()
    assert await told.open(workspace) == ["it fails"]
    assert len(await told.notices.page(workspace, Wanted(), None, 10)) == 1  # noqa: F405
