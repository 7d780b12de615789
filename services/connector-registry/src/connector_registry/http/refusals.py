"""What the rules refuse, as problem documents."""

from collections.abc import Awaitable
from typing import TypeVar

from pydantic import ValidationError

from connector_registry.connectors.port import ConnectorMissing, DraftRefused, StaleVersion
from connector_registry.http.conditions import etag
from connectors_shared.http.problems import FieldProblem, ProblemError, field_problems

T = TypeVar("T")


async def answer_to(step: Awaitable[T]) -> T:
    """The result; what the catalogue raises becomes a ProblemError."""
    try:
        return await step
    except ValidationError as error:
        raise invalid(field_problems(error.errors(include_input=False, include_url=False))) from None
    except DraftRefused as refusal:
        raise invalid(refusal.problems) from None
    except ConnectorMissing:
        raise ProblemError(
            404, "not-found", "No such connector", "There is no connector with this id in your workspace."
        ) from None
    except StaleVersion as stale:
        raise ProblemError(
            412,
            "version-changed",
            "Somebody changed it in between",
            f"It is at version {stale.current} now. Read it again, then send your change with its ETag.",
            headers={"ETag": etag(stale.current)},
        ) from None


def invalid(problems: list[FieldProblem]) -> ProblemError:
    return ProblemError(
        422,
        "invalid-request",
        "The request is not valid",
        "Change the fields named in errors and send it again.",
        problems,
    )


def without_nul(pointer: str, text: str | None) -> str | None:
    """Postgres has no NUL in text."""
    if text and "\x00" in text:
        raise invalid([FieldProblem(pointer=pointer, detail="must not hold a NUL character")])
    return text
