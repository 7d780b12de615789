"""The report of a trial, made of what was noted on its way and of its result."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import msgspec

from connector_executor.execution import Execution
from connector_executor.input_redaction import redacted_inputs
from connector_executor.outcome import Failure, Outcome, Retry, Success, outcome_name
from connector_executor.trials import remarks
from connector_executor.trials.masking import Masker
from connector_executor.trials.reasons import why_not_repeated, why_repeated
from connector_executor.trials.sent import sent_headers, sent_request
from connector_executor.trials.showing_bodies import shown_answer
from connector_executor.trials.trace import Observed, Trace
from connectors_shared.contract.trial import (
    HeaderLine,
    RawResponse,
    Remark,
    ShownBody,
    Timings,
    TrialAttempt,
    TrialError,
    TrialReport,
)
from connectors_shared.definition.templates import INPUT
from connectors_shared.egress import HttpResponse, SendFailure

LOCALLY = msgspec.json.Decoder()


class Told(msgspec.Struct, rename="camel"):
    """What of a result the report needs."""

    success: bool = False
    data: Any = None
    error: dict[str, Any] | None = None
    inputs: Any = None


TOLD = msgspec.json.Decoder(Told)


def trial_report(execution: Execution, trace: Trace, message: bytes | Failure, most_bytes: int) -> TrialReport:
    """`message` is the result, or why there is none. It reads whole bodies, so it is made beside the event loop."""
    told = _told(execution, trace, message)
    last = trace.attempts[-1] if trace.attempts else None
    response = last.answer if last is not None and isinstance(last.answer, HttpResponse) else None
    masker, plan, given = Masker(trace.authorized), execution.plan, execution.inputs()
    scope = trace.scope or {INPUT: given}
    shown = None if response is None else shown_answer(response.body, response.headers.get("Content-Type", ""))
    found: list[Remark] = [] if plan.fault is not None else [*remarks.about_inputs(plan, given, scope)]
    if last is not None:
        found += remarks.about_request(last.request)
    if response is not None and shown is not None:
        found += remarks.about_response(plan, response, shown)
    if told.success:
        found += remarks.about_output(plan, told.data, len(message) if isinstance(message, bytes) else 0, most_bytes)
    return TrialReport(
        execution_id=execution.event.execution_id,
        connector_id=execution.event.connector_id,
        success=told.success,
        output=told.data,
        error=_error(told, last),
        time=(time.perf_counter() - trace.began_at) * 1000,
        inputs=told.inputs,
        request=last and sent_request(plan, last.request, sent_headers(last), given, scope, trace.authorized),
        response=response and shown and _response(response, shown, masker),
        attempts=list(_attempts(trace, execution)),
        warnings=found,
    )


def _told(execution: Execution, trace: Trace, message: bytes | Failure) -> Told:
    if isinstance(message, bytes):
        return TOLD.decode(message)
    inputs, _ = redacted_inputs(execution.raw_inputs(), trace.authorized.secrets)
    error = {"type": message.type, "message": message.message, "httpStatus": message.http_status}
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in message.errors]
    return Told(error=error | {"retryable": message.retryable, "errors": errors}, inputs=LOCALLY.decode(inputs))


def _error(told: Told, last: Observed | None) -> TrialError | None:
    if told.error is None:
        return None
    decision, answer = (last.decision, last.answer) if last is not None else (None, None)
    position = decision.position if isinstance(decision, Failure) else None
    place = answer.place if isinstance(answer, SendFailure) else None
    return TrialError.model_validate({**told.error, "position": position, "place": place and asdict(place)})


def _response(response: HttpResponse, shown: ShownBody, masker: Masker) -> RawResponse:
    return RawResponse(
        status=response.status,
        headers=list(_lines(response.headers.items(), masker)),
        body=shown,
        wire_bytes=response.wire_bytes,
    )


def _lines(headers: Iterable[tuple[str, str]], masker: Masker) -> Iterator[HeaderLine]:
    for name, value in headers:
        yield HeaderLine(name=name, value=masker.answered(name, _readable(value)))


def _readable(text: str) -> str:
    """Bytes that are no UTF-8 came in as half characters, which JSON does not take."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _attempts(trace: Trace, execution: Execution) -> Iterator[TrialAttempt]:
    for index, attempt in enumerate(trace.attempts):
        following = trace.attempts[index + 1] if index + 1 < len(trace.attempts) else None
        why = why_repeated(attempt, following) if following else why_not_repeated(attempt, trace, execution.plan)
        outcome = _outcome(attempt)
        yield TrialAttempt(
            number=index + 1,
            started=attempt.started,
            status=_status(attempt.answer),
            outcome=outcome_name(outcome),
            message="" if isinstance(outcome, Success) else outcome.message,
            repeated=following is not None,
            why=why,
            timings=_timings(attempt),
        )


def _outcome(attempt: Observed) -> Outcome:
    return attempt.decision.failure if isinstance(attempt.decision, Retry) else attempt.decision


def _status(answer: HttpResponse | SendFailure | None) -> int | None:
    if isinstance(answer, HttpResponse):
        return answer.status
    return answer.response_status if answer is not None else None


def _timings(attempt: Observed) -> Timings:
    watch = attempt.watch
    is_encrypted = attempt.request.url[:6].lower() == "https:"
    read_at = watch.moments.get("read")
    return Timings(
        queue=(attempt.admitted_at - attempt.since) * 1000,
        slot_wait=(attempt.called_at - attempt.admitted_at) * 1000,
        token=attempt.token_ms,
        connection_wait=watch.between("queued", "dequeued"),
        dns=watch.between("resolving", "resolved"),
        connect=watch.between("resolved" if "resolved" in watch.moments else "dialling", "dialled"),
        tls=watch.between("dialled", "connected") if is_encrypted else None,
        first_byte=watch.between("sent", "answered"),
        download=watch.between("answered", "read"),
        transform=None if read_at is None else (attempt.ended_at - read_at) * 1000,
        total=(attempt.ended_at - attempt.since) * 1000,
        reused_connection=watch.reused,
    )
