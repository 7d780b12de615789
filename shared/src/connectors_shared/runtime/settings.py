"""Settings that every service reads from its environment."""

from typing import Annotated, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from connectors_shared.runtime.identities import MIN_TOKEN_LENGTH, Identities
from connectors_shared.runtime.roles import Role

Origin = Annotated[str, Field(pattern=r"^https?://[^\s/?#*@]+$")]
"""As browsers send it: no path, and not `*`, which would be everybody."""
Token = Annotated[SecretStr, Field(min_length=MIN_TOKEN_LENGTH)]
"""What one service presents to another."""


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
    internal_callers: SecretStr = SecretStr("")
    """Who may ask what is for services and operators alone: `name:secret`, comma-separated; several secrets of a name
    while one is replaced by another. Without any, all of that is off."""

    @field_validator("internal_callers")
    @classmethod
    def _well_formed(cls, text: SecretStr) -> SecretStr:
        Identities.parse(text.get_secret_value())
        return text

    @property
    def identities(self) -> Identities:
        return Identities.parse(self.internal_callers.get_secret_value())

    def database_url_of(self, role: Role) -> str:
        """What sessions of this role connect to."""
        own = {Role.WORKER: self.worker_database_url, Role.OWNER: self.owner_database_url}.get(role)
        return (own or self.database_url).get_secret_value()


class PublicServiceSettings(ServiceSettings):
    """Of a service that has callers who are not its operators."""

    internal_port: int = 9000
    """Metrics, health and the API's documents, for operators: not to be reached by callers."""
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    """How many proxies of one's own stand between callers and this process, each of which adds to X-Forwarded-For. With
    0 nothing that the header says is believed."""
    requests_per_minute: int = Field(default=6000, ge=60)
    """Of all callers of a workspace, in this process; a sixth of it at once."""
    jwt_secret: Token | None = None
    """Of HS256, which whoever issues tokens has too."""
    jwt_jwks_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s#]*$")] | None = None
    """Where the issuer publishes its keys, for RS256 and ES256. Without it and the secret no service starts."""
    fingerprint_secret: Token | None = None
    """By which bodies of requests with an Idempotency-Key are told apart without being kept; the `jwt_secret` when
    there is one. The same for all replicas."""
    allowed_origins: Annotated[tuple[Origin, ...], NoDecode] = ()
    """Origins of pages that a browser lets call it, comma-separated; without any no page of another origin may."""
    jwt_audience: str = "authenticated"
    jwt_issuer: str | None = None
    """What the claim `iss` has to be; None: whoever has the key."""
    jwt_leeway_seconds: float = Field(default=0.0, ge=0, le=300)
    """By which the clocks of the issuer and of this machine may differ."""
    jwt_role_claim: str = "connectors_role"
    """Which claim, of the token or of its `app_metadata`, names a role: viewer, editor or admin."""

    @model_validator(mode="after")
    def _knows_callers(self) -> Self:
        if self.jwt_secret is None and self.jwt_jwks_url is None:
            raise ValueError("set CONNECTORS_JWT_SECRET or CONNECTORS_JWT_JWKS_URL: nobody could sign in")
        if self.jwt_secret is None and self.fingerprint_secret is None:
            raise ValueError("set CONNECTORS_FINGERPRINT_SECRET (32+ characters), as there is no CONNECTORS_JWT_SECRET")
        return self

    @property
    def fingerprint_key(self) -> bytes:
        secret = self.fingerprint_secret or self.jwt_secret
        assert secret is not None, "one of them is set"
        return secret.get_secret_value().encode()

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


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
