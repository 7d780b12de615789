"""The store's scripts, run so that what a server answers is told apart: it is away, or one key is damaged."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any, Protocol, TypeVar

from redis.exceptions import ClusterCrossSlotError, NoScriptError, RedisError, ResponseError

from connectors_shared.runtime.logging import get_logger

log = get_logger(__name__)
SCRIPTS: dict[str, tuple[str, ...]] = {
    "admit": ("server", "markers", "probes", "rings"),
    "backlog": (),
    "forget_dead": (),
    "complete": ("markers",),
    "join": ("server",),
    "lift": (),
    "look": ("server",),
    "observe": (),
    "park": (),
    "reclaim": ("markers",),
    "refilled": ("server",),
    "release": ("probes",),
    "renew": ("server",),
    "report": ("probes",),
    "settle": ("markers",),
}
"""Each with the parts that it shares with others."""
MOST_LOGGED = 300
MOST_AT_ONCE = 512
"""So many in one run of a script: the server does nothing else meanwhile."""
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class AdmissionUnavailableError(ConnectionError):
    """Redis does not answer, or cannot serve; nothing may start until it does."""


class DamagedKeyError(Exception):
    """A script failed on the data of a key: another type than ours, or a value that is not one of ours."""


class Commands(Protocol):
    """A primary, or whichever one has a slot of a cluster now. Raises RedisError or OSError."""

    async def execute_command(self, *args: Any) -> Any:
        """The command's name and arguments."""
        ...


class Scripts:
    """Lua by name, each with the parts that it shares. A server that does not know one (any more) is given it once."""

    def __init__(self, redis: Commands) -> None:
        self._redis = redis

    async def run(self, name: str, keys: Sequence[str], arguments: Iterable[Any]) -> Any:
        """Raises AdmissionUnavailableError or DamagedKeyError."""
        text, digest = _script(name)
        given = (len(keys), *keys, *arguments)
        try:
            try:
                return await self._redis.execute_command("EVALSHA", digest, *given)
            except NoScriptError:
                return await self._redis.execute_command("EVAL", text, *given)
        except (RedisError, OSError) as error:
            if is_damage(error):
                raise DamagedKeyError(str(error)) from error
            raise AdmissionUnavailableError(f"{type(error).__name__}: {error}") from error


def is_damage(error: Exception) -> bool:
    """Is it the fault of what was asked for? Else the server is away: full, loading, a replica, failing over.

    A code in front says what is the matter with the server (OOM, MISCONF, NOREPLICAS, ...); without one (ERR, which the
    client cuts off) it is the script's failure. Keys in several slots of a cluster are asked for one by one.
    """
    if isinstance(error, ClusterCrossSlotError):
        return True
    if type(error) is not ResponseError:
        return False
    message = str(error)
    code = message.partition(" ")[0]
    return code == "WRONGTYPE" or not (code.isupper() or message.startswith("ACL failure"))


async def in_parts(
    items: Sequence[Item],
    run: Callable[[Sequence[Item]], Awaitable[list[Answer]]],
    damaged: Callable[[Item], Answer],
) -> list[Answer]:
    """So many at once; when one of them cannot be done, the others are, and it gets the answer of `damaged`.

    Without items it is run once: some scripts say something of the store, too.
    Every script may be run again for what a failed run had done already.
    """
    answers: list[Answer] = []
    for first in range(0, max(1, len(items)), MOST_AT_ONCE):
        answers += await _bisected(items[first : first + MOST_AT_ONCE], run, damaged)
    return answers


async def _bisected(
    items: Sequence[Item],
    run: Callable[[Sequence[Item]], Awaitable[list[Answer]]],
    damaged: Callable[[Item], Answer],
) -> list[Answer]:
    try:
        return await run(items)
    except DamagedKeyError as error:
        if len(items) < 2:
            log.error("admission.damaged", item=repr(items)[:MOST_LOGGED], why=str(error))
            return [damaged(item) for item in items]
    half = len(items) // 2
    return await _bisected(items[:half], run, damaged) + await _bisected(items[half:], run, damaged)


@cache
def _script(name: str) -> tuple[str, str]:
    """(its text, the digest by which servers know it)"""
    text = lua_of(name)
    return text, sha1(text.encode(), usedforsecurity=False).hexdigest()


def lua_of(name: str) -> str:
    """The text of a script as the server is given it."""
    folder = files(__package__).joinpath("lua")
    parts = [folder.joinpath("shared", f"{part}.lua") for part in SCRIPTS[name]]
    return "\n".join(part.read_text() for part in (*parts, folder.joinpath(f"{name}.lua")))
