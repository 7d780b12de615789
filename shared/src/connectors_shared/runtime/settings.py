"""Settings that every service reads from its environment."""

from typing import Final

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_TOKEN_LENGTH: Final = 32
"""Of the token of an internal API."""


class ServiceSettings(BaseSettings):
    """The connections and the HTTP address of a service; each service adds its own fields.

    Connections keep the names that every tool knows (`DATABASE_URL`); the rest is prefixed `CONNECTORS_`.
    """

    model_config = SettingsConfigDict(env_prefix="CONNECTORS_", frozen=True, populate_by_name=True)

    kafka_bootstrap_servers: str = Field(validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS"))
    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL"))
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|text)$")
    topic_prefix: str = ""
    """Put before every topic name; lets tests and tenants of one broker keep apart."""


class PublicServiceSettings(ServiceSettings):
    """Of a service that has callers who are not its operators."""

    internal_port: int = 9000
    """Metrics, health and the API's documents, for operators: not to be reached by callers."""
    requests_per_minute: int = Field(default=6000, ge=60)
    """Of all callers of a workspace, in this process; a sixth of it at once."""


class EncryptionSettings(BaseSettings):
    """Keys that wrap data keys: `id:base64` of 32 bytes, comma-separated, the first one seals."""

    model_config = SettingsConfigDict(env_prefix="CONNECTORS_", frozen=True)

    encryption_keys: SecretStr
