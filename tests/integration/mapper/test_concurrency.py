"""Two transactions at once, held at the point where they could harm each other."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.runtime.postgres import Work
from field_mapper.coercion import UserFieldCoercion
from field_mapper.model import ContactKey
from field_mapper.outbound.repository import PostgresContacts
from field_mapper.stages import Announcement, apply, propose, serialized
from field_mapper.stages.results import Result
from tests.unit.mapper.builders import CREATE, a_result, user

from .conftest import DEADLINE_SECONDS, World

NOW = datetime(2026, 1, 2, tzinfo=UTC)


async def applied(
    contacts: PostgresContacts,
    results: Sequence[ConnectorResult],
    reached: asyncio.Event,
    go_on: asyncio.Event,
) -> list[Announcement]:
    """Apply the results in one transaction; commit only when told to."""

    async def attempt(keys: Collection[ContactKey]) -> list[Announcement]:
        proposals = [
            proposal for result in results if (proposal := propose(Result.of(result), UserFieldCoercion("US"), NOW))
        ]
        async with contacts.transaction([results[0].workspace_id]) as session:
            made = await apply(session, proposals, NOW, keys)
            reached.set()
            await go_on.wait()
        return [made[proposal.key] for proposal in proposals]

    return await serialized(attempt)


async def until_somebody_waits_for_a_lock(world: World) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await world.pool.fetchval(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        ):
            await asyncio.sleep(0.02)


async def one_after_the_other(world: World, *results: ConnectorResult) -> list[Announcement]:
    """Those of the first and of the second."""
    made = await batches_one_after_the_other(world, *[[result] for result in results])
    return [announcement for announcements in made for announcement in announcements]


async def batches_one_after_the_other(world: World, *batches: Sequence[ConnectorResult]) -> list[list[Announcement]]:
    """The second starts while the first is applied and not committed; it has to wait for that commit."""
    contacts = PostgresContacts(world.app, Work.BACKGROUND)
    first_reached, second_reached, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(applied(contacts, batches[0], first_reached, go_on))
    await asyncio.wait_for(first_reached.wait(), DEADLINE_SECONDS)
    second = asyncio.create_task(applied(contacts, batches[1], second_reached, go_on))
    waiting = asyncio.create_task(until_somebody_waits_for_a_lock(world))
    reached = asyncio.create_task(second_reached.wait())
    await asyncio.wait({waiting, reached}, return_when=asyncio.FIRST_COMPLETED)
    overtook = second_reached.is_set()
    go_on.set()
    made = list(await asyncio.gather(first, second))
    for task in (waiting, reached):
        task.cancel()
    assert not overtook, "the second did not wait for the first"
    return made


async def test_two_creations_by_the_same_email_at_once_make_one_contact(world: World) -> None:
    workspace = uuid4()
    mappings = (user("e", "email"), user("n", "first_name"))
    first, second = await one_after_the_other(
        world,
        a_result(workspace, {"e": "a@example.com", "n": "First"}, *mappings, options=CREATE),
        a_result(workspace, {"e": "A@example.com", "n": "Second"}, *mappings, options=CREATE, minutes=1),
    )
    assert (first.outcome, second.outcome) == ("created", "updated")
    assert first.contact_id == second.contact_id
    assert (await world.contact(first.contact_id or ""))["first_name"] == "Second"


async def test_two_creations_by_the_same_name_of_another_system_at_once_make_one_contact(world: World) -> None:
    workspace = uuid4()
    results = [
        a_result(workspace, {"n": f"N{n}"}, user("n", "first_name"), contact_id="crm-1", options=CREATE, minutes=n)
        for n in range(2)
    ]
    first, second = await one_after_the_other(world, *results)
    assert (first.outcome, second.outcome) == ("created", "updated")
    assert (await world.contact(second.contact_id or ""))["external_id"] == "crm-1"


async def test_two_creations_by_an_address_that_its_contact_has_just_left_make_one_contact(world: World) -> None:
    workspace = uuid4()
    leaver = await world.make_contact(workspace, email="a@example.com")
    mappings = (user("e", "email"), user("n", "first_name"))
    old = {"e": "a@example.com", "n": "New"}
    [_, made], [found] = await batches_one_after_the_other(
        world,
        [
            a_result(workspace, {"e": "b@example.com"}, mappings[0], contact_id=leaver),
            a_result(workspace, old, *mappings, options=CREATE, minutes=1),
        ],
        [a_result(workspace, old, *mappings, options=CREATE, minutes=2)],
    )
    assert (made.outcome, found.outcome, found.contact_id) == ("created", "updated", made.contact_id)
    assert made.contact_id != leaver


async def test_two_writes_of_one_contact_at_once_lose_neither(world: World) -> None:
    workspace = uuid4()
    contact: UUID = await world.make_contact(workspace)
    await one_after_the_other(
        world,
        a_result(workspace, {"n": "Ann"}, user("n", "first_name"), contact_id=contact),
        a_result(workspace, {"c": "Rome"}, user("c", "city"), contact_id=contact),
    )
    row = await world.contact(contact)
    assert (row["first_name"], row["city"]) == ("Ann", "Rome")
