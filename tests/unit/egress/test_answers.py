"""Answers share one ceiling: at it nobody reads on but one, and what it frees lets the next one."""

import asyncio
import gzip
import zlib

import pytest

from connectors_shared.egress.answers import Answers, Hold
from connectors_shared.egress.decoding import Inflater

MIB = 1024 * 1024
FAR = 3_600.0


def begun(answers: Answers, seconds: float = FAR, whose: tuple[str, str] = ("w", "c")) -> Hold:
    return answers.begin(asyncio.get_running_loop().time() + seconds, whose)


async def reads(*holds: Hold, size: int) -> list["asyncio.Task[None]"]:
    """Each reads a piece; those that are not done have to wait."""
    tasks = [asyncio.create_task(hold.take(size)) for hold in holds]
    await settled()
    return tasks


async def read_all(hold: Hold, pieces: int, size: int) -> Hold:
    for _ in range(pieces):
        await hold.take(size)
        await asyncio.sleep(0)
    return hold


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_below_the_ceiling_nobody_waits() -> None:
    answers = Answers(100)
    first, second = begun(answers, whose=("w", "1")), begun(answers, whose=("v", "2"))
    await first.take(60)
    await second.take(39)
    assert answers.held_bytes == 99
    first.release()
    second.release()
    first.release()
    assert answers.held_bytes == 0


async def test_at_the_ceiling_one_goes_on_and_the_others_wait_for_what_is_freed() -> None:
    answers = Answers(100)
    first, second, third = (begun(answers) for _ in range(3))
    await first.take(80)
    waiting = [asyncio.create_task(hold.take(30)) for hold in (second, third)]
    await settled()
    assert [task.done() for task in waiting] == [False, False]
    await asyncio.wait_for(first.take(500), 5)
    first.release()
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert answers.held_bytes == 60


async def test_one_larger_than_the_ceiling_is_read_to_its_end() -> None:
    answers = Answers(100)
    hold = begun(answers)
    for _ in range(10):
        await asyncio.wait_for(hold.take(1_000), 5)
    hold.release()
    assert answers.held_bytes == 0


async def test_nobody_waits_beyond_its_deadline() -> None:
    answers = Answers(100)
    first, late = begun(answers), begun(answers, seconds=-1.0)
    await first.take(100)
    await asyncio.wait_for(late.take(1), 5)


async def test_a_small_answer_is_read_beside_a_connector_with_large_slow_ones() -> None:
    answers = Answers(1_000)
    large = [begun(answers, whose=("w", "large")) for _ in range(20)]
    for _ in range(10):
        waiting = [task for task in await reads(*large, size=10) if not task.done()]
        if waiting:
            break
    assert waiting
    other = begun(answers, whose=("w", "small"))
    await asyncio.wait_for(other.take(40), 5)
    assert not any(task.done() for task in waiting)
    for hold in [*large, other]:
        hold.release()
    await asyncio.gather(*waiting)
    assert answers.held_bytes == 0


async def test_a_workspace_leaves_room_for_the_next_one() -> None:
    answers = Answers(1_000)
    waiting: list[asyncio.Task[None]] = []
    holds: list[Hold] = []
    while not waiting:
        holds.append(begun(answers, whose=("w", f"c{len(holds)}")))
        waiting = [task for task in await reads(holds[-1], size=50) if not task.done()]
    assert answers.held_bytes < 1_000
    await asyncio.wait_for(begun(answers, whose=("v", "c")).take(10), 5)
    for hold in holds:
        hold.release()
    await asyncio.gather(*waiting)


async def test_answers_that_wait_for_a_worker_after_they_were_read_let_only_one_beyond_the_ceiling() -> None:
    answers = Answers(1_000)
    reading = {
        asyncio.create_task(read_all(begun(answers, whose=(f"w{number % 7}", f"c{number}")), pieces=10, size=10))
        for number in range(60)
    }
    while reading:
        await settled()
        assert answers.held_bytes <= 1_000 + 100 + 60 * 10
        done, reading = await asyncio.wait(reading, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert done
        for task in done:
            task.result().release()
    assert answers.held_bytes == 0


async def test_a_connector_whose_answers_wait_for_a_worker_leaves_room_for_the_next_one() -> None:
    answers = Answers(1_000)
    holds = [begun(answers, whose=("w", "greedy")) for _ in range(40)]
    for hold in holds:
        for _ in range(50):
            [waiting] = await reads(hold, size=1)
            if not waiting.done():
                break
    assert answers.held_bytes <= 750 + 50 + 40
    await asyncio.wait_for(begun(answers, whose=("other", "healthy")).take(1), 5)
    for hold in holds:
        hold.release()
    await settled()


async def test_one_that_may_go_beyond_the_share_of_its_connector_is_held_to_that_of_its_workspace() -> None:
    answers = Answers(1_000)
    one, other = begun(answers, whose=("w", "one")), begun(answers, whose=("w", "other"))
    await other.take(300)
    await asyncio.wait_for(one.take(560), 5)
    await asyncio.wait_for(other.take(30), 5)
    [waiting] = await reads(one, size=1)
    assert not waiting.done()
    other.release()
    await asyncio.wait_for(waiting, 5)


async def test_one_of_a_connector_beyond_its_share_goes_on_where_there_is_room() -> None:
    answers = Answers(1_000)
    slow = begun(answers, whose=("v", "slow"))
    await slow.take(1)
    first, second = (begun(answers, whose=("w", "c")) for _ in range(2))
    await first.take(800)
    [waiting] = await reads(second, size=50)
    assert not waiting.done()
    await asyncio.wait_for(first.take(50), 5)
    first.release()
    await asyncio.wait_for(waiting, 5)


async def test_whoever_gives_up_lets_the_next_one_go_on() -> None:
    answers = Answers(100)
    first, second = begun(answers), begun(answers)
    await first.take(100)
    waiting = asyncio.create_task(second.take(200))
    await settled()
    assert not waiting.done()
    first.release()
    await asyncio.wait_for(waiting, 5)


async def test_who_is_cancelled_while_it_waits_leaves_nothing_behind() -> None:
    answers = Answers(100)
    first, second, third = (begun(answers) for _ in range(3))
    await first.take(100)
    waiting = asyncio.create_task(second.take(50))
    await settled()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    second.release()
    first.release()
    await asyncio.wait_for(third.take(100), 5)
    assert answers.held_bytes == 100


@pytest.mark.parametrize("kind", ["gzip", "deflate"])
def test_a_bomb_comes_in_pieces(kind: str) -> None:
    wire = gzip.compress(b"\0" * 10 * MIB) if kind == "gzip" else zlib.compress(b"\0" * 10 * MIB)
    assert len(wire) < 20_000
    inflater = Inflater(kind, 10 * MIB)
    pieces = [len(piece) for piece in inflater.feed(wire)]
    inflater.finish()
    assert sum(pieces) == 10 * MIB
    assert max(pieces) <= 256 * 1024
