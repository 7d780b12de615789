"""The request that a definition makes of some values, shown and not sent: no secret is opened for it.

What nobody gave is stood in for: by a word that no encoding changes, which is found in what was rendered, and shown as
the placeholder that it stands for.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any, Final
from uuid import uuid4

from connector_executor.connectors.credentials import LiveCredential
from connector_executor.connectors.plan import Plan, UncompilableError, compile_plan
from connector_executor.connectors.workspaces import Workspaces
from connector_executor.outcome import Failure
from connector_executor.stages.authorize import Authorizer, stand_in
from connector_executor.stages.render import render_request
from connector_executor.stages.scope import scope_of
from connector_executor.stages.validate import validate_inputs
from connector_executor.trials.sent import sent_request
from connectors_shared.contract.execution import ConnectorExecute
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.nesting import MOST_MESSAGE_LEVELS, is_deeper
from connectors_shared.contract.trial import RequestReport, SentRequest, TrialError, TrialOrder
from connectors_shared.definition.auth.sealed import kind_of
from connectors_shared.definition.inputs.fields import Field, Fields
from connectors_shared.definition.templates import INPUT, Reference, StandIn
from connectors_shared.definition.templates.roots import CONTEXT
from connectors_shared.runtime.secrets import Keyring

MOST_MISSING: Final = 100
STOOD_IN_FOR: Final = frozenset((INPUT, CONTEXT))
UNREADABLE: Final = Failure(FailureType.INVALID_REQUEST, "This version of the executor cannot read the definition.")
TOO_DEEP: Final = Failure(FailureType.INVALID_INPUT, f"The inputs are nested deeper than {MOST_MESSAGE_LEVELS} levels.")
WITHOUT_KEYS: Final = Authorizer(Keyring({"none": token_bytes(32)}))
"""It can open nothing that was stored."""
FOREIGN: Final = Failure(FailureType.CREDENTIAL_UNUSABLE, "The connector's credential is not known.")


class Missing:
    """What stands in for values that nobody gave: each way of them, with its word."""

    def __init__(self) -> None:
        self.ways: list[str] = []
        self._mark = f"z{uuid4().hex[:12]}z"
        self._words = re.compile(f"{self._mark}([0-9]+){self._mark}", re.IGNORECASE)

    def fill(self, scope: dict[str, Any], references: Iterable[Reference]) -> None:
        """Lists are left as they are: how many items they would have is not known."""
        for each in references:
            if each.root not in STOOD_IN_FOR or each.default is not None or each.found(scope) is not None:
                continue
            if len(self.ways) < MOST_MISSING and _put(scope, each, self._word()):
                self.ways.append(each.way)

    def _word(self) -> StandIn:
        return StandIn(f"{self._mark}{len(self.ways)}{self._mark}")

    def among(self, references: Iterable[Reference]) -> list[str]:
        return [way for way in self.ways if any(each.way == way for each in references)]

    def shown(self, request: SentRequest) -> SentRequest:
        if not self.ways:
            return request
        text = self._words.sub(lambda found: f"{{{{{self.ways[int(found[1])]}}}}}", request.to_json().decode())
        return SentRequest.model_validate_json(text)


def _put(scope: dict[str, Any], reference: Reference, word: StandIn) -> bool:
    *before, last = reference.steps
    place: Any = scope.setdefault(reference.root, {})
    for step in before:
        if not isinstance(place, dict) or not isinstance(step, str):
            return False
        if place.get(step) is None:
            place[step] = {}
        place = place[step]
    if not isinstance(place, dict) or not isinstance(last, str):
        return False
    place[last] = word
    return True


def foreseen_request(order: TrialOrder, workspaces: Workspaces) -> RequestReport:
    """It renders whole bodies, so it is made beside the event loop."""
    missing = Missing()
    made = _made(order, workspaces, missing)
    if isinstance(made, SentRequest):
        return RequestReport(request=missing.shown(made), missing=missing.ways)
    return RequestReport(error=told_failure(made), missing=missing.ways)


def told_failure(failure: Failure) -> TrialError:
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in failure.errors]
    told = {"type": failure.type, "message": failure.message, "retryable": False, "errors": errors}
    return TrialError.model_validate(told)


def _made(order: TrialOrder, workspaces: Workspaces, missing: Missing) -> SentRequest | Failure:
    plan = _plan(order)
    if isinstance(plan, Failure):
        return plan
    event = _event(order)
    message = event.to_json()
    if is_deeper(message, MOST_MESSAGE_LEVELS):
        return TOO_DEEP
    inputs = validate_inputs(event.inputs, _not_required(plan.request.inputs))
    if isinstance(inputs, Failure):
        return inputs
    scope = {root: dict(found) for root, found in scope_of(plan, inputs, message, workspaces).items()}
    missing.fill(scope, plan.placeholders.uses)
    host = plan.request.url.host
    if host is not None and (chosen := missing.among(host.template.references)):
        why = f"Which host is called is chosen by {', '.join(chosen)}: give a value."
        return Failure(FailureType.INVALID_INPUT, why)
    authorized = WITHOUT_KEYS.authorize(plan)
    if isinstance(authorized, Failure):
        return authorized
    request = render_request(plan, scope, str(event.execution_id), authorized, len(message))
    if isinstance(request, Failure):
        return request
    stood_in = {way.split(".")[1]: "" for way in missing.ways if way.startswith(f"{INPUT}.")}
    return sent_request(plan, request, request.headers, stood_in | event.inputs, scope, authorized)


def _plan(order: TrialOrder) -> Plan | Failure:
    connector = order.connector
    given = {each.credential_id: each for each in order.credentials if each.workspace_id == connector.workspace_id}
    live: dict[Any, LiveCredential] = {}
    for credential_id in (connector.credential_id, connector.secrets_id):
        if credential_id is None or credential_id in live:
            continue
        if credential_id not in given or isinstance(kind_of(given[credential_id]), list):
            return FOREIGN
        live[credential_id] = LiveCredential(credential_id)
        stand_in(live[credential_id], given[credential_id], uuid4().hex)
    auth, secrets = (live.get(each) for each in (connector.credential_id, connector.secrets_id))
    try:
        return compile_plan(connector.model_copy(update={"enabled": True}), auth=auth, secrets=secrets)
    except UncompilableError:
        return UNREADABLE


def _not_required(fields: Fields) -> Fields:
    """What a form lacks so far is stood in for."""
    return Fields(tuple((name, _optional(field)) for name, field in fields))


def _optional(field: Field) -> Field:
    properties = field.properties
    return replace(field, required=False, properties=None if properties is None else _not_required(properties))


def _event(order: TrialOrder) -> ConnectorExecute:
    return ConnectorExecute(
        execution_id=order.execution_id,
        workspace_id=order.connector.workspace_id,
        connector_id=order.connector.connector_id,
        inputs=order.inputs,
        context=order.context,
        requested_at=datetime.now(UTC),
    )
