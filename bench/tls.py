"""Calls over TLS: to an upstream that keeps connections, and to one that ends each with its answer.

The second costs a handshake for every call, the most that one can cost; with a session of before it is cheaper than in
full. The bare loop keeps connections, too, and no sessions.
"""

from collections.abc import Sequence
from functools import partial

from bench.cost import Cost, against, typical
from bench.effort import Effort
from bench.figures import Figure, at_most
from bench.hot import bare_loop, in_turn
from bench.scenario import IN_FLIGHT, Scenario, open_scenario
from bench.servers import Servers

PART = "tls"
UPSTREAM_MS = 50.0
WAYS = {"/people": "connections kept", "/closing": "a connection for each call"}
FEWER = 2
"""A burst with a connection for each call has so many times fewer of them."""
MOST = 1.0


async def measure(servers: Servers, effort: Effort, _earlier: Sequence[Figure]) -> list[Figure]:
    figures = []
    for path, way in WAYS.items():
        messages = effort.messages // (FEWER if path == "/closing" else 1)
        shaken: list[tuple[int, int]] = []
        ours, bare = await in_turn(
            effort.rounds,
            partial(_executor, servers, path, messages, shaken),
            partial(bare_loop, servers, UPSTREAM_MS, messages, path, tls=True),
        )
        print(f"  {way}\n    bare loop {typical(bare)}\n    executor  {typical(ours)}")
        full, resumed = map(sum, zip(*shaken, strict=True))
        note = f"{full + resumed} handshakes, {messages * effort.rounds} calls beside those to warm up"
        figures += [
            against(PART, f"CPU per execution over TLS against the bare loop, {way}", ours, bare, at_most(MOST)),
            Figure(
                PART, f"handshakes with a session of before, {way}", 100 * resumed / (full + resumed), "%", note=note
            ),
        ]
    return figures


async def _executor(servers: Servers, path: str, messages: int, shaken: list[tuple[int, int]]) -> Cost:
    async with open_scenario(servers, UPSTREAM_MS, tls=True) as scenario:
        ids = await scenario.publish_look_ups(path)
        await scenario.start_executors(max_in_flight=IN_FLIGHT, max_in_flight_per_connector=IN_FLIGHT)
        cost = await scenario.cost_of([ids[turn % len(ids)] for turn in range(messages)])
        shaken.append(await _handshakes(scenario))
        return cost


async def _handshakes(scenario: Scenario) -> tuple[int, int]:
    """In full, and with a session of before, the one to ask not counted."""
    full, resumed = await scenario.ask_upstream("/handshakes")
    return full - 1, resumed
