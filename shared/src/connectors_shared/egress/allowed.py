"""The origins that a workspace keeps its connectors to, where it does."""

from collections.abc import Hashable, Iterable

from connectors_shared.definition.origins import Origin


class AllowedOrigins:
    """A workspace that is not here may call whatever is public."""

    def __init__(self) -> None:
        self._of: dict[Hashable, frozenset[str]] = {}

    def keep_to(self, workspace: Hashable, origins: Iterable[str]) -> None:
        """As `str(Origin)` writes them; none of them means whatever is public."""
        allowed = frozenset(origins)
        if allowed:
            self._of[workspace] = allowed
        else:
            self._of.pop(workspace, None)

    def permit(self, workspace: Hashable, origin: Origin) -> bool:
        own = self._of.get(workspace)
        return own is None or str(origin) in own
