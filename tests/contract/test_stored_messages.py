"""Every message that was ever published must stay readable; the stored ones stand for all of them.

A stored message is pure JSON, `<topic>__<case>.json`. Fields that no model knows are called `future…`.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from connectors_shared.contract.asyncapi import MESSAGE_MODELS
from connectors_shared.contract.connector import PublishedConnector, PublishedVersion
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.dead import DeadLetter
from connectors_shared.contract.facts import Deletion
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.grant import PublishedGrant
from connectors_shared.contract.model import Message
from connectors_shared.contract.workspace import PublishedWorkspace
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.sealed import kind_of
from connectors_shared.definition.compile import compile_definition
from connectors_shared.definition.credentials import Credentials
from connectors_shared.definition.secret_values import secret_fields
from connectors_shared.runtime.secrets import Keyring, place_of

OTHER_FACTS: dict[str, type[Message]] = {
    "credential": PublishedCredential,
    "deletion": Deletion,
    "grant": PublishedGrant,
    "version": PublishedVersion,
    "workspace": PublishedWorkspace,
}
"""What a stored message of `connector.config` is about, by the first word of its case; all others are connectors."""


def model_of(path: Path) -> type[BaseModel]:
    topic, _, case = path.stem.partition("__")
    return OTHER_FACTS.get(case.partition("-")[0], MESSAGE_MODELS[topic][0])


FOLDER = Path(__file__).parent / "messages" / "v1"
CHECKSUMS = FOLDER / "checksums.sha256"
FILES = sorted(FOLDER.glob("*.json"))
MESSAGES = [path for path in FILES if not path.name.startswith("dead-letter__")]
CONNECTORS = [path for path in MESSAGES if model_of(path) is PublishedConnector]
CREDENTIALS = [path for path in MESSAGES if model_of(path) is PublishedCredential]
DEAD_LETTERS = [path for path in FILES if path.name.startswith("dead-letter__")]
FREE_FORM = {"inputs", "data", "variables", "userFields", "customFields", "body"}
"""Here a null is a value of its owner; elsewhere it is the same as an absent field."""
TIMES = {"deadline", "requestedAt", "finishedAt", "started", "startedAt", "updatedAt", "failingSince", "changedAt"}
KEYRING = Keyring({"k1": b"A" * 32})
SEALED = {
    "token": "a-bearer-token-for-ever",
    "access_token": "an-access-token-for-ever",
    "key": "an-api-key-for-ever",
    "password": "a-pässword-for-ever",
    "header/x-signature": "a-signature-for-ever",
    "query/api_key": "a-key-in-the-query",
}
"""By field."""


def name_of(path: Path) -> str:
    return path.stem


def parse(path: Path) -> Message:
    message = model_of(path).model_validate_json(path.read_bytes())
    assert isinstance(message, Message)
    return message


def known(value: Any, *, free: bool = False) -> Any:
    """The stored value as a model should give it back."""
    if isinstance(value, list):
        return [known(one, free=free) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: datetime.fromisoformat(part) if name in TIMES and part else known(part, free=free or name in FREE_FORM)
        for name, part in value.items()
        if free or (part is not None and not name.startswith("future"))
    }


def lost(stored: Any, again: Any, pointer: str = "") -> Iterator[str]:
    """Pointers to what is in `stored` and not the same in `again`; more in `again` are the defaults."""
    if isinstance(stored, dict) and isinstance(again, dict):
        for name, value in stored.items():
            yield from lost(value, again.get(name, "absent"), f"{pointer}/{name}")
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for index, value in enumerate(stored):
            yield from lost(value, again[index], f"{pointer}/{index}")
    elif stored != again or type(stored) is not type(again):
        yield f"{pointer}: {stored!r} became {again!r}"


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from names_in(part)


@pytest.mark.parametrize("path", MESSAGES, ids=name_of)
def test_a_stored_message_still_says_the_same(path: Path) -> None:
    again = known(json.loads(parse(path).to_json()))
    assert list(lost(known(json.loads(path.read_bytes())), again)) == []


@pytest.mark.parametrize("path", MESSAGES, ids=name_of)
def test_a_message_written_again_reads_as_the_same_message(path: Path) -> None:
    message = parse(path)
    assert type(message).model_validate_json(message.to_json()) == message


@pytest.mark.parametrize("path", [p for p in MESSAGES if "unknown-fields" in p.name], ids=name_of)
def test_fields_of_a_newer_producer_are_ignored(path: Path) -> None:
    stored = list(names_in(json.loads(path.read_bytes())))
    written = list(names_in(json.loads(parse(path).to_json())))
    assert any(name.startswith("future") for name in stored)
    assert not any(name.startswith("future") for name in written)


@pytest.mark.parametrize("topic", MESSAGE_MODELS)
def test_every_topic_has_a_minimal_a_full_and_a_newer_message(topic: str) -> None:
    cases = {path.stem.partition("__")[2] for path in MESSAGES if path.name.startswith(f"{topic}__")}
    assert {"minimal", "unknown-fields"} <= cases
    assert any(case.startswith("full") for case in cases)


@pytest.mark.parametrize("topic", MESSAGE_MODELS)
def test_the_full_messages_of_a_topic_together_use_every_field(topic: str) -> None:
    stored = {
        name
        for path in MESSAGES
        if path.name.startswith(f"{topic}__")
        for name in names_in(json.loads(path.read_bytes()))
    }
    assert set().union(*map(aliases_of, MESSAGE_MODELS[topic])) - stored == set()


def aliases_of(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema(by_alias=True)
    objects = [schema, *schema.get("$defs", {}).values()]
    return {name for one in objects for name in one.get("properties", {})}


@pytest.mark.parametrize("path", CREDENTIALS, ids=name_of)
def test_a_secret_sealed_long_ago_still_opens(path: Path) -> None:
    credential = parse(path)
    assert isinstance(credential, PublishedCredential)
    for field, sealed in credential.sealed.items():
        assert KEYRING.open(sealed, place_of(credential, field)) == SEALED[field]


@pytest.mark.parametrize("path", CREDENTIALS, ids=name_of)
def test_a_credential_published_long_ago_is_still_of_a_known_kind(path: Path) -> None:
    credential = parse(path)
    assert isinstance(credential, PublishedCredential)
    assert not isinstance(kind_of(credential), list)


@pytest.mark.parametrize("path", CONNECTORS, ids=name_of)
def test_a_definition_published_long_ago_still_compiles(path: Path) -> None:
    connector = parse(path)
    assert isinstance(connector, PublishedConnector)
    named = {"workspace_id": connector.workspace_id, "revision": 1, "changed_at": connector.changed_at}
    sealed = dict.fromkeys(secret_fields(connector.config), "v1.k1.a.b")
    holder = PublishedCredential(credential_id=UUID(int=1), sealed=sealed, **named)
    assert not isinstance(compile_definition(connector, Credentials(holder, holder)), list)


def test_every_kind_of_authentication_is_stored() -> None:
    found = {json.loads(path.read_bytes()).get("type") for path in CREDENTIALS}
    assert found == set(KINDS)


@pytest.mark.parametrize("path", DEAD_LETTERS, ids=name_of)
def test_the_headers_of_a_stored_dead_letter_survive_a_round_trip(path: Path) -> None:
    headers = [(name, value.encode()) for name, value in json.loads(path.read_bytes())["headers"]]
    ours = [header for header in headers if header[0].startswith("dead-") and header[0] != "dead-future"]
    assert DeadLetter.from_headers(headers).headers() == ours


def test_every_reason_of_a_dead_letter_is_stored() -> None:
    stored = {dict(json.loads(path.read_bytes())["headers"])["dead-reason"] for path in DEAD_LETTERS}
    assert stored == set(DeadReason)


def test_stored_messages_are_only_ever_added() -> None:
    recorded = {name: digest for digest, name in (line.split() for line in CHECKSUMS.read_text().splitlines())}
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FILES}
    broken = sorted(name for name, digest in recorded.items() if present.get(name) != digest)
    assert not broken, (
        f"{broken}: changed or deleted. A stored message was published once and may still be in a topic: "
        f"restore the file, and store the new shape as a new file"
    )
    unrecorded = sorted(present.keys() - recorded.keys())
    assert not unrecorded, (
        f"{unrecorded}: new. Record what it is for ever: "
        f"cd tests/contract/messages/v1 && sha256sum {' '.join(unrecorded)} >> checksums.sha256"
    )
