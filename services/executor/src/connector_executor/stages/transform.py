"""From the answer's bytes to the data of the result."""

from typing import Any

import msgspec

from connector_executor.connectors.plan import Plan
from connector_executor.egress import HttpResponse
from connector_executor.outcome import Failure, Success
from connector_executor.transform import Transformer, TransformFailure
from connectors_shared.contract.failure import FailureType

JSON_DECODER = msgspec.json.Decoder()


def read_body(response: HttpResponse) -> Any | Failure:
    """JSON as values, other text as a string, an empty body as None."""
    body = response.body
    if not body:
        return None
    content_type = response.headers.get("Content-Type", "")
    if "json" in content_type or (not content_type and body[:1] in b"{["):
        try:
            return JSON_DECODER.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Failure(FailureType.INVALID_RESPONSE, f"the answer is not valid JSON: {error}", response.status)
    try:
        return body.decode()
    except UnicodeDecodeError:
        return Failure(
            FailureType.INVALID_RESPONSE,
            f"the answer is neither JSON nor text ({content_type or 'no content type'})",
            response.status,
        )


async def transform_response(plan: Plan, response: HttpResponse, transformer: Transformer) -> Success | Failure:
    document = read_body(response)
    if isinstance(document, Failure):
        return document
    if plan.transform is None:
        return Success(document, response.status)
    outcome = await transformer.evaluate(plan.transform, document, turn=plan.turn)
    if isinstance(outcome, TransformFailure):
        message = f"the response transform failed ({outcome.code}): {outcome.message}"
        return Failure(FailureType.TRANSFORM_FAILED, message, response.status)
    return Success(outcome.value, response.status)
