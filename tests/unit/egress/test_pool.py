"""Places and connections of the pool, where moments meet that seldom do."""

import asyncio

import pytest

from connectors_shared.definition.origins import parse_origin
from connectors_shared.egress import SendBounds
from connectors_shared.egress.connection import Connection
from connectors_shared.egress.destinations import Destination
from connectors_shared.egress.pool import Pool
from tests.unit.egress.wires import Wire, Wires

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BOUNDS = SendBounds(total_seconds=60)
ONE, OTHER = Destination(parse_origin("http://a.example")), Destination(parse_origin("http://b.example"))


class Scene:
    def __init__(self, most: int, idle_seconds: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.wires = Wires(self.loop)
        self.pool = Pool(self.loop, self.wires.dial, most=most, most_per_destination=0, idle_seconds=idle_seconds)

    def ask(self, destination: Destination = ONE) -> "asyncio.Task[Connection]":
        return self.loop.create_task(self.pool.connect(destination, None))

    async def turn(self) -> None:
        await asyncio.sleep(0)

    async def used(self, destination: Destination = ONE) -> Connection:
        """One whose response has been read, and that may be kept."""
        connection = await self.pool.connect(destination, None)
        await self.read(connection)
        return connection

    async def read(self, connection: Connection) -> None:
        answered = connection.ask(
            b"GET / HTTP/1.1\r\n\r\n", has_body=True, bounds=BOUNDS, deadline=self.loop.time() + 60
        )
        connection.data_received(OK)
        await answered
        assert connection.finish()


async def test_a_place_that_came_while_its_caller_left_goes_to_the_next() -> None:
    scene = Scene(1, 60)
    holder = await scene.used()
    first, second = scene.ask(), scene.ask()
    await scene.turn()
    scene.pool.keep(holder)  # the place is the first one's now
    first.cancel()
    assert await second is holder
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_who_comes_while_one_that_waited_leaves_is_not_forgotten() -> None:
    scene = Scene(1, 60)
    holder = await scene.used()
    leaving = scene.ask()
    await scene.turn()
    newcomer = scene.ask()
    leaving.cancel()
    scene.pool.keep(holder)  # nobody is there for the place in this moment
    assert await newcomer is holder
    assert leaving.cancelled()


async def test_a_connection_that_failed_to_be_made_leaves_its_place() -> None:
    scene = Scene(1, 60)

    async def refuse(*_: object) -> Connection:
        raise OSError

    scene.pool._dial = refuse
    for _ in range(3):
        with pytest.raises(OSError):  # noqa: PT011
            await scene.pool.connect(ONE, None)
    scene.pool._dial = scene.wires.dial
    assert isinstance(await scene.pool.connect(ONE, None), Connection)


async def test_the_connection_used_last_is_used_again_by_its_own_destination_only() -> None:
    scene = Scene(3, 60)
    one, two = await scene.used(), await scene.used()
    scene.pool.keep(one)
    scene.pool.keep(two)
    assert scene.pool.kept(OTHER) is None
    assert scene.pool.kept(ONE) is two
    assert scene.pool.kept(ONE) is one
    assert scene.pool.kept(ONE) is None


async def test_what_nobody_used_for_its_time_is_ended_and_given_to_nobody() -> None:
    scene = Scene(2, 0.02)
    one, two = await scene.used(), await scene.used(OTHER)
    one_gone, two_gone = (wire.gone for wire in scene.wires.all)
    scene.pool.keep(one)
    scene.pool.keep(two)
    async with asyncio.timeout(5):
        await one_gone.wait()
        await two_gone.wait()
    await scene.turn()
    assert scene.pool.kept(ONE) is None
    assert (scene.pool._lanes, scene.pool._idle, scene.pool._open) == ({}, 0, set())


async def test_no_more_are_kept_than_may_be_used_at_once() -> None:
    scene = Scene(2, 60)
    for number in range(5):
        scene.pool.keep(await scene.used(Destination(parse_origin(f"http://h{number}.example"))))
    assert [wire.is_lost for wire in scene.wires.all] == [False, False, True, True, True]
    assert len(scene.pool._lanes) == 2


async def test_goodbyes_that_nobody_takes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each keeps a socket for seconds, and is in nobody's use."""
    scene = Scene(2, 60)
    monkeypatch.setattr(Wire, "close", lambda _: None)
    for _ in range(20):
        connection = await scene.used()
        scene.pool.end(connection)
        scene.pool.drop(connection)
        await scene.turn()
    assert len(scene.pool._open) <= 5
