"""The locked list of downloads: what to fetch, its size, and the hash it must have."""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from maven_artifact import Artifact, Downloader

KAFKA_JARS_LOCK: Final = "kafka-jars.lock"
LINE: Final = re.compile(r"(?P<coordinate>\S+:\S+:\S+)\s+(?P<sha256>[0-9a-f]{64})\s+(?P<size>\d+)")


@dataclass(frozen=True, slots=True)
class LockedArtifact:
    """`coordinate` is group:artifact:version."""

    coordinate: str
    sha256: str
    size_bytes: int

    @property
    def file_name(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"

    def url(self, repository: str) -> str:
        return str(Artifact.parse(self.coordinate).uri(repository))

    def is_intact(self, path: Path) -> bool:
        """Whether the file is there, whole and unchanged."""
        try:
            if path.stat().st_size != self.size_bytes:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def parse_lock(text: str) -> tuple[LockedArtifact, ...]:
    """Raises ValueError on a line that is neither a comment nor an artifact."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(parse_line(line) for line in lines)


def parse_line(line: str) -> LockedArtifact:
    match = LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(f"not a locked artifact: {line!r}")
    return LockedArtifact(match["coordinate"], match["sha256"], int(match["size"]))


def kafka_artifacts() -> tuple[LockedArtifact, ...]:
    return parse_lock(files(__package__).joinpath(KAFKA_JARS_LOCK).read_text())


def repository_url() -> str:
    """The address `maven-artifact` knows."""
    return str(Downloader().resolver.base)
