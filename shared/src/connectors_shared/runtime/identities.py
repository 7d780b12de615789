"""Which services and operators may call this one: each by a secret that the two of them share, and nobody else has.

Several secrets of one name are accepted at once, so that one can be replaced without a moment in which calls fail.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Final, Self

from pydantic import SecretStr

MIN_TOKEN_LENGTH: Final = 32
SHAPE: Final = re.compile(r"([a-z][a-z0-9-]{0,49}):([A-Za-z0-9._~+/=-]+)")


class Identities:
    """Names of callers → their secrets."""

    def __init__(self, secrets: Mapping[str, tuple[SecretStr, ...]] | None = None) -> None:
        self._secrets = dict(secrets or {})

    @classmethod
    def parse(cls, text: str) -> Self:
        """`name:secret,name:secret`. Raises ValueError, which repeats no secret."""
        secrets: dict[str, tuple[SecretStr, ...]] = {}
        owners: dict[str, str] = {}
        for number, part in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
            found = SHAPE.fullmatch(part)
            if found is None:
                raise ValueError(f"entry {number} is not name:secret, with no comma, colon or space in the secret")
            name, secret = found.groups()
            if len(secret) < MIN_TOKEN_LENGTH:
                raise ValueError(f"the secret of entry {number} ({name}) needs at least {MIN_TOKEN_LENGTH} characters")
            if owners.setdefault(secret, name) != name:
                raise ValueError(f"{owners[secret]} and {name} have the same secret: nobody could tell them apart")
            secrets[name] = (*secrets.get(name, ()), SecretStr(secret))
        return cls(secrets)

    def __bool__(self) -> bool:
        return bool(self._secrets)

    @property
    def secrets(self) -> Mapping[str, tuple[SecretStr, ...]]:
        return self._secrets

    def name_of(self, presented: str) -> str | None:
        """Whose secret it is. How long it takes does not tell how much of it is right."""
        # A header arrives as Latin-1, whatever its bytes meant.
        sent = presented.encode("latin-1", "replace")
        whose = None
        for name, secrets in self._secrets.items():
            for secret in secrets:
                if hmac.compare_digest(sent, secret.get_secret_value().encode()):
                    whose = name
        return whose
