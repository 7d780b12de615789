import asyncio
import hashlib
import io
import random
from pathlib import Path

import pytest

from connectors_local.artifacts import LockedArtifact, kafka_artifacts, parse_lock
from connectors_local.downloads import ATTEMPTS, DownloadError, exclusive, fetch_all, try_lock
from connectors_local.ports import free_port
from connectors_local.progress import LineProgress, SilentProgress

from .conftest import FakeRepository


class RecordedSleep:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class CountingProgress(SilentProgress):
    received_bytes = 0

    def advance(self, byte_count: int) -> None:
        self.received_bytes += byte_count


def an_artifact(repository: FakeRepository, name: str = "thing", size: int = 200_000) -> LockedArtifact:
    content = random.Random(name).randbytes(size)
    artifact = LockedArtifact(f"org.example.deep:{name}:1.2", hashlib.sha256(content).hexdigest(), size)
    repository.files[path_of(artifact)] = content
    return artifact


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def path_of(artifact: LockedArtifact) -> str:
    return artifact.url("")


async def fetch(repository: FakeRepository, folder: Path, *artifacts: LockedArtifact) -> RecordedSleep:
    sleep = RecordedSleep()
    await fetch_all(artifacts, folder, repository=repository.address, sleep=sleep)
    return sleep


async def test_every_artifact_arrives_intact(repository: FakeRepository, tmp_path: Path) -> None:
    artifacts = [an_artifact(repository, f"thing{number}", 10_000 + number) for number in range(20)]
    await fetch(repository, tmp_path, *artifacts)
    assert all(artifact.is_intact(tmp_path / artifact.file_name) for artifact in artifacts)
    assert sorted(path for path, _ in repository.requests) == sorted(map(path_of, artifacts))
    assert not any(name.endswith(".part") for name in names_in(tmp_path))


async def test_a_full_cache_asks_the_repository_nothing(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    await fetch(repository, tmp_path, artifact)
    repository.requests.clear()
    await fetch(repository, tmp_path, artifact)
    assert repository.requests == []


async def test_a_cut_transfer_is_continued_where_it_ended(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    repository.faults[path_of(artifact)] = ["cut"]
    sleep = await fetch(repository, tmp_path, artifact)
    assert [wanted for _, wanted in repository.requests] == [None, "bytes=100000-"]
    assert artifact.is_intact(tmp_path / artifact.file_name)
    assert len(sleep.seconds) == 1


async def test_what_a_killed_run_left_is_continued(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    (tmp_path / f"{artifact.file_name}.part").write_bytes(repository.files[path_of(artifact)][:1234])
    await fetch(repository, tmp_path, artifact)
    assert repository.requests == [(path_of(artifact), "bytes=1234-")]


async def test_a_server_without_ranges_sends_all_again(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    repository.faults[path_of(artifact)] = ["cut", "no-range"]
    await fetch(repository, tmp_path, artifact)
    assert artifact.is_intact(tmp_path / artifact.file_name)
    assert len(repository.requests) == 2


@pytest.mark.parametrize("fault", ["corrupt", "416", "500", "503", "429"])
async def test_a_passing_fault_is_repeated(repository: FakeRepository, tmp_path: Path, fault: str) -> None:
    artifact = an_artifact(repository)
    (tmp_path / f"{artifact.file_name}.part").write_bytes(b"some earlier bytes that are wrong")
    repository.faults[path_of(artifact)] = [fault]
    await fetch(repository, tmp_path, artifact)
    assert artifact.is_intact(tmp_path / artifact.file_name)
    assert len(repository.requests) >= 2


async def test_wrong_bytes_never_get_the_final_name(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    repository.faults[path_of(artifact)] = ["corrupt"] * ATTEMPTS
    with pytest.raises(DownloadError, match="SHA-256"):
        await fetch(repository, tmp_path, artifact)
    assert names_in(tmp_path) == [".lock"]
    assert len(repository.requests) == ATTEMPTS


async def test_waits_grow_and_stay_bounded(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    repository.faults[path_of(artifact)] = ["503"] * ATTEMPTS
    sleep = RecordedSleep()
    with pytest.raises(DownloadError):
        await fetch_all([artifact], tmp_path, repository=repository.address, sleep=sleep)
    assert len(sleep.seconds) == ATTEMPTS - 1
    assert all(0 <= seconds <= 8 for seconds in sleep.seconds)


async def test_a_missing_file_is_not_asked_for_again(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = LockedArtifact("org.example:gone:1", "0" * 64, 10)
    with pytest.raises(DownloadError, match=r"org\.example:gone:1"):
        await fetch(repository, tmp_path, artifact)
    assert len(repository.requests) == 1


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 200_000])
async def test_a_damaged_cached_file_is_fetched_again(
    repository: FakeRepository, tmp_path: Path, damage: bytes
) -> None:
    artifact = an_artifact(repository)
    (tmp_path / artifact.file_name).write_bytes(damage)
    await fetch(repository, tmp_path, artifact)
    assert artifact.is_intact(tmp_path / artifact.file_name)


async def test_offline_says_what_to_do(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    artifact = LockedArtifact("org.example:thing:1", "0" * 64, 10)
    with pytest.raises(DownloadError) as failure:
        await fetch_all([artifact], tmp_path, repository=f"http://{address}", sleep=RecordedSleep())
    for part in (address, "online", str(tmp_path), "CONNECTORS_CACHE_DIR"):
        assert part in str(failure.value)


async def test_two_fetchers_share_one_transfer(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    await asyncio.gather(fetch(repository, tmp_path, artifact), fetch(repository, tmp_path, artifact))
    assert len(repository.requests) == 1


async def test_the_lock_admits_one_and_is_freed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    async with exclusive(path):
        with path.open("w") as other:
            assert not try_lock(other.fileno())
    with path.open("w") as other:
        assert try_lock(other.fileno())


async def test_progress_counts_only_what_is_kept(repository: FakeRepository, tmp_path: Path) -> None:
    artifact = an_artifact(repository)
    repository.faults[path_of(artifact)] = ["cut", "corrupt"]
    progress = CountingProgress()
    await fetch_all([artifact], tmp_path, repository=repository.address, progress=progress, sleep=RecordedSleep())
    assert progress.received_bytes == artifact.size_bytes


def test_without_a_terminal_progress_is_two_plain_lines() -> None:
    stream = io.StringIO()
    with LineProgress("Apache Kafka", stream).of(46, 45_000_000):
        pass
    first, second = stream.getvalue().splitlines()
    assert first == "fetching Apache Kafka: 46 files, 45.0 MB"
    assert second.startswith("fetched Apache Kafka in ")


def test_the_lock_file_pins_every_jar_once() -> None:
    artifacts = kafka_artifacts()
    assert len(artifacts) == 46
    assert len({artifact.file_name for artifact in artifacts}) == 46
    names = {artifact.file_name for artifact in artifacts}
    assert {"kafka_2.13-4.3.0.jar", "slf4j-simple-1.7.36.jar"} <= names


def test_a_malformed_lock_line_is_refused() -> None:
    with pytest.raises(ValueError, match="not a locked artifact"):
        parse_lock("# comment\norg.example:thing:1 not-a-hash 5")
