"""Flows and runs in Postgres."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiosql
import asyncpg
import msgspec

from connectors_local.flows.advance import Advance, Effect
from connectors_local.flows.model import (
    FIRST_REVISION,
    Flow,
    NewRun,
    OutgoingExecution,
    Run,
    RunState,
    StepRecord,
    StepState,
    Usage,
)
from connectors_local.flows.store.port import MOST_COUNTED, Decide, RunFilter, TakenRunIdError, Told
from connectors_shared.http.cursor import Cursor
from connectors_shared.runtime.postgres import Connection, Work, of_workspace, session, transaction

queries: Final[Any] = aiosql.from_path(Path(__file__).parent / "queries.sql", "asyncpg", mandatory_parameters=False)
RUN_FIELDS: Final = tuple(field.name for field in fields(Run))
STEP_FIELDS: Final = tuple(field.name for field in fields(StepRecord))
HEAD_FIELDS: Final = ("id", "workspace_id", "name", "enabled", "revision", "updated_at", "updated_by")


class PostgresFlows:
    """See `port.FlowStore`; on a pool of the app's role."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, flow: Flow) -> bool:
        async with transaction(self._pool, of_workspace(flow.workspace_id), Work.WRITE) as connection:
            head = {name: getattr(flow, name) for name in (*HEAD_FIELDS, "created_at", "created_by")}
            if not await queries.insert_flow(connection, **head):
                return False
            await _add_version(connection, flow)
            return True

    async def first_definition(self, workspace_id: UUID, flow_id: UUID) -> bytes | None:
        which = {"workspace_id": workspace_id, "flow_id": flow_id, "revision": FIRST_REVISION}
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            text = await queries.find_definition(connection, **which)
        return None if text is None else text.encode()

    async def find(self, workspace_id: UUID, flow_id: UUID) -> Flow | None:
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            row = await queries.find_flow(connection, workspace_id=workspace_id, id=flow_id)
        return None if row is None else _flow(row)

    async def page(self, workspace_id: UUID, limit: int, after: Cursor | None) -> list[Flow]:
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            rows = queries.page_of_flows(connection, workspace_id=workspace_id, limit=limit, **_place(after))
            return [_flow(row) async for row in rows]

    async def replace(self, flow: Flow) -> bool:
        async with transaction(self._pool, of_workspace(flow.workspace_id), Work.WRITE) as connection:
            head = {name: getattr(flow, name) for name in HEAD_FIELDS}
            if not await queries.update_flow(connection, **head):
                return False
            await _add_version(connection, flow)
            return True

    async def remove(self, workspace_id: UUID, flow_id: UUID, at: datetime) -> bool:
        async with session(self._pool, of_workspace(workspace_id), Work.WRITE) as connection:
            return bool(await queries.delete_flow(connection, workspace_id=workspace_id, id=flow_id, at=at))

    async def restore(self, workspace_id: UUID, flow_id: UUID) -> bool:
        async with session(self._pool, of_workspace(workspace_id), Work.WRITE) as connection:
            return bool(await queries.restore_flow(connection, workspace_id=workspace_id, id=flow_id))

    async def usage(self, workspace_id: UUID, flow_ids: Sequence[UUID]) -> dict[UUID, Usage]:
        whose = {"workspace_id": workspace_id, "flow_ids": list(flow_ids)}
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            counts = [row async for row in queries.counts_of_runs(connection, **whose, most=MOST_COUNTED)]
            last = {row["flow_id"]: _run(row) async for row in queries.last_runs(connection, **whose)}
        return {row["flow_id"]: Usage(row["runs"], row["running"], last.get(row["flow_id"])) for row in counts}

    async def start(self, flow: Flow, runs: Sequence[NewRun], by: str, at: datetime) -> None:
        ids = [run.id for run in runs]
        whose = {"workspace_id": flow.workspace_id, "flow_id": flow.id, "ids": ids}
        async with transaction(self._pool, of_workspace(flow.workspace_id), Work.WRITE) as connection:
            await queries.insert_runs(
                connection,
                **whose,
                revision=flow.revision,
                contact_ids=[run.contact_id for run in runs],
                inputs=[msgspec.json.encode(run.input).decode() for run in runs],
                at=at,
                by=by,
            )
            if await queries.runs_of_flow(connection, **whose) != len(set(ids)):
                raise TakenRunIdError

    async def runs(self, workspace_id: UUID, wanted: RunFilter) -> list[Run]:
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            rows = queries.page_of_runs(
                connection,
                workspace_id=workspace_id,
                flow_id=wanted.flow_id,
                contact_id=wanted.contact_id,
                state=wanted.state,
                limit=wanted.limit,
                **_place(wanted.after),
            )
            return [_run(row) async for row in rows]

    async def run(self, workspace_id: UUID, run_id: UUID) -> tuple[Run, list[StepRecord]] | None:
        async with session(self._pool, of_workspace(workspace_id), Work.READ) as connection:
            row = await queries.find_run(connection, workspace_id=workspace_id, id=run_id)
            if row is None:
                return None
            steps = queries.steps_of_run(connection, workspace_id=workspace_id, run_id=run_id)
            return _run(row), [_step(step) async for step in steps]

    async def cancel(self, workspace_id: UUID, run_id: UUID, at: datetime) -> bool:
        async with session(self._pool, of_workspace(workspace_id), Work.WRITE) as connection:
            return bool(await queries.cancel_run(connection, workspace_id=workspace_id, id=run_id, at=at))


