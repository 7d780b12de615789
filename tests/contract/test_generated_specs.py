"""The reference documents say what the code says, and are well formed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors_local.specs import DOCUMENTS, drifted, main, render, write
from connectors_shared.contract.asyncapi import MESSAGE_MODELS, asyncapi_document
from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.topics import TOPICS
from connectors_shared.http.principal import Scope

ENDS = {"Deletion", "Tombstone"}
REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def resolve(document: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_reference_of_a_document_leads_somewhere(name: str) -> None:
    document = DOCUMENTS[name]()
    found = set(references(document))
    assert found
    for reference in found:
        assert isinstance(resolve(document, reference), dict)


def test_the_reference_documents_are_those_of_the_code() -> None:
    assert drifted(REFERENCE) == [], "run `make specs` and commit the result"


def test_the_check_names_the_file_that_drifted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert main(["--check", "--directory", str(tmp_path)]) == 0
    (tmp_path / "asyncapi.json").write_text("{}\n")
    (tmp_path / "openapi-mapper.json").unlink()
    assert main(["--check", "--directory", str(tmp_path)]) == 1
    complaint = capsys.readouterr().err
    assert "asyncapi.json" in complaint
    assert "openapi-mapper.json" in complaint
    assert "openapi-registry.json" not in complaint
    assert (tmp_path / "asyncapi.json").read_text() == "{}\n"


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    assert len(write(tmp_path)) == len(DOCUMENTS)
    assert write(tmp_path) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_does_not_depend_on_where_it_is_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(DOCUMENTS[name]())
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    monkeypatch.setenv("CONNECTORS_HOST", "elsewhere.example")
    monkeypatch.setenv("CONNECTORS_PORT", "9999")
    assert render(DOCUMENTS[name]()) == before
    assert "elsewhere" not in before


def test_every_topic_is_a_channel_with_its_messages_and_parties() -> None:
    document = asyncapi_document("1")
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        sends = f"{topic.producers[0]}.send.{topic.name}"
        assert document["operations"][sends]["action"] == "send"
        assert document["channels"][topic.name]["bindings"]["kafka"]["partitions"] == topic.partitions


def test_the_compacted_topic_also_carries_tombstones() -> None:
    document = asyncapi_document("1")
    found = set(document["channels"]["connector.config"]["messages"])
    assert found == {
        "PublishedConnector",
        "PublishedCredential",
        "PublishedVersion",
        "PublishedGrant",
        "PublishedWorkspace",
        *ENDS,
    }
    assert document["components"]["messages"]["Tombstone"]["payload"] == {"type": "null"}


def test_the_schemas_name_fields_as_they_are_on_the_wire() -> None:
    schemas = asyncapi_document("1")["components"]["schemas"]
    assert {"executionId", "fieldMappings", "storeAs"} <= schemas["ConnectorExecute"]["properties"].keys()
    assert set(schemas["ConnectorExecute"]["required"]) == {"executionId", "workspaceId", "connectorId"}
    assert "discriminator" not in json.dumps(schemas["PublishedConnector"])


def test_a_topic_without_a_model_carries_dead_letters() -> None:
    document = asyncapi_document("1")
    others = [topic.name for topic in TOPICS if topic.name not in MESSAGE_MODELS]
    assert others == ["connector.execute.dead", "connector.result.dead"]
    headers = document["components"]["messages"]["DeadLetter"]["headers"]["required"]
    assert headers == [f"dead-{name}" for name in DeadLetter.__dataclass_fields__]


FOR_EVERYBODY = frozenset({("get", "/api/oauth/callback"), ("post", "/api/session"), ("delete", "/api/session")})
"""Where browsers come back to, the state that they bring proving who they are; and where they sign in and out."""
FOR_ANYBODY_KNOWN = frozenset({("get", "/api/session")})


@pytest.mark.parametrize(("name", "scheme"), [("registry", "bearer"), ("mapper", "bearer"), ("executor", "internal")])
def test_every_route_says_what_its_caller_needs(name: str, scheme: str) -> None:
    document = DOCUMENTS[f"openapi-{name}.json"]()
    assert scheme in document["components"]["securitySchemes"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if (method, path) in FOR_EVERYBODY:
                assert "security" not in operation
                continue
            ((scopes,),) = [required.values() for required in operation["security"]]
            known = [Scope(scope) for scope in scopes]
            assert bool(known) is (scheme == "bearer" and (method, path) not in FOR_ANYBODY_KNOWN), f"{method} {path}"
