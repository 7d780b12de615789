"""What placeholders can name: the inputs, and of context and workspace what the definition asks for."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connector_executor.connectors.plan import Plan
from connector_executor.connectors.workspaces import Workspaces
from connectors_shared.definition.inputs.numbers import exact
from connectors_shared.definition.templates import Scope
from connectors_shared.definition.templates.roots import CONTEXT, INPUT, WORKSPACE


class Context(msgspec.Struct, rename="camel"):
    """That part of a message which placeholders may name; the contract reads it by either name."""

    contact_id: str | None = None
    flow_id: str | None = None
    flow_run_id: str | None = None
    step_id: str | None = None
    variables: dict[str, Any] = {}
    contact_by_name: str | None = msgspec.field(default=None, name="contact_id")
    flow_by_name: str | None = msgspec.field(default=None, name="flow_id")
    flow_run_by_name: str | None = msgspec.field(default=None, name="flow_run_id")
    step_by_name: str | None = msgspec.field(default=None, name="step_id")


class InContext(msgspec.Struct):
    context: Context = msgspec.field(default_factory=Context)


INPUTS_ONLY: Final = frozenset({INPUT})
DECODER: Final = msgspec.json.Decoder(InContext, float_hook=exact)


def scope_of(plan: Plan, inputs: Mapping[str, Any], message: bytes, workspaces: Workspaces) -> Scope:
    """`message` is the `connector.execute`, read again only for a definition that names something of its context."""
    scope: dict[str, Any] = {INPUT: inputs}
    roots = plan.placeholders.roots
    if roots <= INPUTS_ONLY:
        return scope
    if CONTEXT in roots:
        scope[CONTEXT] = _context(message)
    if WORKSPACE in roots:
        scope[WORKSPACE] = _workspace(plan, workspaces)
    return scope


def _context(message: bytes) -> dict[str, Any]:
    told = DECODER.decode(message).context
    return {
        "contactId": told.contact_id or told.contact_by_name,
        "flowId": told.flow_id or told.flow_by_name,
        "flowRunId": told.flow_run_id or told.flow_run_by_name,
        "stepId": told.step_id or told.step_by_name,
        "variables": told.variables,
    }


def _workspace(plan: Plan, workspaces: Workspaces) -> dict[str, Any]:
    facts = workspaces.of(plan.workspace_id)
    return {"id": plan.workspace_key, "name": facts.name or None, "phoneRegion": facts.phone_region}
