"""Shares: who is alone gets most, who comes next gets something, and the sums are right."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from connectors_shared.runtime.shares import CONNECTOR_TIMES, RESERVED_PART, WORKSPACE_TIMES, Shares

MOST = 512


def fill(shares: Shares, workspace: str, connectors: list[str], *, urgent: bool = False) -> Counter[str]:
    """Take in turns until all are refused."""
    taken: Counter[str] = Counter()
    open_ = list(connectors)
    while open_:
        for connector in list(open_):
            if shares.refusal(workspace, connector, urgent=urgent) is None:
                shares.take(workspace, connector)
                taken[connector] += 1
            else:
                open_.remove(connector)
    return taken


def test_a_connector_alone_may_hold_most_and_leaves_a_part() -> None:
    shares = Shares(MOST)
    (held,) = fill(shares, "a", ["one"]).values()
    assert MOST * 0.65 < held < MOST * 0.8


def test_a_workspace_alone_may_hold_more_than_one_of_its_connectors_and_leaves_a_part() -> None:
    shares = Shares(MOST)
    held = sum(fill(shares, "a", [f"c{number}" for number in range(8)]).values())
    assert MOST * 0.75 < held < MOST * 0.9


def test_who_comes_next_finds_places_at_once() -> None:
    shares = Shares(MOST)
    fill(shares, "a", [f"a{number}" for number in range(8)])
    assert sum(fill(shares, "b", ["b"]).values()) > 30


def test_even_among_many_greedy_ones_an_interactive_execution_finds_a_place() -> None:
    shares = Shares(MOST)
    for number in range(40):
        fill(shares, f"w{number}", [f"c{number}-{other}" for other in range(8)])
    assert shares.refusal("new", "newcomer", urgent=True) is None
    assert shares.free >= MOST // RESERVED_PART


def test_what_is_given_back_leaves_no_trace() -> None:
    shares = Shares(MOST)
    taken = fill(shares, "a", ["one", "two"])
    for connector, count in taken.items():
        for _ in range(count):
            shares.give_back("a", connector)
    assert shares.taken == 0
    assert fill(shares, "a", ["one", "two"]) == taken


def test_one_place_is_for_whoever_comes() -> None:
    shares = Shares(1)
    assert shares.refusal("a", "one", urgent=False) is None
    shares.take("a", "one")
    assert shares.refusal("b", "two", urgent=True) is not None


@given(
    most=st.integers(1, 700),
    held=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=300),
    workspace=st.sampled_from("abc"),
    connector=st.integers(0, 5),
)
def test_the_room_that_is_told_is_the_room_that_is_there(
    most: int, held: list[tuple[str, int]], workspace: str, connector: int
) -> None:
    shares = Shares(most)
    for of, number in held:
        if shares.refusal(of, f"{of}{number}", urgent=True) is None:
            shares.take(of, f"{of}{number}")
    name = f"{workspace}{connector}"
    told = shares.room_for(workspace, name)
    assert sum(fill(shares, workspace, [name]).values()) == told
    assert shares.taken <= most
    for party in ((CONNECTOR_TIMES, name, False), (WORKSPACE_TIMES, workspace, False)):
        assert shares.room_of(party) >= 0


def test_whoever_may_use_the_reserve_is_let_in_as_soon_as_a_place_of_it_is_free() -> None:
    shares = Shares(MOST)
    for number in range(MOST):
        shares.take(f"w{number}", f"c{number}")
    refused = shares.refusal("other", "one", urgent=True)
    assert refused is not None
    assert shares.room_of(refused) == 0
    shares.give_back("w0", "c0")
    assert shares.refusal("other", "one", urgent=True) is None
    assert shares.room_of(refused) == 1


def test_of_shares_that_are_used_up_the_widest_can_be_asked_for() -> None:
    shares = Shares(100)
    shares.take("a", "one", 75)
    assert shares.widest_refusal("a", "one", urgent=True) == (CONNECTOR_TIMES, "one", True)
    shares.take("a", "two", 13)
    assert shares.refusal("a", "one", urgent=True) == (CONNECTOR_TIMES, "one", True)
    assert shares.widest_refusal("a", "one", urgent=True) == (WORKSPACE_TIMES, "a", True)
    assert shares.widest_refusal("b", "three", urgent=True) is None
    shares.take("b", "three", 12)
    assert shares.widest_refusal("a", "one", urgent=True) == (0, None, True)
