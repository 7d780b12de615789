"""The routes of an app, found in it: one that is added is found too."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from connectors_shared.http.principal import Scope

SOMETHING: Final = UUID("77777777-7777-4777-8777-777777777777")
PARAMETER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
NOT_ASKED: Final = frozenset(("HEAD", "OPTIONS"))


@dataclass(frozen=True, slots=True)
class Route:
    """`scopes`: all that it says that its caller needs."""

    method: str
    template: str
    scopes: frozenset[Scope]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.template)

    def path(self, known: Mapping[str, str] | None = None) -> str:
        """With these in the place of its parameters, and an id of nothing for the others."""
        found = known or {}
        return PARAMETER.sub(lambda match: found.get(match[1], str(SOMETHING)), self.template)


def routes_of(app: FastAPI) -> list[Route]:
    found: list[Route] = []
    for context in iter_route_contexts(app.routes):
        route: Any = context
        dependant = getattr(route, "dependant", None)
        scopes = frozenset(map(Scope, _scopes_of(dependant))) if dependant is not None else frozenset()
        found += [Route(method, route.path, scopes) for method in sorted(set(route.methods or ()) - NOT_ASKED)]
    return found


def _scopes_of(dependant: Dependant) -> Iterator[str]:
    yield from dependant.own_oauth_scopes or ()
    for inner in dependant.dependencies:
        yield from _scopes_of(inner)
