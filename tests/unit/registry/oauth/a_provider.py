"""An authorization server in memory: it replaces refresh tokens, and ends a grant when an old one is shown again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from connector_registry.oauth.port import Answer, Ask, Issued, Refused, Unavailable

Hook = Callable[[], Awaitable[None]]


async def nothing() -> None:
    return None


@dataclass(slots=True)
class RotatingProvider:
    """`grace`: for how many requests the refresh token before the present one is still taken, as providers do that know
    of lost answers. `before` and `after` run around each request's effect; what they raise is raised to who asks.
    """

    grace: int = 0
    lifetime_seconds: float | None = 3600.0
    before: Hook = nothing
    after: Hook = nothing
    asked: list[Ask] = field(default_factory=list)
    away: Unavailable | Refused | None = None
    alive: bool = True
    codes: set[str] = field(default_factory=set)
    issued: int = 0
    _present: int = 0
    _shown_again: int = 0

    def refresh_token(self) -> str:
        return f"refresh-{self._present}"

    def connect(self) -> str:
        """Somebody grants it anew."""
        self.alive, self._shown_again = True, 0
        self._present += 1
        return self.refresh_token()

    async def ask(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        await self.before()
        answer = self.away or self._answer(ask)
        await self.after()
        return answer

    def _answer(self, ask: Ask) -> Answer:
        if ask.parameters["grant_type"] == "authorization_code":
            return self._exchange(ask.parameters["code"])
        if ask.parameters["grant_type"] != "refresh_token":
            return self._issue(None)
        shown = ask.parameters["refresh_token"]
        if not self.alive:
            return Refused("The provider answered 400: invalid_grant.")
        if shown == self.refresh_token():
            self._present, self._shown_again = self._present + 1, 0
            return self._issue(self.refresh_token())
        self._shown_again += 1
        if shown == f"refresh-{self._present - 1}" and self._shown_again <= self.grace:
            return self._issue(self.refresh_token())
        self.alive = False
        return Refused("The provider answered 400: invalid_grant.")

    def _exchange(self, code: str) -> Answer:
        """Each code once (RFC 6749 4.1.2)."""
        if code not in self.codes:
            return Refused("The provider answered 400: invalid_grant.")
        self.codes.discard(code)
        return self._issue(self.connect())

    def _issue(self, refresh_token: str | None) -> Issued:
        self.issued += 1
        return Issued(f"access-{self.issued}", refresh_token, self.lifetime_seconds)
