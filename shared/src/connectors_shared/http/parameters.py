"""Query parameters that a route does not have are refused: a filter that is misspelt would leave out nothing."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

from fastapi.dependencies.utils import get_flat_dependant
from fastapi.routing import APIRoute
from starlette.requests import Request

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
    unknown = [name for name in request.query_params if name not in _names(route)]
    if unknown:
        raise InvalidRequestError([_problem(name) for name in unknown[:MOST_NAMED]])


@lru_cache(maxsize=1000)
def _names(route: APIRoute) -> frozenset[str]:
    return frozenset(field.alias for field in get_flat_dependant(route.dependant).query_params)


def _problem(name: str) -> FieldProblem:
    told = name[:LONGEST].replace("~", "~0").replace("/", "~1")
    return FieldProblem(pointer=f"/{told}", detail="is not a parameter here; check its spelling")
