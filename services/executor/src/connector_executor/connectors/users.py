"""Which connectors use a credential: ids side by side in bytes, since most credentials have one user, and there are
many."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import msgspec

ID_BYTES: Final = 16


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
    """Kept by whoever learns of a connector."""

    def __init__(self) -> None:
        self._users: dict[bytes, bytes] = {}

    def of(self, credential_id: UUID) -> list[UUID]:
        users = self._users.get(credential_id.bytes, b"")
        return [UUID(bytes=users[start : start + ID_BYTES]) for start in range(0, len(users), ID_BYTES)]

    def move(self, connector_id: UUID, before: References, after: References) -> None:
        """A connector that used the ones uses the others now."""
        for credential_id in before:
            if credential_id not in tuple(after):
                self._remove(connector_id, credential_id)
        for credential_id in after:
            if credential_id not in tuple(before):
                self._users[credential_id.bytes] = self._users.get(credential_id.bytes, b"") + connector_id.bytes

    def _remove(self, connector_id: UUID, credential_id: UUID) -> None:
        others = b"".join(user.bytes for user in self.of(credential_id) if user != connector_id)
        if others:
            self._users[credential_id.bytes] = others
        else:
            self._users.pop(credential_id.bytes, None)
