"""Definitions as compact bytes."""

import pytest

from connector_executor.connectors.packing import SHORT_BYTES, pack, unpack
from tests.unit.executor.a_connector import a_connector


@pytest.mark.parametrize("transform", ["$", "$.data" * (SHORT_BYTES // 3)], ids=["short", "long"])
def test_a_definition_comes_back_as_it_was_and_takes_less_room(transform: str) -> None:
    message = a_connector(responseTransform=transform).to_json()

    packed = pack(message)

    assert unpack(packed) == unpack(memoryview(packed)) == message
    assert len(packed) < len(message) / 2
