"""Requests are sent, answered, cut off and called off in any order: each gets its own answer or a failure, and every
connection and every place of the pool comes back."""

import asyncio
from dataclasses import dataclass
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connectors_shared.egress import AddressGuard, HttpRequest, HttpResponse, LlhttpSender, SendBounds, SendFailure
from tests.unit.egress.wires import Wire, Wires

MOST: Final = 3
MOST_PER_HOST: Final = 2
HOSTS: Final = ("a.example", "b.example", "c.example")
BOUNDS: Final = SendBounds(total_seconds=600, connect_seconds=600, max_wire_bytes=10_000)
FRAMINGS: Final = ["length", "chunks", "closing", "interim"]
TURNS: Final = st.sampled_from([0, 1, 2, 3, 20])
EVIL: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


@dataclass(eq=False)
class Call:
    path: str
    method: str
    task: "asyncio.Task[HttpResponse | SendFailure]"


def answer_to(path: str, framing: str) -> bytes:
    body = path.encode()
    if framing == "length":
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    if framing == "chunks":
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    if framing == "closing":
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    return b"HTTP/1.1 100 Continue\r\n\r\n" + answer_to(path, "length")


class ExchangesMachine(RuleBasedStateMachine):
    """Every answer says which request it answers; what nobody asked for says "evil"."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.sender = LlhttpSender(
            AddressGuard(), max_connections=MOST, max_connections_per_origin=MOST_PER_HOST, keepalive_seconds=600
        )
        self.loop.run_until_complete(self.sender.start())
        self.wires = Wires(self.loop)
        assert self.sender._pool is not None
        self.pool = self.sender._pool
        self.pool._dial = self.wires.dial
        self.calls: list[Call] = []
        self.number = 0
        self.writes: list[str] = []

    def turns(self, most: int) -> None:
        async def go_on() -> None:
            for _ in range(most):
                await asyncio.sleep(0)

        self.loop.run_until_complete(go_on())

    def settle(self) -> None:
        """Until nothing more happens: then each call waits for its turn, or for its upstream."""
        self.turns(20)
        going = [call for call in self.calls if not call.task.done()]
        assert len(going) == len(self.pool._waiting) + len(self.in_use())

    def in_use(self) -> list[Wire]:
        return [wire for wire in self.wires.all if not wire.is_lost and wire.connection._busy]

    def asked(self, data: st.DataObject) -> Wire | None:
        """A connection whose upstream owes an answer."""
        owing = self.in_use()
        return data.draw(st.sampled_from(owing)) if owing else None

    @rule(host=st.sampled_from(HOSTS), method=st.sampled_from(["GET", "POST"]), turns=TURNS)
    def send(self, host: str, method: str, turns: int) -> None:
        self.number += 1
        path = f"/{host}/{self.number}"
        if method == "POST":
            self.writes.append(path)
        request = HttpRequest(method, f"http://{host}{path}", ())
        self.calls.append(Call(path, method, self.loop.create_task(self.sender.send(request, BOUNDS))))
        self.turns(turns)

    @rule(data=st.data(), framing=st.sampled_from(FRAMINGS), at=st.integers(0, 200), turns=TURNS)
    def answer_in_part(self, data: st.DataObject, framing: str, at: int, turns: int) -> None:
        wire = self.asked(data)
        if wire is not None:
            if not wire.unsent:
                wire.unsent = answer_to(wire.requests[-1], framing)
            part, wire.unsent = wire.unsent[: at + 1], wire.unsent[at + 1 :]
            wire.receive(part)
            self.turns(turns)

    @rule(data=st.data(), surplus=st.sampled_from([b"", EVIL, b"\r\n"]))
    def answer(self, data: st.DataObject, surplus: bytes) -> None:
        wire = self.asked(data)
        if wire is not None:
            rest, wire.unsent = wire.unsent or answer_to(wire.requests[-1], "length"), b""
            wire.receive(rest + surplus)
            self.settle()
            assert not (surplus and not wire.is_lost), "more came than was asked for, and the connection lives"

    @rule(data=st.data())
    def say_something_unasked(self, data: st.DataObject) -> None:
        idle = [wire for wire in self.wires.all if not wire.is_lost and not wire.connection._busy]
        if idle:
            wire = data.draw(st.sampled_from(idle))
            wire.receive(EVIL)
            self.settle()
            assert wire.is_lost

    @rule(data=st.data(), what=st.sampled_from([b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]))
    def answer_nonsense(self, data: st.DataObject, what: bytes) -> None:
        wire = self.asked(data)
        if wire is not None and not wire.connection.reader.received_bytes:
            wire.receive(what)
            self.settle()
            assert wire.is_lost

    @rule(data=st.data(), how=st.sampled_from(["end", "reset"]), turns=TURNS)
    def hang_up(self, data: st.DataObject, how: str, turns: int) -> None:
        alive = [wire for wire in self.wires.all if not wire.is_lost]
        if alive:
            wire = data.draw(st.sampled_from(alive))
            wire.unsent = b""
            wire.lose(None if how == "end" else ConnectionResetError(), cleanly=how == "end")
            self.turns(turns)

    @rule(data=st.data(), turns=TURNS)
    def call_off(self, data: st.DataObject, turns: int) -> None:
        going = [call for call in self.calls if not call.task.done()]
        if going:
            data.draw(st.sampled_from(going)).task.cancel()
            self.turns(turns)

    @rule()
    def wait(self) -> None:
        self.settle()

    @invariant()
    def each_call_has_its_own_answer_or_failed(self) -> None:
        for call in [call for call in self.calls if call.task.done()]:
            self.calls.remove(call)
            if not call.task.cancelled():
                answer = call.task.result()
                assert isinstance(answer, SendFailure) or answer.body == call.path.encode()

    @invariant()
    def no_write_was_sent_twice(self) -> None:
        sent = [path for wire in self.wires.all for path in wire.requests]
        assert all(sent.count(path) <= 1 for path in self.writes)

    @invariant()
    def the_bounds_hold(self) -> None:
        in_use = self.in_use()
        assert len(in_use) <= self.pool._taken <= MOST
        for host in HOSTS:
            assert len([wire for wire in in_use if wire.requests[-1].startswith(f"/{host}/")]) <= MOST_PER_HOST

    @invariant()
    def nobody_waits_while_there_is_room(self) -> None:
        for turn, lane in self.pool._waiting.items():
            assert turn.done() or self.pool._taken >= MOST or lane.taken >= MOST_PER_HOST

    def teardown(self) -> None:
        for call in self.calls:
            call.task.cancel()
        self.settle()
        assert (self.pool._taken, self.pool._waiting) == (0, {})
        assert self.pool._idle == sum(len(lane.idle) for lane in self.pool._lanes.values())
        assert all(lane.idle for lane in self.pool._lanes.values())
        self.loop.run_until_complete(self.sender.close())
        self.settle()
        assert all(wire.is_lost for wire in self.wires.all)
        assert self.pool._open == set()
        self.loop.close()


ExchangesMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestExchangesInAnyOrder = ExchangesMachine.TestCase
