"""What is kept of an example: nothing that its name or its form says to be secret."""

from typing import Any

import msgspec

from connector_registry.examples.port import UNREADABLE, is_json
from connectors_shared.definition.auth.reading import MASK
from connectors_shared.runtime.sensitive import is_sensitive
from connectors_shared.runtime.text_redaction import without_keys


def redacted(value: Any) -> Any:
    """A copy. Its depth is bounded where it came in."""
    if isinstance(value, str):
        return without_keys(value)
    if isinstance(value, list):
        return [redacted(part) for part in value]
    if isinstance(value, dict):
        return {without_keys(name): MASK if is_sensitive(name) else redacted(part) for name, part in value.items()}
    return value


def redacted_text(text: str, content_type: str) -> str:
    """The text of an answer. JSON stays that, without its blanks; what is JSON and not called so keeps them where
    nothing in it is secret by its name."""
    try:
        document = msgspec.json.decode(text)
        kept = redacted(document)
        if is_json(content_type) or kept != document:
            return msgspec.json.encode(kept).decode()
    except UNREADABLE:
        pass
    return without_keys(text)


def without_secrets_of_test(test: dict[str, Any]) -> dict[str, Any]:
    """A copy of a test, with no more of its answer in it than an example has."""
    response = test["response"]
    body = response["body"]
    text = redacted_text(body.get("text") or "", body.get("contentType", ""))
    kept = {
        "status": response["status"],
        "headers": [],
        "wireBytes": response["wireBytes"],
        "body": body | {"text": text},
    }
    answered = {"response": kept, "output": redacted(test.get("output"))}
    return test | {"inputs": redacted(test.get("inputs", {}))} | answered
