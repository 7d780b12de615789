"""What upstreams say about their limits, in every form that is in use, and what is done about it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from connector_executor.policies.quota import LEARNED_SECONDS, MARGIN, Advice, Quota, advise, quota_of
from connector_executor.policies.retry import MAX_RETRY_AFTER_SECONDS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EPOCH = round(NOW.timestamp())
TEN_PER_SECOND = [(10, 1.0)]


def headers(**fields: str) -> CIMultiDict[str]:
    return CIMultiDict({name.replace("_", "-"): value for name, value in fields.items()})


def advice(refused: bool = False, windows: list[tuple[int, float]] | None = None, **fields: str) -> Advice | None:
    return advise(headers(**fields), NOW, refused, windows or [])


@pytest.mark.parametrize(
    ("fields", "quota"),
    [
        ({"RateLimit": '"default";r=50;t=30'}, Quota(None, 50, 30)),
        ({"RateLimit": '"a";r=5;t=3', "RateLimit-Policy": '"a";q=100;w=60'}, Quota(100, 5, 3, 60)),
        ({"RateLimit": "limit=100, remaining=50, reset=30"}, Quota(100, 50, 30)),
        ({"RateLimit": "limit=100, remaining=50, reset=30", "RateLimit-Policy": "100;w=60"}, Quota(100, 50, 30, 60)),
        ({"RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "7"}, Quota(100, 0, 7)),
        ({"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "1"}, Quota(100, 1, None, 60)),
        ({"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "59"}, Quota(60, 59)),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(EPOCH + 90)}, Quota(None, 0, 90)),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str((EPOCH + 90) * 1000)}, Quota(None, 0, 90)),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(EPOCH - 90)}, Quota(None, 0, 0)),
        ({"X-Rate-Limit-Remaining": "3", "X-Rate-Limit-Reset": "11"}, Quota(None, 3, 11)),
        ({"X-RateLimit-Reset": format_datetime(NOW + timedelta(seconds=5), usegmt=True)}, Quota(None, None, 5)),
        ({"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "-1", "X-RateLimit-Reset": "soon"}, Quota()),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1e99"}, Quota(None, 0, MAX_RETRY_AFTER_SECONDS)),
        ({}, Quota()),
    ],
)
def test_the_quota_is_read_in_every_form(fields: dict[str, str], quota: Quota) -> None:
    assert quota_of(headers(**fields), NOW) == quota


def test_a_refusal_holds_as_long_as_it_asks_for_never_shorter() -> None:
    assert advice(True, Retry_After="30") == Advice("Retry-After: 30", 30.0)
    date = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    assert advice(True, Retry_After=date) == Advice(f"Retry-After: {date}", 90.0)
    assert advice(True, Retry_After=str(EPOCH + 12)) == Advice(f"Retry-After: {EPOCH + 12}", 12.0)


def test_a_refusal_without_retry_after_holds_until_the_reset() -> None:
    found = advice(True, X_RateLimit_Remaining="0", X_RateLimit_Reset="40")
    assert found is not None
    assert found.hold_seconds == 40.0


def test_a_refusal_without_any_time_leaves_the_time_to_the_store() -> None:
    found = advice(True)
    assert found is not None
    assert found.hold_seconds < 0


def test_a_success_that_used_the_quota_up_holds_until_the_reset() -> None:
    found = advice(X_RateLimit_Limit="60", X_RateLimit_Remaining="0", X_RateLimit_Reset="40")
    assert found is not None
    assert found.hold_seconds == 40.0
    assert "remaining 0" in found.source


def test_a_reset_within_the_rounding_of_whole_seconds_does_not_hold() -> None:
    assert (
        advice(False, TEN_PER_SECOND, X_RateLimit_Limit="10", X_RateLimit_Remaining="0", X_RateLimit_Reset="1") is None
    )


def test_an_upstream_with_a_lower_limit_than_ours_is_called_at_its_pace() -> None:
    found = advice(False, TEN_PER_SECOND, X_RateLimit_Limit="5", X_RateLimit_Remaining="4")
    assert found is not None
    assert found.interval_seconds == pytest.approx(MARGIN / 5)
    assert found.ttl_seconds == LEARNED_SECONDS + 1


def test_of_several_windows_of_ours_the_nearest_above_is_meant() -> None:
    windows = [(10, 1.0), (500, 60.0)]
    found = advice(False, windows, X_RateLimit_Limit="400", X_RateLimit_Remaining="4")
    assert found is not None
    assert found.interval_seconds == pytest.approx(60 * MARGIN / 400)


def test_a_policy_names_the_window_that_is_meant() -> None:
    windows = [(10, 1.0), (500, 60.0)]
    found = advice(False, windows, RateLimit='"a";r=3;t=50', RateLimit_Policy='"a";q=6;w=60')
    assert found is not None
    assert found.interval_seconds == pytest.approx(60 * MARGIN / 6)


@pytest.mark.parametrize("limit", ["10", "11", "1000"])
def test_a_limit_that_is_not_below_ours_changes_nothing(limit: str) -> None:
    assert advice(False, TEN_PER_SECOND, X_RateLimit_Limit=limit, X_RateLimit_Remaining="4") is None


def test_without_a_limit_of_ours_the_last_of_the_quota_is_spread_until_the_reset() -> None:
    assert advice(X_RateLimit_Limit="100", X_RateLimit_Remaining="50", X_RateLimit_Reset="30") is None
    found = advice(X_RateLimit_Limit="100", X_RateLimit_Remaining="9", X_RateLimit_Reset="30")
    assert found == Advice("RateLimit: limit 100, remaining 9, reset 30", 0.0, 3.0, 30.0)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "RateLimit",
                "RateLimit-Policy",
                "RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset",
                "Retry-After",
            ]
        ),
        st.text(max_size=30),
    ),
    st.booleans(),
)
def test_nonsense_never_raises_and_never_holds_for_longer_than_a_week(fields: dict[str, str], refused: bool) -> None:
    found = advise(CIMultiDict(fields), NOW, refused, TEN_PER_SECOND)
    if found is not None:
        assert -1 <= found.hold_seconds <= MAX_RETRY_AFTER_SECONDS
        assert found.interval_seconds >= 0
