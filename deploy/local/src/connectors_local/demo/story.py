"""The story itself, on a stack that is up: contacts in, connector saved, flow run, contacts read back."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from connectors_local.demo.clients import Mapper, Registry, api_client, for_each, true_identities
from connectors_local.demo.contacts import DemoContact, demo_contacts
from connectors_local.demo.definition import connector_definition, execution_for
from connectors_local.demo.exchange import open_exchange
from connectors_local.demo.flow_engine import FlowEngine, FlowReport, Progress
from connectors_local.demo.pretend_api.api import DEFAULT_TOKEN
from connectors_local.demo.trace import trace_lines
from connectors_local.demo.verification import WRITTEN_CUSTOM_FIELDS, Verdict, verify
from connectors_local.state import StackRecord

FLOW_TIMEOUT_SECONDS: Final = 60.0


class Audience(Protocol):
    """Who is told how it goes."""

    def say(self, line: str) -> None: ...
    def follow(self, total: int) -> contextlib.AbstractContextManager[None]:
        """Around the flow run."""

    def progress(self, progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True)
class Story:
    """What happened. `before` and `after` are the contacts as the mapper's API showed them."""

    connector_id: UUID
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
    """Raises ApiError and ExchangeError. Telling it again starts from the same contacts as the first time."""
    contacts = demo_contacts(workspace_id)
    async with (
        api_client(record.registry_url, token) as registry_api,
        api_client(record.mapper_url, token) as mapper_api,
        api_client(record.pretend_api_url) as pretend_api,
    ):
        mapper = Mapper(mapper_api)
        before = await for_each(lambda contact: mapper.put(contact, WRITTEN_CUSTOM_FIELDS), contacts)
        audience.say(f"{len(contacts)} contacts are in the field mapper, as a CSV file knows them")
        definition = connector_definition(record.pretend_api_url, DEFAULT_TOKEN)
        registry = Registry(registry_api)
        await registry.grant(record.pretend_api_url, "the demo's pretend API")
        connector_id = await registry.save(definition)
        audience.say(f"connector {definition['name']} is saved and published: {connector_id}")
        for line in trace_lines(await registry.test(connector_id, {"phoneNumber": contacts[0].phone})):
            audience.say(line)
        report = await _run_flow(record, workspace_id, connector_id, contacts, audience, timeout_seconds)
        after = await for_each(lambda contact: mapper.get(contact.id), contacts)
        phones = [contact.phone for contact in contacts]
        truth = await true_identities(pretend_api, phones)
    verdict = verify(phones, list(report.outcomes.values()), after, truth)
    return Story(connector_id, contacts, before, after, report, verdict)


async def _run_flow(
    record: StackRecord,
    workspace_id: UUID,
    connector_id: UUID,
    contacts: Sequence[DemoContact],
    audience: Audience,
    timeout_seconds: float,
) -> FlowReport:
    events = [execution_for(contact, workspace_id, connector_id) for contact in contacts]
    async with open_exchange(record.kafka_bootstrap_servers) as exchange:
        with audience.follow(len(events)):
            return await FlowEngine(exchange, audience.progress).run(events, timeout_seconds)
