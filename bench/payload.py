"""Payload size: what an execution costs when answers, or inputs, are of 1, 10 or 100 KB.

The mapping takes the same seven fields of an answer of any size, so what grows is reading it, with the bounds that are
kept meanwhile. Inputs go into our result as they came, but for secrets, and not into the bare loop's.
"""

from collections.abc import Sequence
from functools import partial

from bench.cost import Cost, against, growth, typical
from bench.definitions import a_connector
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.hot import bare_loop, executor, in_turn
from bench.scenario import IN_FLIGHT, open_scenario
from bench.servers import Servers

PART = "payload"
UPSTREAM_MS = 50.0
SIZES_KB = {1: 1, 10: 2, 100: 8}
"""By the size: how many times fewer executions are enough."""
MOST = 1.0


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    figures: list[Figure] = []
    answers: dict[float, Sequence[Cost]] = {}
    inputs: dict[float, Sequence[Cost]] = {}
    for size, fewer in SIZES_KB.items():
        messages, path = effort.messages // fewer, f"/many/{size}"
        answers[size], bare, inputs[size], bare_inputs = await in_turn(
            effort.rounds,
            partial(executor, servers, UPSTREAM_MS, messages, path),
            partial(bare_loop, servers, UPSTREAM_MS, messages, path),
            partial(_executor_with_inputs, servers, messages, size),
            partial(_bare_loop_with_inputs, servers, messages, size),
        )
        print(f"  answers of {size} KB\n    bare loop {typical(bare)}\n    executor  {typical(answers[size])}")
        name = "CPU per execution against the bare loop, {} of {} KB".format
        figures += [
            against(PART, name("answers", size), answers[size], bare, at_most(MOST)),
            against(PART, name("inputs", size), inputs[size], bare_inputs),
        ]
    return [*figures, *growth(PART, "KB of answer", answers), *growth(PART, "KB of inputs", inputs)]


async def _executor_with_inputs(servers: Servers, messages: int, size_kb: int) -> Cost:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        scenario.traffic.notes = _notes(size_kb)
        ids = await scenario.publish_look_ups()
        await scenario.start_executors(max_in_flight=IN_FLIGHT, max_in_flight_per_connector=IN_FLIGHT)
        return await scenario.cost_of([ids[turn % len(ids)] for turn in range(messages)])


async def _bare_loop_with_inputs(servers: Servers, messages: int, size_kb: int) -> Cost:
    async with open_scenario(servers, UPSTREAM_MS) as scenario:
        scenario.traffic.notes = _notes(size_kb)
        url = scenario.url("/people")
        await scenario.start_bare_loop(url)
        return await scenario.cost_of([a_connector(url).connector_id] * messages)


def _notes(size_kb: int) -> list[str]:
    """So many lines of a hundred characters."""
    return ["Called on Monday, wants to hear of the offer again when the new prices are out, by mail if possible "] * (
        10 * size_kb
    )
