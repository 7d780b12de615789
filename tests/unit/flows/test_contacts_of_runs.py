"""The contacts API as the engine asks it: what it answers, what says that it cannot, and whose fault it is."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from connectors_local.flows.contacts import ContactsAwayError, EngineRefusedError, RestContacts, UnaskableError
from connectors_local.flows.effects import Effects
from connectors_local.flows.engine import EFFECTS_AT_ONCE
from connectors_local.flows.model import NewRun
from tests.unit.flows.builders import WORKSPACE, World, a_flow, calling

CONTACT, KEY = UUID(int=5), UUID(int=6)
ASKED: dict[str, Any] = {"user_fields": {"city": "Rome"}, "custom_fields": {}}
Handle = Callable[[httpx2.Request], httpx2.Response]
PROBLEM = {"type": "/problems/x", "detail": "no", "errors": 5}
DEADLINE_SECONDS = 30


def rest(handle: Handle) -> RestContacts:
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle), base_url="http://mapper")
    return RestContacts(client, lambda _workspace_id: "token")


def always(status: int, body: Any = None, **told: Any) -> RestContacts:
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    return rest(lambda _request: httpx2.Response(status, **content, **told))


async def loaded(contacts: RestContacts, contact_id: str = str(CONTACT)) -> dict[str, Any]:
    return await contacts.load(WORKSPACE, contact_id)


async def test_only_what_is_not_found_is_nobody() -> None:
    assert await loaded(always(404, PROBLEM)) == {}
    assert await loaded(always(200, {"contacts": []}), "c1") == {}
    assert await loaded(always(200, {"id": str(CONTACT), "city": "Rome"})) == {"id": str(CONTACT), "city": "Rome"}
    with pytest.raises(UnaskableError, match="no"):
        await loaded(always(422, PROBLEM))
    with pytest.raises(UnaskableError):
        await loaded(always(400, PROBLEM), "c1")


@pytest.mark.parametrize("status", [401, 403])
async def test_who_refuses_the_engine_is_asked_again(status: int) -> None:
    for contacts in (always(status, PROBLEM), always(status, b"<html>")):
        for contact_id in (str(CONTACT), "c1"):
            with pytest.raises(EngineRefusedError, match=f"{status}.*secret"):
                await loaded(contacts, contact_id)
        with pytest.raises(EngineRefusedError):
            await contacts.write(WORKSPACE, str(CONTACT), ASKED, KEY)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((500, PROBLEM), (503, b""), (429, PROBLEM), (409, PROBLEM | {"type": "/problems/idempotency-key-in-use"})),
        *((200, b"<html>"), (200, [1]), (200, b"[" * 100_000), (200, {}), (302, b"")),
    ],
)
async def test_what_is_no_answer_is_asked_for_again(status: int, body: Any) -> None:
    with pytest.raises(ContactsAwayError):
        await loaded(always(status, body))
    with pytest.raises(ContactsAwayError):
        await loaded(always(status, body), "c1")
    if status != 200 or not isinstance(body, dict):
        with pytest.raises(ContactsAwayError):
            await always(status, body).write(WORKSPACE, None, ASKED, KEY)


@pytest.mark.parametrize("answer", [{"contacts": 5}, {"contacts": [{"external_id": "c1", "id": "x"}]}], ids=str)
async def test_a_list_that_cannot_be_read_is_no_answer(answer: dict[str, Any]) -> None:
    with pytest.raises(ContactsAwayError):
        await loaded(always(200, answer), "c1")


async def test_a_contact_that_was_made_without_an_id_is_asked_for_again() -> None:
    with pytest.raises(ContactsAwayError):
        await always(201, {"city": "Rome"}).write(WORKSPACE, None, ASKED, KEY)
    assert await always(201, {"id": str(CONTACT)}).write(WORKSPACE, None, ASKED, KEY) == {
        "success": True,
        "contactId": str(CONTACT),
    }


async def test_a_value_that_is_refused_is_the_step_s_error() -> None:
    wrong = {"errors": [{"pointer": "/user_fields/city", "detail": "is too long"}, 5]}
    result = await always(422, wrong).write(WORKSPACE, str(CONTACT), ASKED, KEY)
    assert result["error"] == {
        "type": "contact_refused",
        "message": "/user_fields/city: is too long",
        "httpStatus": 422,
    }


USES = calling(inputs={"city": "{{contact.city}}"})


async def test_a_run_says_what_it_waits_for_and_goes_on_when_that_is_mended() -> None:
    world = World()
    world.contacts.contacts["c1"] = {"city": "Rome"}
    world.contacts.fault = EngineRefusedError("look at its secret")
    run_id = await world.start(a_flow(USES), "c1")
    for tries in range(1, 4):
        run, _ = await world.run(run_id)
        assert (run.state, run.error) == ("running", {"type": "contacts_refused", "message": "look at its secret"})
        assert (run.tries, world.sent) == (tries, [])
        world.clock.later(30)
        await world.settle()
    world.contacts.fault = None
    world.clock.later(30)
    await world.settle()
    run, _ = await world.run(run_id)
    assert (run.state, run.error, world.sent[0].inputs) == ("running", None, {"city": "Rome"})


@pytest.mark.parametrize(("fault", "kind"), [(UnaskableError("no"), "contact_refused"), (TypeError(), "internal")])
async def test_a_contact_that_cannot_be_asked_for_ends_its_run_alone(fault: Exception, kind: str) -> None:
    world = World()
    world.contacts.fault = fault
    run_id = await world.start(a_flow(USES), "c1")
    run, _ = await world.run(run_id)
    assert (run.state, (run.error or {})["type"]) == ("failed", kind)
    write = {"id": "mark", "action": "update_contact", "userFields": {"city": "Rome"}, "onError": "continue"}
    goes_on = await world.start(a_flow(write, calling()), "c1")
    run, [step, _] = await world.run(goes_on)
    assert (run.state, step.state, (step.error or {})["type"]) == ("running", "failed", kind)


async def test_a_contact_that_is_not_answered_in_time_is_asked_for_later() -> None:
    world = World()
    world.contacts.gate = asyncio.Event()
    world.effects = Effects(world.store, world.contacts, world.clock, answer_seconds=0.01)
    run_id = await world.start(a_flow(USES), "c1")
    run, _ = await world.run(run_id)
    assert run.error == {"type": "contacts_unavailable", "message": "no answer within 0.01 s"}


async def test_contacts_that_hang_hold_up_nobody_who_asks_for_none() -> None:
    world = World()
    world.contacts.gate = asyncio.Event()
    asking, plain = a_flow(USES), a_flow()
    for flow in (asking, plain):
        await world.store.add(flow)
    await world.store.start(asking, [NewRun(uuid4(), "c1") for _ in range(250)], "ann", world.clock.now())
    workers = [asyncio.create_task(world.engine.work_off()) for _ in range(EFFECTS_AT_ONCE)]
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            for _ in range(3):
                await world.engine.advance()
            await world.store.start(plain, [NewRun(uuid4())], "ann", world.clock.now())
            await world.engine.advance()
            await world.engine.publish()
        assert len(world.sent) == 1
        world.clock.later(40)
        async with asyncio.timeout(DEADLINE_SECONDS):
            for _ in range(3):
                await world.engine.advance()  # what waits is begun again, and waits once all the same
            world.contacts.gate.set()
            while len(await world.store.outgoing(1000)) < 250:
                await asyncio.sleep(0)
                await world.engine.advance()
        assert world.contacts.loads == 250
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
