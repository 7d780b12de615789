"""How the story looks: drawn live on a terminal, a line every few seconds elsewhere."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.live import Live

from connectors_local.limits.board import Board
from connectors_local.limits.cast import NOISY, TROUBLE, Part
from connectors_local.limits.render import line, picture
from connectors_local.limits.story import Told
from connectors_local.operators.explain import explain
from connectors_shared.contract.status import ConnectorStatus

PLAIN_SECONDS: Final = 5.0


class Display:
    """The audience at the terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None
        self._plain_scene = ""
        self._plain_after = 0.0

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """Around a part of the story; the last picture stays on the screen."""
        if not self.console.is_terminal:
            yield
            return
        with Live(console=self.console, auto_refresh=False) as self._live:
            yield
        self._live = None

    def show(self, board: Board) -> None:
        if self._live is not None:
            self._live.update(picture(board), refresh=True)
        elif board.scene != self._plain_scene or board.elapsed_seconds >= self._plain_after:
            self._show_plainly(board)

    def _show_plainly(self, board: Board) -> None:
        if board.scene != self._plain_scene:
            self._plain_scene = board.scene
            self.say(f"-- {board.scene}")
        self._plain_after = board.elapsed_seconds + PLAIN_SECONDS
        self.say(line(board))

    def tell(self, told: Told) -> None:
        """The three answers, and what is wrong."""
        self.say_why(told.answers)
        for problem in told.verdict.problems:
            self.say(f"  wrong: {problem}")

    def say_why(self, answers: Mapping[Part, ConnectorStatus]) -> None:
        now = datetime.now(UTC)
        for part in NOISY:
            self.say("")
            self.say(f"Why is the one not running that {TROUBLE[part]}?")
            for text in explain(answers[part], now):
                self.say(f"  {text}" if text else "")
        self.say("")
