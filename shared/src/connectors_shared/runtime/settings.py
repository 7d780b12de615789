"""Settings that every service reads from its environment."""

from typing import Final

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors_shared.runtime.roles import Role

MIN_TOKEN_LENGTH: Final = 32
"""Of the token of an internal API."""


class ServiceSettings(BaseSettings):
    """The connections and the HTTP address of a service; each service adds its own fields.

    Connections keep the names that every tool knows (`DATABASE_URL`); the rest is prefixed `CONNECTORS_`.
    """

    model_config = SettingsConfigDict(env_prefix="CONNECTORS_", frozen=True, populate_by_name=True)

    kafka_bootstrap_servers: str = Field(validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS"))
    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL"))
    """Its user may become what the service works as: `connectors_<schema>_app` and, without the next two, the rest."""
    worker_database_url: SecretStr | None = None
    """For what works for all workspaces, as `connectors_<schema>_worker`, when that is to be another user."""
    owner_database_url: SecretStr | None = None
    """For migrations, as `connectors_<schema>_owner`, when that is to be another user."""
    migrate: bool = True
    """Bring the schema up to date at the start."""
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|text)$")
    topic_prefix: str = ""
    """Put before every topic name; lets tests and tenants of one broker keep apart."""

    def database_url_of(self, role: Role) -> str:
        """What sessions of this role connect to."""
        own = {Role.WORKER: self.worker_database_url, Role.OWNER: self.owner_database_url}.get(role)
        return (own or self.database_url).get_secret_value()


class PublicServiceSettings(ServiceSettings):
    """Of a service that has callers who are not its operators."""

    internal_port: int = 9000
    """Metrics, health and the API's documents, for operators: not to be reached by callers."""
    requests_per_minute: int = Field(default=6000, ge=60)
    """Of all callers of a workspace, in this process; a sixth of it at once."""


class GrantSettings(BaseSettings):
    """Of those who give egress grants, and of those who honour them."""

    model_config = SettingsConfigDict(env_prefix="CONNECTORS_", frozen=True)

    internal_grants: bool = False
    """Whether the administrators of a workspace may let their connectors call internal hosts: loopback and private
    networks. Where they are strangers to this network, they may not; cloud metadata is never called."""


class EncryptionSettings(BaseSettings):
    """Keys that wrap data keys: `id:base64` of 32 bytes, comma-separated, the first one seals."""

    model_config = SettingsConfigDict(env_prefix="CONNECTORS_", frozen=True)

    encryption_keys: SecretStr
