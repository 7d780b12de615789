"""Fetches locked artifacts into a cache, in parallel, and never trusts what it has not hashed.

A file under its final name is whole; a `.part` file is what a cut transfer left, and is continued.
"""

import asyncio
import contextlib
import fcntl
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import urlsplit

import httpx2

from connectors_local.artifacts import LockedArtifact, kafka_artifacts, repository_url
from connectors_local.concurrency import all_or_first_failure
from connectors_local.folders import cache_folder
from connectors_local.progress import SilentProgress, TransferProgress, transfer_progress

PARALLEL_TRANSFERS: Final = 8
ATTEMPTS: Final = 6
FIRST_BACKOFF_SECONDS: Final = 0.5
LONGEST_BACKOFF_SECONDS: Final = 8.0
LOCK_POLL_SECONDS: Final = 0.1
TIMEOUTS: Final = httpx2.Timeout(20.0, connect=10.0)


class DownloadError(Exception):
    """A file could not be fetched, however often repeated. Says from where, why, and what to do."""

    def __init__(self, artifact: LockedArtifact, url: str, folder: Path, cause: BaseException) -> None:
        super().__init__(
            f"could not fetch {artifact.coordinate} from {urlsplit(url).netloc}: "
            f"{type(cause).__name__}: {cause}\n"
            f"Is this machine online? What is complete stays in {folder} and is not fetched again; "
            "set CONNECTORS_CACHE_DIR to use a cache filled elsewhere."
        )


class CorruptTransferError(Exception):
    """All bytes arrived, and they are not the recorded ones."""


class CutTransferError(Exception):
    """The connection ended before all bytes arrived."""


async def kafka_jars() -> tuple[Path, ...]:
    """The jars of Apache Kafka, fetched if need be. Raises DownloadError."""
    artifacts = kafka_artifacts()
    folder = cache_folder() / "kafka"
    await fetch_all(artifacts, folder, progress=transfer_progress("Apache Kafka"))
    return tuple(folder / artifact.file_name for artifact in artifacts)


async def fetch_all(
    artifacts: Sequence[LockedArtifact],
    folder: Path,
    *,
    repository: str | None = None,
    progress: TransferProgress | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Make `folder` hold every artifact, intact. Raises DownloadError."""
    if not await missing(artifacts, folder):
        return
    async with (
        exclusive(folder / ".lock"),
        httpx2.AsyncClient(timeout=TIMEOUTS, follow_redirects=True) as client,
    ):
        wanted = await missing(artifacts, folder)
        transfers = Transfers(client, repository or repository_url(), folder, progress or SilentProgress(), sleep)
        await transfers.fetch(wanted)


async def missing(artifacts: Sequence[LockedArtifact], folder: Path) -> list[LockedArtifact]:
    def check() -> list[LockedArtifact]:
        return [artifact for artifact in artifacts if not artifact.is_intact(folder / artifact.file_name)]

    return await asyncio.to_thread(check)


@contextlib.asynccontextmanager
async def exclusive(path: Path) -> AsyncIterator[None]:
    """Held by one process at a time; the kernel frees it when that process ends, however it ends."""
    with open_lock(path) as file:
        while not try_lock(file.fileno()):  # noqa: ASYNC110 - another process holds it, no event reaches us
            await asyncio.sleep(LOCK_POLL_SECONDS)
        yield


def open_lock(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w")


def try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Transfers:
    client: httpx2.AsyncClient
    repository: str
    folder: Path
    progress: TransferProgress
    sleep: Callable[[float], Awaitable[None]]

    async def fetch(self, artifacts: Sequence[LockedArtifact]) -> None:
        slots = asyncio.Semaphore(PARALLEL_TRANSFERS)

        async def fetch_one(artifact: LockedArtifact) -> None:
            async with slots:
                await self._fetch_with_repeats(artifact)

        with self.progress.of(len(artifacts), sum(artifact.size_bytes for artifact in artifacts)):
            # The largest first: it decides when the last one is done.
            largest_first = sorted(artifacts, key=lambda artifact: -artifact.size_bytes)
            await all_or_first_failure(fetch_one(artifact) for artifact in largest_first)

    async def _fetch_with_repeats(self, artifact: LockedArtifact) -> None:
        url = artifact.url(self.repository)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._fetch_once(artifact, url)
                return
            except (httpx2.HTTPError, CorruptTransferError, CutTransferError, OSError) as cause:
                if attempt == ATTEMPTS or is_final(cause):
                    raise DownloadError(artifact, url, self.folder, cause) from cause
            await self.sleep(backoff_seconds(attempt))

    async def _fetch_once(self, artifact: LockedArtifact, url: str) -> None:
        target = self.folder / artifact.file_name
        part = target.with_name(f"{target.name}.part")
        have_bytes = usable_bytes(part, artifact)
        if have_bytes < artifact.size_bytes:
            await self._receive(url, part, have_bytes, artifact)
        if not await asyncio.to_thread(artifact.is_intact, part):
            self.progress.advance(-part.stat().st_size)
            part.unlink()
            raise CorruptTransferError("the SHA-256 is not the recorded one")
        os.replace(part, target)

    async def _receive(self, url: str, part: Path, have_bytes: int, artifact: LockedArtifact) -> None:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have_bytes}-"} if have_bytes else {})
        async with self.client.stream("GET", url, headers=headers) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                os.truncate(part, 0)
            response.raise_for_status()
            resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT and have_bytes > 0
            await self._write(response, part, have_bytes if resumed else 0, artifact.size_bytes)

    async def _write(self, response: httpx2.Response, part: Path, have_bytes: int, size_bytes: int) -> None:
        with part.open("ab" if have_bytes else "wb") as file:
            async for chunk in response.aiter_raw():
                have_bytes += len(chunk)
                if have_bytes > size_bytes:
                    break
                file.write(chunk)
                self.progress.advance(len(chunk))
        if have_bytes < size_bytes:
            raise CutTransferError(f"{have_bytes} of {size_bytes} bytes arrived")


def usable_bytes(part: Path, artifact: LockedArtifact) -> int:
    """How much of an earlier transfer can be continued; more than the whole file cannot be."""
    have_bytes = part.stat().st_size if part.exists() else 0
    return have_bytes if have_bytes <= artifact.size_bytes else 0


def is_final(cause: BaseException) -> bool:
    """The repository's own refusal (no such file, forbidden) does not change by asking again."""
    if not isinstance(cause, httpx2.HTTPStatusError):
        return False
    status = cause.response.status_code
    asks_again = (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    )
    return status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in asks_again


def backoff_seconds(attempt: int) -> float:
    """Exponential with full jitter, so that parallel transfers do not come back together."""
    return random.uniform(0, min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2**attempt))
