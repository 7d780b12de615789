"""What is kept of a connector that is not finished: nothing that saving it would encrypt or refuse as a key."""

from typing import Any, Final

from connectors_shared.contract.connector import RequestConfig, ValueType
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.reading import CREDENTIAL_ID, MASK
from connectors_shared.definition.plain_keys import looks_secret, named_texts, url_looks_secret

VALUES: Final = ("value", "staticValue", "static_value")
PARTS: Final = ("headers", "queryParams", "query_params")
ALLOW_PLAIN: Final = ("allowPlain", "allow_plain")
BESIDE: Final = frozenset(
    {
        *("name", "description", "icon", "category", "enabled"),
        *("input_schema", "output_schema", "field_mapping_templates"),
    }
)
"""Members of a connector that hold no secret by their nature."""
IN_CONFIG: Final = frozenset(
    each for name, field in RequestConfig.model_fields.items() for each in (name, field.alias) if each
)


def without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    """A copy. A mask stays: it stands for what is stored with the connector. What is no member of a connector, or not
    of the shape that such a member has, is left out: nobody knows what it holds."""
    kept = {name: value for name, value in document.items() if name in BESIDE}
    config = document.get("config")
    return kept | {"config": _config(config)} if isinstance(config, dict) else kept


def _config(config: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in config.items() if name in IN_CONFIG}
    for name in PARTS:
        if name in kept:
            parts = kept[name] if isinstance(kept[name], list) else []
            kept[name] = [_part(part) for part in parts if isinstance(part, dict)]
    if "auth" in config:
        kept["auth"] = _auth(config["auth"])
    plain = _allowed(config)
    url = config.get("url", "")
    if not isinstance(url, str) or ("url" not in plain and url_looks_secret(url)):
        kept["url"] = ""
    if "body" in config and "body" not in plain and _holds_key(config["body"]):
        kept["body"] = None
    return kept


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A header or query parameter."""
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