class PostgresRuns:
    """See `port.RunStore`; on a pool of the worker's role."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def take_due(self, now: datetime, most: int, decide: Decide) -> tuple[int, list[Effect]]:
        async with transaction(self._pool, {}, Work.BACKGROUND) as connection:
            rows = [row async for row in queries.due_runs(connection, now=now, most=most)]
            if not rows:
                return 0, []
            steps = await _steps_by_run(connection, [row["id"] for row in rows])
            found = [decide(_run(row), row["definition"].encode(), steps.get(row["id"], {})) for row in rows]
            await _save(connection, found)
        return len(rows), [each.effect for each in found if each.effect is not None]

    async def heard(self, told: Sequence[Told], now: datetime) -> int:
        ids = [each.execution_id for each in told]
        async with transaction(self._pool, {}, Work.BACKGROUND) as connection:
            runs = [row["id"] async for row in queries.lock_runs_of(connection, execution_ids=ids)]
            if runs:
                # One statement changes a row once, so results and updates of one execution go one after the other.
                for chosen in ("result", "update"):
                    await _note(connection, [each for each in told if getattr(each, chosen) is not None], now)
                await queries.wake_runs(connection, ids=runs, now=now)
        return len(runs)

    async def loaded(self, run_id: UUID, contact: dict[str, Any], now: datetime) -> None:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.save_contact(connection, id=run_id, contact=contact, now=now)

    async def answered(self, run_id: UUID, step_id: str, result: dict[str, Any], now: datetime) -> None:
        async with transaction(self._pool, {}, Work.BACKGROUND) as connection:
            if await queries.lock_run(connection, id=run_id) is not None:
                await queries.save_answer(connection, run_id=run_id, step_id=step_id, result=result, now=now)
                await queries.wake_runs(connection, ids=[run_id], now=now)

    async def later(self, run_id: UUID, due_at: datetime, why: dict[str, Any]) -> None:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.try_later(connection, id=run_id, due_at=due_at, why=why)

    async def fail(self, run_id: UUID, error: dict[str, Any], now: datetime) -> None:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.fail_run(connection, id=run_id, error=error, at=now)

    async def outgoing(self, most: int) -> list[OutgoingExecution]:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            return [OutgoingExecution(**row) async for row in queries.oldest_messages(connection, most=most)]

    async def published(self, ids: Sequence[int]) -> None:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            await queries.forget_messages(connection, ids=list(ids))

    async def forget(self, before: datetime, most: int) -> int:
        async with session(self._pool, {}, Work.BACKGROUND) as connection:
            return len([row async for row in queries.forget_runs(connection, before=before, most=most)])


async def _add_version(connection: Connection, flow: Flow) -> None:
    await queries.insert_version(
        connection,
        flow_id=flow.id,
        revision=flow.revision,
        workspace_id=flow.workspace_id,
        definition=flow.definition.decode(),
    )


async def _steps_by_run(connection: Connection, run_ids: list[UUID]) -> dict[UUID, dict[str, StepRecord]]:
    found: dict[UUID, dict[str, StepRecord]] = {}
    async for row in queries.steps_of_runs(connection, run_ids=run_ids):
        found.setdefault(row["run_id"], {})[row["step_id"]] = _step(row)
    return found


async def _save(connection: Connection, found: Sequence[Advance]) -> None:
    await queries.save_run(connection, [_columns(each.run) for each in found])
    if steps := [_columns(record) for each in found for record in each.records.values()]:
        await queries.save_step(connection, steps)
    messages = [message for each in found for message in each.messages]
    if messages:
        rows = [{"workspace_id": each.workspace_id, "key": each.key(), "value": each.to_json()} for each in messages]
        await queries.add_message(connection, rows)


async def _note(connection: Connection, told: Sequence[Told], now: datetime) -> None:
    by_id = {each.execution_id: each for each in reversed(told)}
    await queries.note_told(
        connection,
        execution_ids=list(by_id),
        results=[_text(each.result) for each in by_id.values()],
        updates=[_text(each.update) for each in by_id.values()],
        now=now,
    )


def _text(value: dict[str, Any] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _columns(kept: Run | StepRecord) -> dict[str, Any]:
    return {field.name: getattr(kept, field.name) for field in fields(kept)}


def _place(after: Cursor | None) -> dict[str, Any]:
    return {"after_time": after.created_at if after else None, "after_id": after.id if after else None}


def _flow(row: Any) -> Flow:
    return Flow(**{**row, "definition": row["definition"].encode()})


def _run(row: Any) -> Run:
    told = {name: row[name] for name in RUN_FIELDS if name in row}
    return Run(**told | {"state": RunState(row["state"])})


def _step(row: Any) -> StepRecord:
    return StepRecord(**{name: row[name] for name in STEP_FIELDS} | {"state": StepState(row["state"])})
