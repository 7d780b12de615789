"""The keys that an issuer of tokens publishes (RFC 7517), as they change.

They are asked for again every ten minutes, and when a token names one that is not known, but not more often than every
ten seconds, whoever makes such tokens up. When the issuer does not answer, those that are known hold for a day.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import httpx2
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from connectors_shared.http.problems import ProblemError
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger

ALGORITHMS: Final = frozenset(("RS256", "ES256"))
"""Of public keys only: no published text can be the secret of a signature."""
FRESH_SECONDS: Final = 600.0
ASK_AGAIN_SECONDS: Final = 10.0
KEPT_SECONDS: Final = 86_400.0
ANSWER_SECONDS: Final = 5.0
MOST_BYTES: Final = 256 * 1024
MOST_KEYS: Final = 100
LEAST_RSA_BITS: Final = 2048
UNUSABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)

log = get_logger(__name__)


class KeysUnavailableError(ProblemError):
    status = 503
    kind = "keys-unavailable"
    title = "Tokens cannot be checked"
    detail = "Whoever issued the token does not answer; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds after which it may be sent again."}


class PublishedKeys:
    """`client` is closed by `close`. `renew` is to be called every `FRESH_SECONDS`."""

    def __init__(self, client: httpx2.AsyncClient, url: str, clock: Clock) -> None:
        self._client = client
        self._url = url
        self._clock = clock
        self._keys: list[jwt.PyJWK] = []
        self._renewed_at: float | None = None
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def key_of(self, header: Mapping[str, Any]) -> tuple[Any, str] | None:
        """That of the header's `kid`, if it goes with its `alg`. Raises KeysUnavailableError when none is known."""
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            return None
        found = self._found(header.get("kid"), algorithm)
        if found is None:
            async with self._asking:
                if not self._asked_lately:
                    await self._ask()
            found = self._found(header.get("kid"), algorithm)
        if found is None and not self._known:
            raise KeysUnavailableError(headers={"Retry-After": str(round(ASK_AGAIN_SECONDS))})
        return None if found is None else (found.key, algorithm)

    async def renew(self) -> None:
        """Ask for them again. An issuer that does not answer is logged."""
        async with self._asking:
            await self._ask()

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def _known(self) -> list[jwt.PyJWK]:
        """None any more, a day after the issuer answered."""
        now = self._clock.monotonic()
        return self._keys if self._renewed_at is not None and now - self._renewed_at < KEPT_SECONDS else []

    @property
    def _asked_lately(self) -> bool:
        return self._asked_at is not None and self._clock.monotonic() - self._asked_at < ASK_AGAIN_SECONDS

    def _found(self, kid: object, algorithm: str) -> jwt.PyJWK | None:
        """Without a `kid` there has to be one key only that may be meant."""
        fitting = [key for key in self._known if key.algorithm_name == algorithm and kid in (None, key.key_id)]
        return fitting[0] if len(fitting) == 1 else None

    async def _ask(self) -> None:
        self._asked_at = self._clock.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._keys = usable_keys(await self._document())
            self._renewed_at = self._clock.monotonic()
        except (httpx2.HTTPError, TimeoutError, *UNUSABLE) as error:
            log.warning("issuer.keys_not_renewed", error=type(error).__name__, known=len(self._known))

    async def _document(self) -> bytes:
        async with self._client.stream("GET", self._url) as answer:
            answer.raise_for_status()
            document = bytearray()
            async for piece in answer.aiter_bytes():
                document += piece
                if len(document) > MOST_BYTES:
                    raise ValueError("the document is too long")
            return bytes(document)


def keys_client() -> httpx2.AsyncClient:
    """No proxy of the environment comes in between, and no redirect is followed."""
    return httpx2.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, headers={"Accept": "application/json"})


def usable_keys(document: bytes) -> list[jwt.PyJWK]:
    """Those of a JWK set that verify signatures of `ALGORITHMS`. Raises ValueError when there is none."""
    found = msgspec.json.decode(document)
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ValueError("no JWK set, or too many keys")
    keys = [key for key in map(_usable, listed) if key is not None]
    if not keys:
        raise ValueError("no key that verifies RS256 or ES256")
    return keys


def _usable(described: Any) -> jwt.PyJWK | None:
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(described)
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError):
        return None
    if key.algorithm_name not in ALGORITHMS or "d" in described:
        return None
    is_weak = isinstance(key.key, RSAPublicKey) and key.key.key_size < LEAST_RSA_BITS
    return None if is_weak else key
