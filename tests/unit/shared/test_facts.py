"""Keys and heads of what `connector.config` says."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors_shared.contract.connector import PublishedConnector
from connectors_shared.contract.facts import (
    MOST_REVISIONS,
    Deletion,
    FactKey,
    Kind,
    connector_key,
    parse_key,
    version_key,
)
from connectors_shared.contract.model import MOST_VERSIONS

ENTITY, OWNER = UUID(int=7), UUID(int=1)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.GRANT, Kind.VERSION)])
def test_a_key_is_its_kind_and_the_entity(kind: Kind) -> None:
    key = FactKey(kind, ENTITY)
    assert str(key) == f"{kind.value}/{ENTITY}"
    assert parse_key(key.to_bytes()) == key


def test_a_grants_key_also_has_its_workspace() -> None:
    key = FactKey(Kind.GRANT, ENTITY, OWNER)
    assert str(key) == f"grant/{OWNER}/{ENTITY}"
    assert parse_key(key.to_bytes()) == key


@pytest.mark.parametrize("number", [1, 7, MOST_VERSIONS])
def test_a_versions_key_also_has_its_number(number: int) -> None:
    key = version_key(ENTITY, number)
    assert str(key) == f"version/{ENTITY}/{number}"
    assert parse_key(key.to_bytes()) == key


@pytest.mark.parametrize(
    "key",
    [
        None,
        b"",
        b"\xff",
        str(ENTITY).encode(),
        b"connector",
        b"connector/",
        b"connector/x",
        f"connector/{OWNER}/{ENTITY}".encode(),
        f"grant/{ENTITY}".encode(),
        f"connector/{ENTITY}/1".encode(),
        f"version/{ENTITY}".encode(),
        f"version/{OWNER}/{ENTITY}".encode(),
        b"version/1",
        *(f"version/{ENTITY}/{wrong}".encode() for wrong in ("", "0", "-1", "01", "x", "1.0", "²", MOST_VERSIONS + 1)),
        f"Connector/{ENTITY}".encode(),
        f"webhook/{ENTITY}".encode(),
        b"connector/" + b"0" * 1_000_000,
    ],
)
def test_a_key_of_no_known_kind_is_nobodys(key: bytes | None) -> None:
    assert parse_key(key) is None


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: f"connector/{text}".encode("utf-8", "replace")))
def test_any_key_is_known_or_not(key: bytes) -> None:
    found = parse_key(key)
    assert found is None or parse_key(found.to_bytes()) == found


def test_a_deletion_says_whose_when_and_which_revision() -> None:
    deletion = Deletion(workspace_id=OWNER, revision=MOST_REVISIONS, changed_at=MOMENT)
    assert Deletion.model_validate_json(deletion.to_json()) == deletion
    with pytest.raises(ValidationError):
        PublishedConnector.model_validate_json(deletion.to_json())


@pytest.mark.parametrize("revision", [0, -1, MOST_REVISIONS + 1, 1.5, "x", None])
def test_a_revision_is_a_number_from_one(revision: object) -> None:
    with pytest.raises(ValidationError):
        Deletion.model_validate({"workspace_id": OWNER, "revision": revision, "changed_at": MOMENT})


def test_a_connectors_key() -> None:
    assert connector_key(ENTITY) == FactKey(Kind.CONNECTOR, ENTITY)
