"""The ways into the line: Kafka's records, the backlog, callers."""

from typing import Protocol


class Inlet(Protocol):
    """Submits executions to the line; each carries an `Origin`, by which the inlet learns what became of it."""

    def halt(self) -> None:
        """Submit nothing more. What is in the line goes on."""
        ...

    async def close(self) -> None:
        """The line is drained: write down what is decided, and let go of the rest."""
        ...
