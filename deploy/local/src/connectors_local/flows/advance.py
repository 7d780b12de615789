"""What a run does next: from what is stored and nothing else, so that after a kill it does the same again.

Nothing here waits or asks anybody. A call of a connector is a message, stored with the step in one transaction; what
has to be asked of the contacts API is an effect, done after that transaction and repeated under one key until it is
answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from connectors_client import derived_execution_id
from connectors_local.flows.definition.conditions import holds
from connectors_local.flows.definition.program import Decide, Do, Instruction, Jump
from connectors_local.flows.definition.steps import ConnectorStep, UpdateContactStep, WaitStep
from connectors_local.flows.model import Run, RunState, StepRecord, StepState
from connectors_local.flows.templates import CONTACT, INPUT, rendered
from connectors_shared.contract.execution import ConnectorExecute, ExecutionContext, OnError
from connectors_shared.contract.topics import EXECUTE_BYTES

EFFECT_SECONDS: Final = 30.0
"""After which an effect that has not been answered is begun again: its process may be gone."""
LATE_SECONDS: Final = 60.0
"""Beyond the deadline of a call, within which the executor says that it has passed."""
MOST_KEPT_BYTES: Final = 256 * 1024
"""Of all that a run has stored, as JSON: every step's request is rendered from it."""
MOST_SHOWN_BYTES: Final = 16 * 1024
"""Of a step's output, once the run has gone on."""


class EffectKind(StrEnum):
    """What is asked of the contacts API."""

    LOAD_CONTACT = "load_contact"
    UPDATE_CONTACT = "update_contact"


@dataclass(frozen=True, slots=True)
class Effect:
    """To be done once this is stored."""

    kind: EffectKind
    run: Run
    record: StepRecord | None = None


@dataclass(slots=True)
class Advance:
    """What is to be stored, in one transaction."""

    run: Run
    records: dict[str, StepRecord] = field(default_factory=dict)
    messages: list[ConnectorExecute] = field(default_factory=list)
    effect: Effect | None = None


def advance(run: Run, program: tuple[Instruction, ...], records: Mapping[str, StepRecord], now: datetime) -> Advance:
    """As far as it goes without anything that is not stored yet."""
    return _Advancing(run, program, dict(records), now).go()


def given_up(run: Run, why: str, now: datetime) -> Advance:
    """Nothing that was decided of it is stored but that it failed."""
    return Advance(replace(run, state=RunState.FAILED, error=_error("internal", why), ended_at=now))


