"""What a credit score is offered."""

from typing import Any

import pytest

from connectors_local.demo.pretend_api.loyalty import offer_of


@pytest.mark.parametrize(("score", "name"), [(699, None), (700, "Silver"), (775, "Gold"), (800, "Platinum"), (0, None)])
def test_offers_follow_the_score(score: int, name: str | None) -> None:
    offer: dict[str, Any] | None = offer_of(score)
    assert (offer or {}).get("name") == name
