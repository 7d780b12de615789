"""The contacts of one page, by where they stand in the list: searched for, or walked to by the index that leads to the
fewest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from connectors_shared.runtime.postgres import Connection
from field_mapper.outbound.filtering import (
    ANY_TIME,
    Condition,
    Narrowing,
    Parameters,
    holds,
    leading,
    updated_within,
)
from field_mapper.outbound.searching import MOST_CANDIDATES, ContactFilter, Position, is_found, search

WALKING: Final = (Path(__file__).parent / "walking.sql").read_text("utf-8")
WALK: Final = """(
    SELECT id, created_at
    FROM (/* leading */) AS led
    WHERE (created_at, id) > ($2, $3::uuid) AND created_at < $4
    ORDER BY created_at, id
    LIMIT $5
)"""
"""Of one index. Each has its own order and end: where two are walked, Postgres would sort all that they lead to."""
KEEPING: Final = """
SELECT c.id FROM (SELECT * FROM contacts WHERE workspace_id = $1 AND id = ANY($2::uuid[]) OFFSET 0) AS c WHERE """
"""OFFSET: the contacts are found first. Else an index of a condition may be read from its beginning to its end, each of
its entries compared with all of them."""
COUNTING: Final = "(SELECT count(*) FROM (SELECT FROM (/* leading */) AS led LIMIT $2) AS few)"
LOOKS: Final = (250, 750)
"""Contacts that are looked at for a page of those that are wanted, first and then; the next page goes on after them."""
BEGINNING: Final = Position(datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
NO_ID: Final = UUID(int=0)
"""Before all others."""


@dataclass(frozen=True, slots=True)
class Places:
    """`rest`: where the next page begins, None behind the last. `truncated`: not all that may match were looked at."""

    positions: Sequence[Position] = ()
    rest: Position | None = None
    truncated: bool = False


async def places_of(
    connection: Connection, workspace_id: UUID, wanted: ContactFilter, after: Position | None, most: int
) -> Places:
    """In the order of the list, at most so many, after that one."""
    listing = _Listing(connection, workspace_id, wanted)
    few = await listing.few()
    if few is None:
        return await listing.walked(after, most)
    positions, truncated = few
    left = sorted(position for position in positions if after is None or position > after)
    shown = left[:most]
    return Places(shown, shown[-1] if len(left) > most else None, truncated)


def walking(lead: Condition | None, left: Narrowing, parameters: Parameters) -> str:
    """`parameters` begin with the workspace, where to begin, the time to end at, and how many to look at."""
    walks = [WALK.replace("/* leading */", each) for each in leading(lead, parameters)]
    return WALKING.replace("/* walks */", " UNION ALL ".join(walks)).replace("/* holds */", holds(left, parameters))


class _Listing:
    """In one workspace."""

    def __init__(self, connection: Connection, workspace_id: UUID, wanted: ContactFilter) -> None:
        self._connection = connection
        self._workspace_id = workspace_id
        self._wanted = wanted
        self._narrowing = wanted.narrowing
        self._lead: Condition | None = None

    async def few(self) -> tuple[Collection[Position], bool] | None:
        """All of them, and whether some may be missing, where what is searched for, or a time, leads to few; None where
        an index is better walked."""
        if self._wanted.searches:
            found = await search(self._connection, self._workspace_id, self._wanted)
            if not self._narrowing or not found.truncated:
                return await self._kept(found.positions), found.truncated
        sizes = await self._sizes()
        self._lead = min(sizes, key=lambda condition: sizes[condition], default=None)
        if (
            not self._narrowing.updated
            or self._wanted.searches
            or min(sizes.values(), default=MOST_CANDIDATES) < MOST_CANDIDATES
        ):
            return None
        recent = await self._updated()
        return None if len(recent) > MOST_CANDIDATES else (await self._kept(recent), False)

    async def walked(self, after: Position | None, most: int) -> Places:
        found: list[Position] = []
        last = max(after or BEGINNING, Position(self._narrowing.created.since or BEGINNING.created_at, NO_ID))
        for usual in LOOKS:
            look = max(usual, most + 1) if self._looks else most + 1
            rows = await self._looked_at(last, look)
            for row in rows:
                last = Position(row["created_at"], row["id"])
                if row["holds"] and is_found(row, self._wanted) and last not in found[-1:]:
                    found.append(last)
                if len(found) > most:
                    return Places(found[:most], found[most - 1])
            if len(rows) < look:
                return Places(found)
        return Places(found, last)

    @property
    def _looks(self) -> bool:
        """Whether something is left to be seen from the rows."""
        return self._wanted.searches or self._left() != Narrowing(created=self._narrowing.created)

    def _left(self) -> Narrowing:
        others = tuple(each for each in self._narrowing.conditions if each is not self._lead)
        return replace(self._narrowing, conditions=others)

    async def _looked_at(self, after: Position, look: int) -> Sequence[Any]:
        end = self._narrowing.created.until or datetime.now(UTC) + timedelta(days=1)
        parameters = Parameters([self._workspace_id, after.created_at, after.id, end, look])
        sql = walking(self._lead, replace(self._left(), created=ANY_TIME), parameters)
        return await self._connection.fetch(sql, *parameters.values)

    async def _sizes(self) -> dict[Condition, int]:
        """How many each condition leads to, counted as far as matters."""
        conditions = self._narrowing.conditions
        if len(conditions) + bool(self._narrowing.updated) < 2:
            return dict.fromkeys(conditions, MOST_CANDIDATES)
        parameters = Parameters([self._workspace_id, MOST_CANDIDATES])
        leads = [" UNION ALL ".join(leading(each, parameters)) for each in conditions]
        counts = [COUNTING.replace("/* leading */", lead) for lead in leads]
        if not counts:
            return {}
        [row] = await self._connection.fetch(f"SELECT {', '.join(counts)}", *parameters.values)
        return dict(zip(conditions, row, strict=True))

    async def _updated(self) -> list[Position]:
        """Of the days that the time is in; whoever is among so few is seen from the rows then."""
        parameters = Parameters([self._workspace_id])
        sql = updated_within(self._narrowing.updated, parameters)
        rows = await self._connection.fetch(f"{sql} LIMIT {MOST_CANDIDATES + 1}", *parameters.values)
        return [Position(row["created_at"], row["id"]) for row in rows]

    async def _kept(self, positions: Collection[Position]) -> Collection[Position]:
        """Those of which all else holds."""
        if not self._narrowing or not positions:
            return positions
        parameters = Parameters([self._workspace_id, [position.id for position in positions]])
        sql = KEEPING + holds(self._narrowing, parameters)
        kept = {row["id"] for row in await self._connection.fetch(sql, *parameters.values)}
        return [position for position in positions if position.id in kept]
