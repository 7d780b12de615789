"""What the registry reads from its environment."""

from typing import Annotated

from pydantic import Field

from connectors_shared.runtime.settings import (
    EncryptionSettings,
    GrantSettings,
    PublicServiceSettings,
    Token,
)


class Settings(PublicServiceSettings, EncryptionSettings, GrantSettings):
    """There is no default for a secret: without them the service does not start."""

    executor_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")] | None = None
    """An executor, or what stands before all of them. Without it and the token nothing can be executed over REST."""
    executor_token: Token | None = None
    """What the registry presents to executors, which have it in `internal_callers` under the name `registry`."""
    mapper_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")] | None = None
    """A field mapper, or what stands before all of them, whose contacts then answer here too."""
    mapper_token: Token | None = None
    """By which the mapper is told who asks, when that came with an API key; it has it in `internal_callers` under the
    name `registry`."""
    flows_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")] | None = None
    """A flow engine whose flows and runs then answer here too, and have pages in the console."""
    flows_token: Token | None = None
    """By which the engine is told who asks, when that came with an API key: as the mapper is by `mapper_token`."""
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+/?$")] | None = None
    """Where browsers reach the registry: providers send people back there. Without it nobody connects a credential."""
    egress_grants: str = ""
    """Internal `host:port` pairs where token endpoints of any workspace may be, comma-separated. With `internal_grants`
    a workspace is granted its own through `/api/network-grants`; all else internal is refused."""
    audit_days: Annotated[int, Field(ge=90)] = 400
    """How long it is known who did what."""
    publish_wait_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a change waits for its message before the answer says that it is still to be published."""
    pool_size: Annotated[int, Field(ge=3, le=100)] = 10
