"""Dead letters from the command line, through the executor's internal API."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from connectors_local.commands.command import CommandError
from connectors_local.demo.clients import Api, ApiError, api_client
from connectors_local.exports import running_environment
from connectors_local.state import LocalState, default_state
from connectors_shared.contract.dead import LetterKind

PATH: Final = "/internal/dead-letters"
PAGE: Final = 200
CURSORS_AT_ONCE: Final = 100
ANY_FAILURE: Final = range(400, 600)
COLUMNS: Final = ("CURSOR", "DIED AT", "REASON", "TIMES", "BYTES", "EXECUTION", "CONNECTOR", "ORIGINAL", "DETAIL")


@dataclass(frozen=True, slots=True)
class InternalTarget:
    """Where the executor's internal API answers, and the operator's secret."""

    url: str
    token: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "InternalTarget":
        """From the names that `connectors env` prints. Raises CommandError when one is missing."""
        try:
            return cls(environment["CONNECTORS_EXECUTOR_URL"], environment["CONNECTORS_OPERATOR_TOKEN"])
        except KeyError as missing:
            raise CommandError(f"{missing} is not set, and no stack runs here; start one: connectors up") from None


def internal_target(state: LocalState, environment: Mapping[str, str]) -> InternalTarget:
    """The running stack; else what the environment names. Raises CommandError."""
    return InternalTarget.of(running_environment(state, environment))


def list_dead(*, kind: LetterKind, reason: str | None, connector_id: UUID | None, limit: int) -> int:
    """Print a table; the exit status. Raises CommandError."""

    async def work(api: Api) -> None:
        letters, more = await newest(api, query(kind, reason, connector_id), limit)
        for line in table(letters):
            print(line)
        if not letters:
            print("no dead letters" + (" like that" if reason or connector_id else f" of {kind}s"))
        if more:
            print(f"these are the newest {limit}; --limit shows more")

    return ask(work)


def replay_these(kind: LetterKind, cursors: Sequence[str]) -> int:
    """Replay the letters at these places; the exit status. Raises CommandError."""

    async def work(api: Api) -> None:
        replayed = 0
        for start in range(0, len(cursors), CURSORS_AT_ONCE):
            body = {"kind": kind.value, "cursors": list(cursors[start : start + CURSORS_AT_ONCE])}
            replayed += (await answer(api, "POST", f"{PATH}/replay", replayed, json=body))["replayed"]
        print(f"replayed {replayed}")

    return ask(work)


def replay_all(*, kind: LetterKind, reason: str | None, connector_id: UUID | None) -> int:
    """Replay all that match and were dead when it began; the exit status. Raises CommandError."""

    async def work(api: Api) -> None:
        replayed, further = 0, dict[str, Any]()
        while True:
            body = {"kind": kind.value, "matching": matching(reason, connector_id) | further}
            part = await answer(api, "POST", f"{PATH}/replay", replayed, json=body)
            replayed += part["replayed"]
            if part["nextCursor"] is None:
                break
            further = {"cursor": part["nextCursor"], "until": part["until"]}
        print(f"replayed {replayed}")

    return ask(work)


def query(kind: LetterKind, reason: str | None, connector_id: UUID | None) -> dict[str, Any]:
    return {"kind": kind.value} | matching(reason, connector_id)


def matching(reason: str | None, connector_id: UUID | None) -> dict[str, Any]:
    chosen = {"reason": reason, "connectorId": str(connector_id) if connector_id else None}
    return {name: value for name, value in chosen.items() if value is not None}


async def newest(api: Api, wanted: Mapping[str, Any], limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Up to `limit` letters, and whether there may be more. The executor answers page by page."""
    letters: list[dict[str, Any]] = []
    further: dict[str, Any] = {}
    while True:
        asked = {**wanted, **further, "limit": min(PAGE, limit - len(letters))}
        page = await answer(api, "GET", PATH, params=asked)
        letters += page["letters"]
        if page["nextCursor"] is None or len(letters) >= limit:
            return letters, page["nextCursor"] is not None
        further = {"cursor": page["nextCursor"]}


def table(letters: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines with aligned columns; none for no letters."""
    rows = [COLUMNS, *(row(letter) for letter in letters)] if letters else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def row(letter: Mapping[str, Any]) -> tuple[str, ...]:
    original = "/".join(str(letter[part]) for part in ("topic", "partition", "offset")) if letter["topic"] else None
    at = str(letter["at"])[:19].replace("T", " ") if letter["at"] else None
    cells = (
        letter["cursor"],
        at,
        letter["reason"],
        letter["attempts"],
        letter["size"],
        letter["executionId"],
        letter["connectorId"],
        original,
        " ".join(str(letter["detail"]).split()),
    )
    return tuple("-" if cell is None else str(cell) for cell in cells)


def ask(work: Callable[[Api], Awaitable[None]]) -> int:
    """Do it with the running executor; 0. Raises CommandError."""
    target = internal_target(default_state(), os.environ)

    async def asked() -> None:
        async with api_client(target.url, target.token) as api:
            await work(api)

    try:
        asyncio.run(asked())
    except ApiError as error:
        raise CommandError(str(error)) from error
    return 0


async def answer(api: Api, method: str, path: str, replayed: int = 0, **options: Any) -> dict[str, Any]:
    """The body. Raises CommandError with what the problem document says, and ApiError when there is none."""
    status, body = await api.ask(method, path, also=ANY_FAILURE, **options)
    if status not in ANY_FAILURE:
        return dict(body)
    said = told(body) if isinstance(body, dict) else f"{method} {path} answered {status}"
    raise CommandError(f"replayed {replayed}, then: {said}" if replayed else said)


def told(problem: Mapping[str, Any]) -> str:
    """A problem document as one sentence after the other."""
    errors = "; ".join(f"{error['pointer']}: {error['detail']}" for error in problem.get("errors", ()))
    parts = (problem.get("title"), errors, problem.get("detail"))
    return " - ".join(str(part).rstrip(".") for part in parts if part)
