"""Query parameters that a route does not have are refused: a filter that is misspelt would leave out nothing."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request

from connectors_shared.definition.problems import escaped
from connectors_shared.http.problems import FieldProblem, InvalidRequestError

MOST_NAMED: Final = 20
LONGEST: Final = 100
ANY: Final = "takes_any_parameter"
E = TypeVar("E", bound=Callable[..., Any])


def takes_any_parameter(endpoint: E) -> E:
    """For a route that hands them on, or whose caller is no client of ours."""
    setattr(endpoint, ANY, True)
    return endpoint


async def known_parameters(request: Request) -> None:
    """A FastAPI dependency, for all routes. Raises InvalidRequestError with those that are not known."""
    route = request.scope.get("route")
    if not request.url.query or not isinstance(route, APIRoute) or getattr(route.endpoint, ANY, False):
        return
    declared = frozenset(_declared(route.dependant))
    unknown = [name for name in request.query_params if name not in declared]
    if unknown:
        raise InvalidRequestError([_problem(name) for name in unknown[:MOST_NAMED]])


def storable(text: str | None) -> str | None:
    """Postgres takes no NUL, and has none."""
    return text and text.replace("\x00", "")


def _declared(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for dependency in dependant.dependencies:
        yield from _declared(dependency)


def _problem(name: str) -> FieldProblem:
    return FieldProblem(pointer=f"/{escaped(name[:LONGEST])}", detail="is not a parameter here; check its spelling")
