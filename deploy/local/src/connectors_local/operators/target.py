"""Which executor and registry an operator's command talks to."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from connectors_local.commands.command import CommandError
from connectors_local.demo.clients import Registry, api_client
from connectors_local.exports import running_environment
from connectors_local.operators.executor import Executor
from connectors_local.send import workspace_of
from connectors_local.state import LocalState


@dataclass(frozen=True, slots=True)
class Target:
    """Addresses and tokens; `workspace_id` is the token's."""

    registry_url: str
    executor_url: str
    workspace_id: UUID
    token: str = field(repr=False)
    operator_token: str = field(repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Target":
        """From the names that `connectors env` prints. Raises CommandError when one is missing or no token."""
        try:
            return cls(
                environment["CONNECTORS_REGISTRY_URL"],
                environment["CONNECTORS_EXECUTOR_URL"],
                workspace_of(environment["CONNECTORS_TOKEN"]),
                environment["CONNECTORS_TOKEN"],
                environment["CONNECTORS_OPERATOR_TOKEN"],
            )
        except KeyError as missing:
            raise CommandError(
                f"{missing.args[0]} is not set, and no stack runs here; start one: connectors up"
            ) from None


@dataclass(frozen=True, slots=True)
class OperatorApis:
    """What an operator's command works with."""

    registry: Registry
    executor: Executor
    workspace_id: UUID

    async def connector(self, named: str) -> UUID:
        """The connector of that id or exactly that name. Raises ApiError, and CommandError when there is none."""
        try:
            return UUID(named)
        except ValueError:
            found = await self.registry.find(named)
        if found is None:
            raise CommandError(f"the workspace has no connector named {named!r}; give its exact name, or its id")
        return found


@contextlib.asynccontextmanager
async def open_apis(target: Target) -> AsyncIterator[OperatorApis]:
    async with (
        api_client(target.registry_url, target.token) as registry,
        api_client(target.executor_url, target.operator_token) as executor,
    ):
        yield OperatorApis(Registry(registry), Executor(executor), target.workspace_id)


def target_of(state: LocalState, environment: Mapping[str, str]) -> Target:
    """The running stack; else what the environment names. Raises CommandError."""
    return Target.of(running_environment(state, environment))
