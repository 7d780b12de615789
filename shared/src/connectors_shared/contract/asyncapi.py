"""The AsyncAPI 3.0 document of the topic table: who sends what, with the JSON Schema of every message."""

from dataclasses import fields
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import TaggedUnionSchema

from connectors_shared.contract.connector import PublishedConnector, PublishedVersion
from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.contract.dead import PREFIX, DeadLetter
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult
from connectors_shared.contract.facts import Deletion
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.grant import PublishedGrant
from connectors_shared.contract.health import ConnectorHealth
from connectors_shared.contract.topics import CONFIG, CONTACT_UPDATED, EXECUTE, HEALTH, RESULT, TOPICS, Topic
from connectors_shared.contract.updates import ContactUpdated
from connectors_shared.contract.workspace import PublishedWorkspace

MESSAGE_MODELS: Final[dict[str, tuple[type[BaseModel], ...]]] = {
    EXECUTE.name: (ConnectorExecute,),
    RESULT.name: (ConnectorResult,),
    CONFIG.name: (
        PublishedConnector,
        PublishedVersion,
        PublishedCredential,
        PublishedGrant,
        PublishedWorkspace,
        Deletion,
    ),
    CONTACT_UPDATED.name: (ContactUpdated,),
    HEALTH.name: (ConnectorHealth,),
}
"""Topic name → what its messages are; a topic that is missing here carries dead letters."""
DEAD_LETTER: Final = "DeadLetter"
TOMBSTONE: Final = "Tombstone"
SCHEMA_REF: Final = "#/components/schemas/{model}"
JSON: Final = "application/json"
TRACE_HEADERS: Final = {
    "type": "object",
    "properties": {
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "tracestate": {"type": "string", "description": "W3C trace context"},
    },
}


class _PlainUnions(GenerateJsonSchema):
    """AsyncAPI's `discriminator` is a required property's name, not OpenAPI's mapping: `oneOf` says enough."""

    def tagged_union_schema(self, schema: TaggedUnionSchema) -> JsonSchemaValue:
        plain = super().tagged_union_schema(schema)
        plain.pop("discriminator", None)
        return plain


def asyncapi_document(version: str) -> dict[str, Any]:
    """The whole document, ready for JSON; `version` is the one of the contract's package."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Connectors",
            "version": version,
            "description": "Topics between the flow engine and the Connectors services. JSON in camelCase; "
            "a reader ignores fields that it does not know.",
        },
        "defaultContentType": JSON,
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operation(topic, who, action) for topic in TOPICS for who, action in _parties(topic)),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def message_names(topic: Topic) -> tuple[str, ...]:
    """What a topic carries, as named under `components/messages`."""
    models = MESSAGE_MODELS.get(topic.name)
    if models is None:
        return (DEAD_LETTER,)
    names = tuple(model.__name__ for model in models)
    return (*names, TOMBSTONE) if topic.compacted else names


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"{topic.says[0].upper()}{topic.says[1:]}. Key: {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in message_names(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": _topic_configuration(topic),
                "bindingVersion": "0.5.0",
            }
        },
    }


def _topic_configuration(topic: Topic) -> dict[str, Any]:
    settings = topic.broker_config()
    cleanup = settings.pop("cleanup.policy")
    return {name: _number(value) for name, value in settings.items()} | {"cleanup.policy": [cleanup]}


def _number(value: str) -> int | float:
    return float(value) if "." in value else int(value)


def _parties(topic: Topic) -> list[tuple[str, str]]:
    return [(who, "send") for who in topic.producers] + [(who, "receive") for who in topic.consumers]


def _operation(topic: Topic, who: str, action: str) -> tuple[str, dict[str, Any]]:
    channel = f"#/channels/{topic.name}"
    operation = {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in message_names(topic)],
        "tags": [{"name": who}],
    }
    return f"{who}.{action}.{topic.name}", operation


def _messages() -> dict[str, Any]:
    described = {topic.name: topic for topic in TOPICS}
    messages = {
        model.__name__: _message(
            {"$ref": SCHEMA_REF.format(model=model.__name__)}, described[name].key, TRACE_HEADERS, JSON
        )
        for name, models in MESSAGE_MODELS.items()
        for model in models
    }
    messages[TOMBSTONE] = _message({"type": "null"}, CONFIG.key, TRACE_HEADERS, JSON)
    messages[DEAD_LETTER] = _message(
        {"description": "The original bytes, unchanged; they may not be JSON."},
        "original key",
        _dead_letter_headers(),
        "application/octet-stream",
    )
    return messages


def _message(payload: dict[str, Any], key: str, headers: dict[str, Any], content_type: str) -> dict[str, Any]:
    return {
        "contentType": content_type,
        "payload": payload,
        "headers": headers,
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}},
    }


def _dead_letter_headers() -> dict[str, Any]:
    names = [PREFIX + field.name for field in fields(DeadLetter)]
    properties: dict[str, Any] = {name: {"type": "string"} for name in names}
    properties[PREFIX + "reason"]["enum"] = sorted(DeadReason)
    properties[PREFIX + "at"]["format"] = "date-time"
    for number in ("partition", "offset", "attempts"):
        properties[PREFIX + number]["pattern"] = "^-?[0-9]+$"
    return {"type": "object", "properties": properties, "required": names}


def _schemas() -> dict[str, Any]:
    """As a reader accepts them: a field with a default may be absent."""
    _, generated = models_json_schema(
        [(model, "validation") for models in MESSAGE_MODELS.values() for model in models],
        by_alias=True,
        ref_template=SCHEMA_REF,
        schema_generator=_PlainUnions,
    )
    schemas: dict[str, Any] = generated["$defs"]
    return schemas