class _Advancing:
    def __init__(
        self, run: Run, program: tuple[Instruction, ...], records: dict[str, StepRecord], now: datetime
    ) -> None:
        self._program = program
        self._records = records
        self._now = now
        self._done = Advance(run)

    @property
    def run(self) -> Run:
        return self._done.run

    def go(self) -> Advance:
        while self.run.state is RunState.RUNNING:
            if self.run.position >= len(self._program):
                self._end(RunState.SUCCEEDED)
            elif not self._step(self._program[self.run.position]):
                break
        return self._done

    def _step(self, instruction: Instruction) -> bool:
        """Whether it went on."""
        if isinstance(instruction, Jump):
            self._to(instruction.at)
            return True
        if instruction.uses_contact and self._lacks_contact():
            return False
        if isinstance(instruction, Decide):
            return self._decide(instruction)
        record = self._records.get(instruction.step.id)
        return self._begin(instruction) if record is None else self._look_at(instruction, record)

    def _lacks_contact(self) -> bool:
        if self.run.contact_id is None or self.run.contact is not None:
            return False
        self._change(due_at=self._now + timedelta(seconds=EFFECT_SECONDS))
        self._done.effect = Effect(EffectKind.LOAD_CONTACT, self.run)
        return True

    def _decide(self, instruction: Decide) -> bool:
        step = instruction.step
        try:
            taken = holds(step.condition, self._known())
        except ValueError as error:
            self._note(self._new(step.id, step.action, state=StepState.FAILED, error=_error("invalid_input", error)))
            self._fail(step.id, _error("invalid_input", error))
            return False
        told = {"taken": "then" if taken else "else"}
        self._note(self._new(step.id, step.action, state=StepState.SUCCEEDED, result=told, ended_at=self._now))
        self._to(self.run.position + 1 if taken else instruction.otherwise)
        return True

    def _begin(self, instruction: Do) -> bool:
        step = instruction.step
        if isinstance(step, WaitStep):
            until = step.until or self._now + timedelta(seconds=step.seconds or 0.0)
            return self._look_at(instruction, self._note(self._new(step.id, step.action, until=until)))
        try:
            if isinstance(step, ConnectorStep):
                self._ask(step)
            else:
                self._write(step)
        except ValueError as error:
            record = self._new(step.id, step.action)
            return self._settle(instruction, record, error=_error("invalid_input", error))
        return False

    def _ask(self, step: ConnectorStep) -> None:
        execution = self._execution(step)
        if len(execution.to_json()) > EXECUTE_BYTES:
            raise ValueError(f"the execution has more than {EXECUTE_BYTES} bytes")
        until = self._now + timedelta(seconds=step.timeout_seconds + LATE_SECONDS)
        self._note(self._new(step.id, step.action, execution_id=execution.execution_id, until=until))
        self._done.messages.append(execution)
        self._change(due_at=until)

    def _execution(self, step: ConnectorStep) -> ConnectorExecute:
        run = self.run
        return ConnectorExecute(
            execution_id=self._id_of(step.id),
            workspace_id=run.workspace_id,
            connector_id=step.connector_id,
            connector_version=step.connector_version,
            inputs=rendered(step.inputs, self._known()),
            context=ExecutionContext(
                flow_id=str(run.flow_id), flow_run_id=str(run.id), step_id=step.id, contact_id=run.contact_id
            ),
            field_mappings=step.field_mappings,
            mapping_template=step.mapping_template,
            options=step.options,
            store_as=step.store_as,
            on_error=step.on_error,
            lane=step.lane,
            deadline=self._now + timedelta(seconds=step.timeout_seconds),
            requested_at=self._now,
        )

    def _write(self, step: UpdateContactStep) -> None:
        known = self._known()
        asked = {
            "user_fields": rendered(step.user_fields, known),
            "custom_fields": rendered(step.custom_fields, known),
        }
        record = self._note(self._new(step.id, step.action, execution_id=self._id_of(step.id), asked=asked))
        self._again(record)

    def _again(self, record: StepRecord) -> None:
        self._change(due_at=self._now + timedelta(seconds=EFFECT_SECONDS))
        self._done.effect = Effect(EffectKind.UPDATE_CONTACT, self.run, record)

    def _look_at(self, instruction: Do, record: StepRecord) -> bool:
        """At a step that has begun."""
        step = instruction.step
        if isinstance(step, WaitStep):
            if record.until is not None and record.until > self._now:
                self._change(due_at=record.until)
                return False
            return self._settle(instruction, record)
        if isinstance(step, ConnectorStep):
            return self._look_at_call(instruction, step, record)
        if record.result is None:
            self._again(record)
            return False
        self._change(contact_id=record.result.get("contactId", self.run.contact_id), contact=None)
        return self._settle(instruction, record, error=record.result.get("error"))

    def _look_at_call(self, instruction: Do, step: ConnectorStep, record: StepRecord) -> bool:
        result = record.result
        writes = bool(step.field_mappings) or step.mapping_template is not None
        awaits_update = writes and record.update is None
        if result is not None and (not result["success"] or not awaits_update):
            return self._heard(instruction, step, record, result)
        if record.until is not None and record.until <= self._now:
            what = "connector.result" if result is None else "contact.updated"
            return self._settle(instruction, record, error=_error("timeout", f"no {what} came in time"))
        self._change(due_at=record.until or self._now)
        return False

    def _heard(self, instruction: Do, step: ConnectorStep, record: StepRecord, result: dict[str, Any]) -> bool:
        if not result["success"]:
            error = result.get("error") or _error("failed", "")
            return self._settle(instruction, record, error=error, on_error=result.get("onError"))
        if record.update is not None:
            self._change(contact_id=record.update.get("contactId") or self.run.contact_id, contact=None)
        if step.store_as is not None:
            variables = self.run.variables | {step.store_as: result.get("data")}
            if len(msgspec.json.encode(variables)) > MOST_KEPT_BYTES:
                message = f"a run stores {MOST_KEPT_BYTES} bytes at most; let the connector's transform give less"
                return self._settle(instruction, record, error=_error("result_too_large", message))
            self._change(variables=variables)
        return self._settle(instruction, record)

    def _settle(
        self, instruction: Do, record: StepRecord, *, error: dict[str, Any] | None = None, on_error: str | None = None
    ) -> bool:
        """The step is over, and perhaps the run with it."""
        state = StepState.SUCCEEDED if error is None else StepState.FAILED
        self._note(replace(record, state=state, error=error, result=_shown(record.result), ended_at=self._now))
        rule = getattr(instruction.step, "on_error", None) or on_error or OnError.STOP
        if error is not None and rule != OnError.CONTINUE:
            self._fail(record.step_id, error)
            return False
        self._to(self.run.position + 1)
        return True

    def _to(self, position: int) -> None:
        self._change(position=position, tries=0, error=None, due_at=self._now)

    def _fail(self, step_id: str, error: dict[str, Any]) -> None:
        self._change(error={"stepId": step_id} | error)
        self._end(RunState.FAILED)

    def _end(self, state: RunState) -> None:
        self._change(state=state, ended_at=self._now)

    def _change(self, **what: Any) -> None:
        self._done.run = replace(self._done.run, **what)

    def _note(self, record: StepRecord) -> StepRecord:
        self._records[record.step_id] = self._done.records[record.step_id] = record
        return record

    def _new(self, step_id: str, action: str, **what: Any) -> StepRecord:
        run = self.run
        return StepRecord(run.id, run.workspace_id, step_id, len(self._records), action, self._now, **what)

    def _id_of(self, step_id: str) -> UUID:
        return derived_execution_id(self.run.id, step_id)

    def _known(self) -> dict[str, Any]:
        """What templates may name."""
        run = self.run
        contact = (run.contact or {}) | {"id": run.contact_id}
        return {**run.variables, CONTACT: contact, INPUT: run.input}


def _error(kind: str, what: object) -> dict[str, Any]:
    return {"type": kind, "message": str(what)}


def _shown(result: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is kept of it for people; the run itself has what it stored."""
    if result is None or len(msgspec.json.encode(result.get("data"))) <= MOST_SHOWN_BYTES:
        return result
    return {**result, "data": None, "cut": ["data"]}


__all__ = ["Advance", "Effect", "EffectKind", "advance", "given_up"]
