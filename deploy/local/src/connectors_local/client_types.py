"""The types of the console's client: an OpenAPI document's schemas in TypeScript.

Written here, and not by a package of Node's, whenever the console is built: kept nowhere, it cannot drift.
The client itself is a handful of lines (`console/src/api/client.ts`), because it keeps numbers exact.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]
PLAIN: Final = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def client_types(document: Schema, name: str) -> str:
    """One exported type for each schema, in the order of their names. `name`: of the document."""
    schemas = document["components"]["schemas"]
    head = f"// Written from {name} by whatever builds or checks the console.\n"
    return head + "".join(f"\n{_declared(name, schemas[name])}" for name in sorted(schemas))


def _declared(name: str, schema: Schema) -> str:
    told = f"export type {_identifier(name)} = {_type(schema, 0)};\n"
    described = str(schema.get("description", "")).split("\n")[0].replace("*/", "")
    return f"/** {described} */\n{told}" if described else told


def _type(schema: Any, depth: int) -> str:
    if not isinstance(schema, dict) or not schema:
        return "unknown"
    if "$ref" in schema:
        return _identifier(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    for word, sign in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        if word in schema:
            return sign.join(dict.fromkeys(_type(part, depth) for part in schema[word]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(_type(schema | {"type": each}, depth) for each in kind)
    if kind == "array":
        item = _type(schema.get("items"), depth)
        return f"({item})[]" if " " in item else f"{item}[]"
    return _object(schema, depth) if kind == "object" else PLAIN.get(str(kind), "unknown")


def _object(schema: Schema, depth: int) -> str:
    properties = schema.get("properties", {})
    if not properties:
        return f"Record<string, {_type(schema.get('additionalProperties'), depth)}>"
    required, indent = set(schema.get("required", ())), "  " * (depth + 1)
    lines = [
        f"{indent}{_key(name)}{'' if name in required else '?'}: {_type(each, depth + 1)};\n"
        for name, each in properties.items()
    ]
    return "{\n" + "".join(lines) + "  " * depth + "}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name) else json.dumps(name)


def _identifier(name: str) -> str:
    """`FieldMapping-Input` → `FieldMappingInput`."""
    return re.sub(r"\W+", "", name)
