"""Sealing secrets: AES-256-GCM under a data key of their own, which a key of the environment wraps.

A sealed secret is text, `v1.<key id>.<wrapped data key>.<nonce and ciphertext>`, base64url without padding.
Workspace, credential, field, key id and the origins that it may be sent to are authenticated with it: copied to another
row it does not open, and neither does it when somebody adds an origin.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.definition.auth.reading import MASK

NONCE_BYTES = 12
KEY_BYTES = 32
VERSION = "v1"
PARTS = 4
LONG_ENOUGH = 12


class KeyringError(ValueError):
    """The encryption keys are missing or malformed; expected `id:base64` of 32 bytes, comma-separated."""


class UnsealError(Exception):
    """The sealed secret cannot be opened: unknown key, damaged, or it belongs to another credential."""


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Which secret this is, and where it may go; bound to the ciphertext. The order of `origins` does not matter."""

    workspace_id: str
    credential_id: str
    field: str
    origins: tuple[str, ...] = ()

    def bound_to(self, key_id: str) -> bytes:
        """The associated data: a change of any part makes the ciphertext unreadable."""
        parts = (self.workspace_id, self.credential_id, self.field, key_id, *sorted(self.origins))
        return "\x1f".join(parts).encode()


def place_of(credential: PublishedCredential, field: str) -> SecretPlace:
    origins = tuple(credential.allowed_origins)
    return SecretPlace(str(credential.workspace_id), str(credential.credential_id), field, origins)


class Keyring:
    """Seals with the first key; opens with any."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise KeyringError("no encryption key is configured")
        if any(len(key) != KEY_BYTES for key in keys.values()):
            raise KeyringError("every encryption key must be 32 bytes")
        self._wrapping = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._primary = next(iter(keys))

    @property
    def first(self) -> str:
        """The id of the key that it seals with."""
        return self._primary

    @property
    def former(self) -> list[str]:
        """The ids of the others."""
        return [key_id for key_id in self._wrapping if key_id != self._primary]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """From `id:base64,id:base64`; raises KeyringError, which never repeats the text."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            key_id, colon, encoded = part.partition(":")
            # The id is never repeated: written the wrong way round, it would be the key.
            if not colon or not key_id.isalnum():
                raise KeyringError("an encryption key must be written as id:base64, the id alphanumeric")
            if key_id in keys:
                raise KeyringError("two encryption keys have the same id")
            try:
                keys[key_id] = base64.b64decode(encoded, validate=True)
            except ValueError:
                raise KeyringError(f"encryption key number {len(keys) + 1} is not base64") from None
        return cls(keys)

    def seal(self, plaintext: str, place: SecretPlace) -> str:
        bound = place.bound_to(self._primary)
        data_key = AESGCM.generate_key(256)
        wrapped = _encrypt(self._wrapping[self._primary], data_key, bound)
        sealed = _encrypt(AESGCM(data_key), plaintext.encode(), bound)
        return ".".join((VERSION, self._primary, _text(wrapped), _text(sealed)))

    def open(self, sealed: str, place: SecretPlace) -> str:
        """The plaintext; raises UnsealError."""
        try:
            version, key_id, wrapped, ciphertext = sealed.split(".")
            wrapping = self._wrapping[key_id]
        except (ValueError, KeyError):
            raise UnsealError("it is sealed under an unknown key or in an unknown form") from None
        if version != VERSION:
            raise UnsealError(f"its version {version!r} is unknown")
        bound = place.bound_to(key_id)
        try:
            data_key = _decrypt(wrapping, _raw(wrapped), bound)
            return _decrypt(AESGCM(data_key), _raw(ciphertext), bound).decode()
        except (InvalidTag, ValueError):
            raise UnsealError("it is damaged, or belongs to another credential") from None


def key_id_of(sealed: str) -> str:
    """The key that a secret is sealed under; empty when it is no sealed secret."""
    parts = sealed.split(".")
    return parts[1] if len(parts) == PARTS and parts[0] == VERSION else ""


def last_four(secret: str) -> str:
    """What is kept of a secret to be shown: nothing unless it is long enough to spare four characters."""
    return secret[-4:] if len(secret) >= LONG_ENOUGH else ""


def mask(last: str) -> str:
    """How a secret is shown, from its `last_four`."""
    return MASK + last


def _encrypt(key: AESGCM, plaintext: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plaintext, bound)


def _decrypt(key: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
