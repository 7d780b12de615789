"""From the answer's document to the data of the result."""

from connector_executor.connectors.plan import Plan
from connector_executor.outcome import Failure, Success
from connector_executor.stages.body import Unread, read_body, unchanged
from connector_executor.transform import INVALID_DOCUMENT, Transformer, TransformFailure
from connectors_shared.contract.failure import FailureType
from connectors_shared.egress import HttpResponse


async def transform_response(plan: Plan, response: HttpResponse, transformer: Transformer) -> Success | Failure:
    document = read_body(response)
    if isinstance(document, Failure):
        return document
    if isinstance(document, Unread):
        return await _transform_apart(plan, document, response.status, transformer)
    if plan.transform is None:
        return Success(document, response.status)
    outcome = await transformer.evaluate(plan.transform, document, turn=plan.turn)
    if isinstance(outcome, TransformFailure):
        return _failed(outcome, response.status)
    return Success(outcome.value, response.status)


async def _transform_apart(plan: Plan, document: Unread, status: int, transformer: Transformer) -> Success | Failure:
    if plan.transform is None:
        return unchanged(document, status)
    outcome = await transformer.evaluate_apart(plan.transform, document.body, turn=plan.turn)
    if isinstance(outcome, TransformFailure):
        is_ours = outcome.code != INVALID_DOCUMENT
        return _failed(outcome, status) if is_ours else Failure(FailureType.INVALID_RESPONSE, outcome.message, status)
    return Success(outcome.value, status)


def _failed(outcome: TransformFailure, status: int) -> Failure:
    message = f"The response transform failed ({outcome.code}): {outcome.message.removesuffix('.')}."
    return Failure(FailureType.TRANSFORM_FAILED, message, status, position=outcome.position)
