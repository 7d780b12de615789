"""Every answer of every lookup is judged; a grant lets exactly one host and port through."""

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.contract.grant import Permitter
from connectors_shared.egress import AddressGuard, Grant, PortPolicy, parse_grants
from connectors_shared.egress.lookup import ON_BEHALF_OF, CachedLookup, SystemLookup
from connectors_shared.egress.origin import parse_origin
from connectors_shared.egress.refusal import SendError
from connectors_shared.egress.request import RefusedPlace

PUBLIC, INTERNAL, METADATA = "93.184.216.34", "10.0.0.7", "169.254.169.254"


class ScriptedNames:
    """Answers each lookup with the next of its answers, then repeats the last."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return tuple(answer)


def a_guard(*answers: Sequence[str], grants: str = "", ttl_seconds: float = 10.0) -> AddressGuard:
    lookup = ScriptedNames(*answers or ((PUBLIC,),))
    return AddressGuard(grants=parse_grants(grants), lookup=lookup, dns_ttl_seconds=ttl_seconds)


def kind_of_check(guard: AddressGuard, url: str) -> str | None:
    try:
        guard.check(parse_origin(url))
    except SendError as error:
        return error.kind
    return None


async def test_checked_addresses_are_what_is_dialled() -> None:
    addresses = await a_guard((PUBLIC, "2606:4700::1111")).resolve("api.example", 443)
    assert addresses == (PUBLIC, "2606:4700::1111")


@pytest.mark.parametrize("answer", [(INTERNAL,), (PUBLIC, INTERNAL), (INTERNAL, PUBLIC), (PUBLIC, "::1")])
async def test_name_with_any_internal_answer_is_refused(answer: tuple[str, ...]) -> None:
    with pytest.raises(SendError, match="may not be called") as caught:
        await a_guard(answer).resolve("api.example", 443)
    assert caught.value.kind == "address_refused"
    assert not any(address in caught.value.message for address in answer)


async def test_name_that_turns_internal_is_refused_once_the_cache_expires() -> None:
    guard = a_guard((PUBLIC,), (INTERNAL,), ttl_seconds=0)
    await guard.resolve("rebinding.example", 443)
    with pytest.raises(SendError):
        await guard.resolve("rebinding.example", 443)


async def test_name_that_does_not_resolve_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no such name"):
        await a_guard(()).resolve("missing.example", 443)


async def test_granted_name_may_be_internal_on_its_port_only() -> None:
    guard = a_guard((INTERNAL,), grants="crm.internal.example:8443")
    assert await guard.resolve("crm.internal.example", 8443)
    for host, port in (("crm.internal.example", 443), ("other.internal.example", 8443)):
        with pytest.raises(SendError):
            await guard.resolve(host, port)


async def test_granted_name_never_reaches_metadata() -> None:
    with pytest.raises(SendError, match="cloud metadata"):
        await a_guard((METADATA,), grants="crm.example:80").resolve("crm.example", 80)


def test_literal_is_checked_without_a_lookup() -> None:
    guard = a_guard()
    assert kind_of_check(guard, "http://127.0.0.1") == "address_refused"
    assert kind_of_check(guard, "http://[::ffff:a9fe:a9fe]") == "address_refused"
    assert kind_of_check(guard, f"http://{PUBLIC}") is None
    assert kind_of_check(guard, "http://localhost") is None  # refused when it is resolved


def test_granted_literal_passes_on_its_port_only() -> None:
    guard = a_guard(grants="127.0.0.1:9001,[::1]:22")
    assert kind_of_check(guard, "http://127.0.0.1:9001") is None
    assert kind_of_check(guard, "http://[0:0::1]:22") is None
    assert kind_of_check(guard, "http://127.0.0.1:9002") == "address_refused"
    assert kind_of_check(guard, "http://127.0.0.2:9001") == "address_refused"
    assert kind_of_check(guard, "http://localhost:22") == "port_refused"


@pytest.mark.parametrize("port", [80, 443, 1024, 3000, 8000, 8080, 8443, 9000, 65535])
def test_web_ports_are_let_through(port: int) -> None:
    assert PortPolicy().permits(port)


@pytest.mark.parametrize(
    "port", [1, 22, 25, 53, 445, 587, 1023, 3306, 5432, 6379, 9092, 10250, 11211, 27017, 2375, 65536]
)
def test_ports_of_internal_services_are_refused(port: int) -> None:
    assert not PortPolicy().permits(port)
    if port <= 65535:
        assert kind_of_check(a_guard(), f"http://api.example:{port}") == "port_refused"


def test_grants_are_read_in_one_spelling() -> None:
    assert parse_grants(" 127.0.0.1:9001, Internal.Example.:8443 ,[0:0::1]:80,") == {
        Grant("127.0.0.1", 9001),
        Grant("internal.example", 8443),
        Grant("::1", 80),
    }
    assert parse_grants("") == frozenset()


@pytest.mark.parametrize(
    "text", ["host", "host:", "host:0", "host:x", "0x7f.1:80", "*.example:80", "http://a:80", "a/b:1"]
)
def test_unclear_grant_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(ValueError, match="host"):
        parse_grants(f"good.example:80,{text}")


@given(st.text(alphabet="abc.-_*/@:[]0x19", max_size=20))
def test_any_grant_text_is_read_or_a_value_error(text: str) -> None:
    try:
        grants = parse_grants(text)
    except ValueError:
        return
    assert all(grant.host and 0 < grant.port < 65536 for grant in grants)


async def test_lookup_is_shared_cached_and_asked_again_after_its_time() -> None:
    names, now = ScriptedNames((PUBLIC,)), [0.0]
    lookup = CachedLookup(names, ttl_seconds=10, clock=lambda: now[0])
    await asyncio.gather(*(lookup("a.example") for _ in range(5)))
    now[0] = 9.9
    await lookup("a.example")
    assert len(names.asked) == 1
    now[0] = 10.1
    await lookup("a.example")
    assert len(names.asked) == 2


async def test_lookup_cache_is_bounded() -> None:
    names = ScriptedNames((PUBLIC,))
    lookup = CachedLookup(names, max_hosts=2)
    for host in ("a", "b", "c", "c", "b", "a"):
        await lookup(host)
    assert names.asked == ["a", "b", "c", "a"]


async def test_cancelled_caller_leaves_the_lookup_to_the_others() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(host: str) -> tuple[str, ...]:
        asked.set()
        await answer.wait()
        return (PUBLIC,)

    lookup = CachedLookup(slow)
    first, second = asyncio.ensure_future(lookup("a")), asyncio.ensure_future(lookup("a"))
    await asked.wait()
    first.cancel()
    answer.set()
    assert await second == (PUBLIC,)
    assert first.cancelled()


async def test_system_lookup_knows_localhost() -> None:
    lookup = SystemLookup(max_concurrent=1)
    assert {"127.0.0.1", "::1"} & set(await lookup("localhost"))
    lookup.close()


async def test_a_connector_with_slow_names_leaves_threads_to_others() -> None:
    asked: list[str] = []
    answer = threading.Event()

    def resolve(host: str) -> tuple[str, ...]:
        asked.append(host)
        if host.startswith("slow"):
            answer.wait(10)
        return (PUBLIC,)

    async def ask(party: str, host: str) -> tuple[str, ...]:
        ON_BEHALF_OF.set(("workspace-" + party, party))
        return await lookup(host)

    lookup = SystemLookup(max_concurrent=8, resolve=resolve)
    try:
        slow = [asyncio.create_task(ask("slow", f"slow-{number}")) for number in range(20)]
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            assert await ask("other", "quick") == (PUBLIC,)
        assert sum(host.startswith("slow") for host in asked) <= 6
        slow.pop().cancel()
        slow.pop(0).cancel()
        answer.set()
        assert await asyncio.gather(*slow) == [(PUBLIC,)] * 18
    finally:
        answer.set()
        lookup.close()


@pytest.mark.parametrize(
    ("url", "internal_grants", "permitter"),
    [
        ("http://127.0.0.1:8080", True, Permitter.ADMINISTRATOR),
        ("http://127.0.0.1:8080", False, Permitter.OPERATOR),
        ("http://127.0.0.1:22", False, Permitter.OPERATOR),
        ("http://169.254.169.254", True, Permitter.NOBODY),
        ("http://169.254.169.254:22", True, Permitter.NOBODY),
        ("http://crm.internal:22", False, Permitter.OPERATOR),
        ("http://crm.internal:22", True, Permitter.ADMINISTRATOR),
        ("http://api.example.com:22", False, Permitter.ADMINISTRATOR),
    ],
)
def test_who_may_let_a_refused_place_through_is_told(url: str, *, internal_grants: bool, permitter: Permitter) -> None:
    guard, origin = AddressGuard(internal_grants=internal_grants), parse_origin(url)
    with pytest.raises(SendError) as caught:
        guard.check(origin)
    assert caught.value.place == RefusedPlace(origin.host, origin.port, permitter)


@pytest.mark.parametrize(("answer", "permitter"), [(INTERNAL, Permitter.ADMINISTRATOR), (METADATA, Permitter.NOBODY)])
async def test_it_is_told_of_a_name_that_leads_there_too(answer: str, permitter: Permitter) -> None:
    guard = AddressGuard(internal_grants=True, lookup=ScriptedNames((answer,)))
    with pytest.raises(SendError) as caught:
        await guard.resolve("crm.example", 8443)
    assert caught.value.place == RefusedPlace("crm.example", 8443, permitter)
