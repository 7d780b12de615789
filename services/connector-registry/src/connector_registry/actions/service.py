"""The catalogue of actions: the built-in ones first, then the connectors of the workspace, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from connector_registry.actions.port import ActionStore, ConnectorAction, Wanted
from connector_registry.actions.shapes import Action, ActionPage, Obstacle, WhyNot
from connector_registry.history.port import median_ms
from connectors_shared.contract.actions import BUILT_IN_ACTIONS, ActionGroup, BuiltInAction
from connectors_shared.http.cursor import Cursor, cursor_text
from connectors_shared.runtime.clock import Clock

COUNTED: Final = timedelta(days=30)
"""What success rates and times are of."""
TO_DO: Final = {
    WhyNot.DISABLED: "The connector is switched off; enable it.",
    WhyNot.CREDENTIAL_STALE: "Its credential is refused; connect it again, or give it a new secret.",
    WhyNot.NO_TOKEN_YET: "Its credential has no access token yet; connect it, or wait until the token has come.",
    WhyNot.NOT_PUBLISHED: "It is saved and waits to be published; executors do not know this version of it yet.",
}
LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a picker asks for."""

    limit: int
    after: Cursor | None = None
    text: str | None = None
    group: ActionGroup | None = None


def built_in_place(number: int, action: BuiltInAction) -> Cursor:
    """Where it stands among all actions: before every connector, so that one kind of cursor leads through both."""
    return Cursor(LATEST - timedelta(seconds=number), uuid5(NAMESPACE_URL, f"action:{action.id}"))


class ActionCatalogue:
    """Of any workspace."""

    def __init__(self, store: ActionStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def page(self, workspace_id: UUID, asked: Asked) -> ActionPage:
        """Raises DatabaseUnavailableError."""
        most = asked.limit + 1
        found = [(place, _built_in(action)) for place, action in _built_ins(asked)][:most]
        if len(found) < most and asked.group in (None, ActionGroup.INTEGRATIONS):
            since = (self._clock.now() - COUNTED).date()
            wanted = Wanted(limit=most - len(found), since=since, after=asked.after, text=asked.text)
            stored = await self._store.page(workspace_id, wanted)
            found += [(Cursor(each.created_at, each.id), _of_connector(each)) for each in stored]
        shown = found[: asked.limit]
        return ActionPage(
            actions=[action for _, action in shown],
            next_cursor=cursor_text(shown[-1][0]) if len(found) > len(shown) else None,
        )


def _built_ins(asked: Asked) -> Iterator[tuple[Cursor, BuiltInAction]]:
    text = (asked.text or "").lower()
    for number, action in enumerate(BUILT_IN_ACTIONS):
        place = built_in_place(number, action)
        is_after = asked.after is None or asked.after.is_before(place.created_at, place.id)
        is_named = text in action.name.lower() or text in action.description.lower()
        if is_after and is_named and asked.group in (None, action.group):
            yield place, action


def _built_in(action: BuiltInAction) -> Action:
    return Action(
        id=action.id,
        kind="built_in",
        name=action.name,
        description=action.description,
        icon=action.icon,
        category=action.group,
        input_schema=action.inputs,
        output_schema=action.output,
    )


def _of_connector(found: ConnectorAction) -> Action:
    why_not = why_not_of(found)
    return Action(
        id=str(found.id),
        kind="connector",
        name=found.name,
        description=found.description,
        icon=found.icon,
        category=ActionGroup.INTEGRATIONS,
        connector_category=found.category,
        version=found.version,
        input_schema=found.input_schema,
        output_schema=found.output_schema,
        field_mapping_templates=found.field_mapping_templates,
        enabled=why_not is None,
        why_not=Obstacle(reason=why_not, detail=TO_DO[why_not]) if why_not else None,
        executions=found.executions,
        success_rate=found.succeeded / found.executions if found.executions else None,
        p50_ms=median_ms(found.durations),
    )


def why_not_of(found: ConnectorAction) -> WhyNot | None:
    """What a person has to do first comes first."""
    if not found.enabled:
        return WhyNot.DISABLED
    if "stale" in (found.credential_status, found.token_state):
        return WhyNot.CREDENTIAL_STALE
    if found.token_state == "pending":  # noqa: S105
        return WhyNot.NO_TOKEN_YET
    return None if found.published else WhyNot.NOT_PUBLISHED
