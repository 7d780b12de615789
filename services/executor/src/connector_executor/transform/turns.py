"""Who is next: turns among workspaces, and among the connectors of each; in a connector, who came first."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from connector_executor.transform.outcome import TransformFailure
from connector_executor.transform.wire import Answer, Request, frame

Verdict = Answer | TransformFailure


class Turn(NamedTuple):
    """Whose turn an evaluation takes."""

    workspace: str = ""
    connector: str = ""


class Evaluation:
    """A request, and the future of its verdict."""

    __slots__ = ("deadline_seconds", "document_bytes", "expression", "frame", "turn", "verdict")

    def __init__(self, request: Request, turn: Turn) -> None:
        self.frame = frame(request)
        self.expression = request.expression
        self.document_bytes = len(request.document)
        self.deadline_seconds = request.deadline_seconds
        self.turn = turn
        self.verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()

    def settle(self, verdict: Verdict) -> None:
        if not self.verdict.done():
            self.verdict.set_result(verdict)


Allows = Callable[[Evaluation], bool]


class Turns:
    """Evaluations that wait, at most `most_waiting` of each connector."""

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._returned: deque[Evaluation] = deque()
        self._workspaces: OrderedDict[str, OrderedDict[str, deque[Evaluation]]] = OrderedDict()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting + len(self._returned)

    def add(self, evaluation: Evaluation) -> bool:
        """False when its connector has as many waiting as it may."""
        connectors = self._workspaces.setdefault(evaluation.turn.workspace, OrderedDict())
        queue = connectors.setdefault(evaluation.turn.connector, deque())
        if len(queue) >= self._most_waiting:
            return False
        queue.append(evaluation)
        self._waiting += 1
        return True

    def give_back(self, evaluations: Iterable[Evaluation]) -> None:
        """To the head, in their order: they have had their turn."""
        self._returned.extendleft(reversed(list(evaluations)))

    def take(self, may_run: Allows, is_wanted: Allows) -> Evaluation | None:
        """The first that may run, if it is wanted; the ones that are cancelled are dropped on the way."""
        while (found := self._first(may_run)) is not None:
            if found.verdict.done():
                self._remove(found)
            elif is_wanted(found):
                self._remove(found)
                return found
            else:
                return None
        return None

    def withdraw(self, expression: str) -> list[Evaluation]:
        """All that wait with `expression`, in their order; they wait no longer."""
        waiting = [each for queue in self._queues() for each in queue if each.expression == expression]
        if waiting:
            self._keep(lambda each: each.expression != expression)
        return waiting

    def clear(self) -> list[Evaluation]:
        waiting = [each for queue in self._queues() for each in queue]
        self._keep(lambda _each: False)
        return waiting

    def _queues(self) -> Iterable[deque[Evaluation]]:
        yield self._returned
        for connectors in self._workspaces.values():
            yield from connectors.values()

    def _first(self, may_run: Allows) -> Evaluation | None:
        if self._returned and _is_next(self._returned, may_run):
            return self._returned[0]
        for connectors in self._workspaces.values():
            for queue in connectors.values():
                if _is_next(queue, may_run):
                    return queue[0]
        return None

    def _remove(self, evaluation: Evaluation) -> None:
        """From the head of its queue, which goes to the end of the line."""
        if self._returned and self._returned[0] is evaluation:
            self._returned.popleft()
            return
        workspace, connector = evaluation.turn
        connectors = self._workspaces[workspace]
        connectors[connector].popleft()
        self._waiting -= 1
        connectors.move_to_end(connector)
        self._workspaces.move_to_end(workspace)
        self._forget_empty(workspace, connector)

    def _forget_empty(self, workspace: str, connector: str) -> None:
        connectors = self._workspaces[workspace]
        if not connectors[connector]:
            del connectors[connector]
        if not connectors:
            del self._workspaces[workspace]

    def _keep(self, wanted: Allows) -> None:
        self._returned = deque(filter(wanted, self._returned))
        for workspace, connectors in list(self._workspaces.items()):
            for connector, queue in list(connectors.items()):
                connectors[connector] = deque(filter(wanted, queue))
                self._waiting -= len(queue) - len(connectors[connector])
                self._forget_empty(workspace, connector)


def _is_next(queue: deque[Evaluation], may_run: Allows) -> bool:
    return queue[0].verdict.done() or may_run(queue[0])
