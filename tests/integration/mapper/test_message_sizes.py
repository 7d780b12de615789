"""Updates that a broker takes less of than its table says: told in short, and nothing behind them waits."""

from uuid import uuid4

from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.execution import ConnectorResult
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.topics import CONTACT_UPDATED
from tests.topic_limits import limit_records
from tests.unit.mapper.builders import a_result, user

from .conftest import World


async def limit(world: World, topic: str, most: int) -> None:
    await limit_records(world.settings.kafka_bootstrap_servers, world.topic(topic), most)


def with_variables(result: ConnectorResult, text: str) -> ConnectorResult:
    return result.model_copy(update={"context": result.context.model_copy(update={"variables": {"text": text}})})


async def test_an_update_that_the_broker_refuses_is_told_in_short_and_the_others_go_on(world: World) -> None:
    await limit(world, CONTACT_UPDATED.name, 100_000)
    workspace = uuid4()
    contact = await world.make_contact(workspace, phone="+16266958105")
    results = [
        a_result(workspace, {"n": f"N{number}"}, user("n", "first_name"), contact_id=contact, minutes=number)
        for number in range(6)
    ]
    results[3] = with_variables(results[3], "x" * 200_000)
    await world.publish(*results)
    async with world.mapper():
        updates = await world.updates_of(*results)
        await world.until_committed()
    assert [bool(update.user_fields) for update in updates] == [True, True, True, False, True, True]
    assert "too large" in (updates[3].reason or "")
    assert (await world.contact(contact))["first_name"] == "N5"


async def test_an_update_that_fits_in_no_form_is_a_dead_letter(world: World) -> None:
    await limit(world, CONTACT_UPDATED.name, 200)
    workspace = uuid4()
    contact = await world.make_contact(workspace, phone="+16266958105")
    await world.publish(a_result(workspace, {"n": "Ann"}, user("n", "first_name"), contact_id=contact))
    async with world.mapper():
        (letter,) = await world.dead(1)
        await world.until_committed()
    assert DeadLetter.from_headers(letter.headers).reason is DeadReason.TOO_LARGE
    assert (await world.contact(contact))["first_name"] == "Ann"
