"""How many calls may be under way in this process."""

from connector_executor.metrics import ExecutorMetrics


class Places:
    """One for every call that may be under way at once."""

    def __init__(self, most: int, metrics: ExecutorMetrics) -> None:
        self._most = most
        self._metrics = metrics
        self.taken = 0

    @property
    def free(self) -> int:
        return max(0, self._most - self.taken)

    def take(self) -> None:
        self.taken += 1
        self._metrics.in_flight.set(self.taken)

    def give_back(self) -> None:
        self.taken -= 1
        self._metrics.in_flight.set(self.taken)
