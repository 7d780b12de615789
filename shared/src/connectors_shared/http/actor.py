"""Who a request turned out to come from, kept with the request for its line in the log."""

from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

KEY: Final = "connectors.actor"


@dataclass(frozen=True, slots=True)
class Actor:
    """What is logged of a caller; None for what is not known."""

    kind: str | None = None
    user: str | None = None
    workspace: str | None = None
    key: str | None = None
    """Id of the API key that it came with."""


NOBODY: Final = Actor()


def remember(scope: Scope, actor: Actor) -> None:
    scope[KEY] = actor


def actor_of(scope: Scope) -> Actor:
    found = scope.get(KEY, NOBODY)
    return found if isinstance(found, Actor) else NOBODY
