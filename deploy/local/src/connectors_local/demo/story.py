"""The story itself, on a stack that is up: contacts in, connectors saved, flow run, contacts and history read."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from connectors_local.demo.clients import Flows, Mapper, Registry, api_client, for_each, true_identities
from connectors_local.demo.contacts import DemoContact, demo_contacts
from connectors_local.demo.definition import connector_definition, flow_definition, loyalty_definition
from connectors_local.demo.flow import FlowReport, Progress, run_flow
from connectors_local.demo.history import history_lines
from connectors_local.demo.pretend_api.api import DEFAULT_TOKEN
from connectors_local.demo.pretend_api.loyalty import CLIENT_SECRET
from connectors_local.demo.trace import trace_lines
from connectors_local.demo.verification import WRITTEN_CUSTOM_FIELDS, Verdict, verify
from connectors_local.state import StackRecord

FLOW_TIMEOUT_SECONDS: Final = 60.0
USABLE_SECONDS: Final = 30.0
RECORDED_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.2


class Audience(Protocol):
    """Who is told how it goes."""

    def say(self, line: str) -> None: ...
    def follow(self, total: int) -> contextlib.AbstractContextManager[None]:
        """Around the flow run."""

    def progress(self, progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True)
class Story:
    """What happened. `before` and `after` are the contacts as the mapper's API showed them."""

    contacts: Sequence[DemoContact]
    before: Sequence[Mapping[str, Any]]
    after: Sequence[Mapping[str, Any]]
    report: FlowReport
    verdict: Verdict


async def tell_story(
    record: StackRecord,
    token: str,
    workspace_id: UUID,
    audience: Audience,
    *,
    timeout_seconds: float = FLOW_TIMEOUT_SECONDS,
) -> Story:
    """Raises ApiError. Telling it again starts from the same contacts as the first time."""
    contacts = demo_contacts(workspace_id)
    async with (
        api_client(record.registry_url, token) as registry_api,
        api_client(record.mapper_url, token) as mapper_api,
        api_client(record.flows_url, token) as flows_api,
        api_client(record.pretend_api_url) as pretend_api,
    ):
        mapper, registry, flows = Mapper(mapper_api), Registry(registry_api), Flows(flows_api)
        before = await for_each(lambda contact: mapper.put(contact, WRITTEN_CUSTOM_FIELDS), contacts)
        audience.say(f"{len(contacts)} contacts are in the field mapper, as a CSV file knows them")
        definition = await _connectors(registry, record.pretend_api_url, contacts[0], audience)
        ids = [contact.id for contact in contacts]
        with audience.follow(len(ids)):
            report = await run_flow(flows, definition, ids, audience.progress, timeout_seconds)
        for line in await _of_one_run(flows, registry, report):
            audience.say(line)
        after = await for_each(lambda contact: mapper.get(contact.id), contacts)
        phones = [contact.phone for contact in contacts]
        truth = await true_identities(pretend_api, phones)
    runs = [report.runs.get(str(contact.id)) for contact in contacts]
    return Story(contacts, before, after, report, verify(phones, runs, after, truth))


async def _connectors(registry: Registry, api_url: str, contact: DemoContact, audience: Audience) -> dict[str, Any]:
    """Save both, and test the first; the flow that uses them."""
    await registry.grant(api_url, "the demo's pretend API")
    saved = []
    for definition in (connector_definition(api_url, DEFAULT_TOKEN), loyalty_definition(api_url, CLIENT_SECRET)):
        connector_id = await registry.save(definition)
        saved.append(connector_id)
        kind = definition["config"]["auth"]["type"]
        audience.say(f"connector {definition['name']} ({kind}) is saved and published: {connector_id}")
        if (why_not := await registry.usable(connector_id, USABLE_SECONDS)) is not None:
            audience.say(f"  it cannot be used: {why_not}")
    for line in trace_lines(await registry.test(saved[0], {"phoneNumber": contact.phone})):
        audience.say(line)
    return flow_definition(*saved)


async def _of_one_run(flows: Flows, registry: Registry, report: FlowReport) -> list[str]:
    """A run that called both connectors, as the history has it, and the numbers of the workspace."""
    run = await _telling_run(flows, report)
    if run is None:
        return []
    calls = [step for step in run["steps"] if step["execution_id"]]
    recorded = await registry.executions_of(UUID(run["id"]))
    until = time.monotonic() + RECORDED_SECONDS
    while len(recorded) < len(calls) and time.monotonic() < until:
        await asyncio.sleep(POLL_SECONDS)
        recorded = await registry.executions_of(UUID(run["id"]))
    return list(history_lines(run, recorded, await registry.metrics()))


async def _telling_run(flows: Flows, report: FlowReport) -> dict[str, Any] | None:
    """The first with two calls, else the first."""
    first: dict[str, Any] | None = None
    for listed in report.runs.values():
        run = await flows.run(UUID(listed["id"]))
        if sum(bool(step["execution_id"]) for step in run["steps"]) > 1:
            return run
        first = first or run
    return first
