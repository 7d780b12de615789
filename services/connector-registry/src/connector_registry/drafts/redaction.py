"""What is kept of a connector that is not finished: nothing that saving it would encrypt or refuse as a key."""

from typing import Any, Final

from connectors_shared.contract.connector import ValueType
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.reading import CREDENTIAL_ID, MASK
from connectors_shared.definition.plain_keys import looks_secret, named_texts, url_looks_secret

VALUES: Final = ("value", "staticValue", "static_value")
PARTS: Final = ("headers", "queryParams", "query_params")
ALLOW_PLAIN: Final = ("allowPlain", "allow_plain")


def without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    """A copy. A mask stays: it stands for what is stored with the connector."""
    config = document.get("config")
    if not isinstance(config, dict):
        return document
    kept = dict(config)
    for name in PARTS:
        if isinstance(parts := config.get(name), list):
            kept[name] = [_part(part) for part in parts]
    if "auth" in config:
        kept["auth"] = _auth(config["auth"])
    plain = _allowed(config)
    if isinstance(url := config.get("url"), str) and "url" not in plain and url_looks_secret(url):
        kept["url"] = ""
    if "body" in config and "body" not in plain and _holds_key(config["body"]):
        kept["body"] = None
    return document | {"config": kept}


def _part(part: Any) -> Any:
    """A header or query parameter."""
    if not isinstance(part, dict):
        return part
    is_secret = part.get("valueType", part.get("value_type")) == ValueType.SECRET.value
    key = name if isinstance(name := part.get("key"), str) else ""
    may_be_plain = any(part.get(name) is True for name in ALLOW_PLAIN)
    emptied = {
        name: ""
        for name in VALUES
        if isinstance(text := part.get(name), str)
        and not text.startswith(MASK)
        and (is_secret or (not may_be_plain and looks_secret(key, text)))
    }
    return part | emptied


def _auth(auth: Any) -> Any:
    """What its kind describes as no secret, and masks."""
    if not isinstance(auth, dict):
        return None
    kind = KINDS.get(auth["type"]) if isinstance(auth.get("type"), str) else None
    public = {"type", CREDENTIAL_ID} | ({one.name for one in kind.fields if not one.secret} if kind else set())
    kept = {name: value for name, value in auth.items() if name in public or _is_mask(value)}
    return kept | {"config": _auth(auth["config"] | {"type": auth.get("type")})} if _is_nested(auth) else kept


def _is_nested(auth: dict[str, Any]) -> bool:
    return isinstance(auth.get("config"), dict) and "config" not in auth["config"]


def _is_mask(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(MASK)


def _allowed(config: dict[str, Any]) -> list[Any]:
    found: list[Any] = next((config[name] for name in ALLOW_PLAIN if isinstance(config.get(name), list)), [])
    return found


def _holds_key(body: Any) -> bool:
    return any(looks_secret(name, text) for name, text in named_texts(body))
