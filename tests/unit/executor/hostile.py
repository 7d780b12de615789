"""Values that a stranger may send, for properties that hold whatever comes."""

from typing import Any

from hypothesis import strategies as st

# fmt: off
NUMBERS = (
    "0", "-0", "1", "0.1", "1e-30", "1e-308", "5e-324", "1e15", "1e16", "1e30", "1e300", "1e308", "1e309",
    "1e400", "-1", "-1e-30", "-1e300", "nan", "inf", "-inf", "NaN", "Infinity", "9007199254740993",
    "18446744073709551616", "0x10", "1_000", "٣", "1e", "1.", ".5", "+5",
)
# fmt: on
DATES = (
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
    "Mon, 01 Jan 2026 99:99:99 GMT",
    "Mon, 01 Jan 2026",
    "1 1 1 1 1",
)
LONG = ("9" * 60_000, "1." + "0" * 60_000, " " * 60_000, "limit=" * 10_000, ";w=" * 20_000, "a;" * 30_000, "=" * 60_000)
HEADER_VALUES = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(DATES),
    st.sampled_from(LONG),
    st.text(max_size=40),
    st.lists(
        st.sampled_from([*NUMBERS, "limit=", "remaining=", "reset=", "r=", "t=", "q=", "w=", '"a"', ",", ";"])
    ).map("".join),
)
MOMENTS = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "2026-05-01T12:00:00",
    "2026-05-01",
    "1e300",
    "",
)
JSON_NUMBERS = st.one_of(
    st.sampled_from([0, -1, 1, 2**31, 2**53 + 1, 2**64, -(2**63) - 1, 10**400, 1e-300, 1e300, 5e-324]),
    st.integers(),
    st.floats(),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | JSON_NUMBERS | st.text(max_size=20) | st.sampled_from(MOMENTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels
