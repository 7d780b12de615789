"""Which connectors use a credential. Most credentials have one user, and there are many: the ids of a few stand side by
side in bytes, only those of more are looked up.
"""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import msgspec

ID_BYTES: Final = 16
FEW: Final = 8


class References(msgspec.Struct, rename="camel"):
    """As much of a published connector as says what it uses."""

    credential_id: UUID | None = None
    secrets_id: UUID | None = None

    def __iter__(self) -> Iterator[UUID]:
        """Each of them once."""
        yield from dict.fromkeys(each for each in (self.credential_id, self.secrets_id) if each is not None)


NOTHING: Final = References()
REFERENCES: Final = msgspec.json.Decoder(References)


def references_of(message: bytes | None) -> References:
    """None at all for what cannot be read."""
    try:
        return NOTHING if message is None else REFERENCES.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOTHING


class CredentialUsers:
    """Kept by whoever learns of a connector. Each change takes the same time, however many use the credential."""

    def __init__(self) -> None:
        self._few: dict[bytes, bytes] = {}
        self._many: dict[bytes, dict[bytes, None]] = {}

    def of(self, credential_id: UUID) -> list[UUID]:
        """In the order in which they came."""
        key = credential_id.bytes
        return [UUID(bytes=user) for user in self._many.get(key) or _split(self._few.get(key, b""))]

    def move(self, connector_id: UUID, before: References, after: References) -> None:
        """A connector that used the ones uses the others now."""
        for credential_id in before:
            if credential_id not in tuple(after):
                self._remove(connector_id.bytes, credential_id.bytes)
        for credential_id in after:
            if credential_id not in tuple(before):
                self._add(connector_id.bytes, credential_id.bytes)

    def _add(self, user: bytes, credential: bytes) -> None:
        many = self._many.get(credential)
        if many is not None:
            many[user] = None
            return
        users = self._few.get(credential, b"") + user
        if len(users) <= FEW * ID_BYTES:
            self._few[credential] = users
        else:
            self._few.pop(credential, None)
            self._many[credential] = dict.fromkeys(_split(users))

    def _remove(self, user: bytes, credential: bytes) -> None:
        many = self._many.get(credential)
        if many is not None:
            many.pop(user, None)
            if not many:
                del self._many[credential]
            return
        others = b"".join(other for other in _split(self._few.get(credential, b"")) if other != user)
        if others:
            self._few[credential] = others
        else:
            self._few.pop(credential, None)


def _split(users: bytes) -> list[bytes]:
    return [users[start : start + ID_BYTES] for start in range(0, len(users), ID_BYTES)]
