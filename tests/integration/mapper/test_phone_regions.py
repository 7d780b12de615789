"""What a workspace has settled is known before its first result is mapped, and what it changes from then on."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from connectors_shared.contract.topics import CONFIG
from connectors_shared.contract.workspace import PublishedWorkspace
from tests.unit.mapper.builders import CREATE, a_result, user

from .conftest import DEADLINE_SECONDS, World

NATIONAL = "030 1234567"


async def settle(world: World, workspace_id: UUID, revision: int, region: str | None) -> None:
    fact = PublishedWorkspace(
        workspace_id=workspace_id, revision=revision, changed_at=datetime.now(UTC), phone_region=region
    )
    await world.producer.send_and_wait(world.topic(CONFIG.name), value=fact.to_json(), key=fact.key().to_bytes())


async def test_a_national_number_is_one_of_the_workspaces_country(world: World) -> None:
    german, unsettled = uuid4(), uuid4()
    contacts = {german: await world.make_contact(german, phone="+49301234567"), unsettled: uuid4()}
    await world.make_contact(unsettled, phone="+1301234567")
    await settle(world, german, 1, "DE")
    mappings = (user("p", "phone"), user("n", "first_name"))
    results = [
        a_result(german, {"p": NATIONAL, "n": "Ann"}, *mappings),
        a_result(unsettled, {"p": NATIONAL, "n": "Bea"}, *mappings, contact_id=contacts[unsettled], options=CREATE),
    ]
    await world.publish(*results)
    async with world.mapper(phone_region=None) as service:
        known, unknown = await world.updates_of(*results)
        await settle(world, unsettled, 1, "FR")
        async with asyncio.timeout(DEADLINE_SECONDS):
            while service.api.state.regions(unsettled)("phone", "01 42 68 53 00") != "+33142685300":
                await asyncio.sleep(0.02)
    assert known.contact_id == str(contacts[german])
    assert (known.user_fields["phone"], [line.remark for line in known.mappings]) == ("+49301234567", [None, None])
    assert unknown.user_fields["phone"] == NATIONAL
    assert [line.target_field for line in unknown.mappings if line.remark] == ["phone"]
