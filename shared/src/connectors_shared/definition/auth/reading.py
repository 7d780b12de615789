"""Authentication as a person writes it, in either of two forms.

`{"type": "bearer", "token": "…"}` is the flat form,
`{"type": "bearer", "config": {"token": "…"}}` the nested one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.kind import AuthField, AuthKind
from connectors_shared.definition.problems import Problem, escaped

MASK: Final = "••••"
"""How a mask begins: it stands where a secret was, and means the stored one."""
MISSPELT: Final = "is not a field here; check its spelling"


@dataclass(frozen=True, slots=True)
class AuthDraft:
    """Fields that were given, or have a default. A secret that was left out is absent: the stored one stays."""

    kind: AuthKind
    public: dict[str, str]
    secrets: dict[str, str] = field(repr=False)


def read_auth(raw: object) -> AuthDraft | list[Problem]:
    """The draft, or everything wrong with it, with pointers below `auth`. No problem repeats what was given."""
    if not isinstance(raw, dict):
        return [Problem("", "must be an object with a type")]
    named = raw.get("type")
    kind = KINDS.get(named) if isinstance(named, str) else None
    if kind is None:
        return [Problem("/type", "must be one of " + ", ".join(KINDS), unknown_word=True)]
    if "config" not in raw:
        return _read(kind, {name: value for name, value in raw.items() if name != "type"})
    return _read_nested(kind, raw)


def _read_nested(kind: AuthKind, raw: dict[str, Any]) -> AuthDraft | list[Problem]:
    strangers = [name for name in raw if name not in ("type", "config")]
    detail = "belongs inside config, beside the other fields of this auth"
    problems = [Problem(f"/{escaped(name)}", detail) for name in strangers]
    inner = raw["config"]
    if not isinstance(inner, dict):
        return [*problems, Problem("/config", "must be an object")]
    if "type" in inner:
        problems.append(Problem("/config/type", "belongs beside config, not inside it"))
    found = _read(kind, {name: value for name, value in inner.items() if name != "type"})
    if isinstance(found, list):
        return problems + [problem.below("/config") for problem in found]
    return problems or found


def _read(kind: AuthKind, given: Mapping[str, object]) -> AuthDraft | list[Problem]:
    values, problems = dict(given), list[Problem]()
    public: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for described in kind.fields:
        name = str(described.alias) if described.alias in values and described.name not in values else described.name
        value = values.pop(name, described.default)
        if value is None:
            if not described.secret:
                problems.append(Problem(f"/{name}", "is required"))
            continue
        detail = wrong_text(described, value)
        if detail:
            problems.append(Problem(f"/{name}", detail))
        (secrets if described.secret else public)[described.name] = str(value)
    problems += [Problem(f"/{escaped(name)}", MISSPELT) for name in values]
    problems = problems or kind.check(public)
    return problems or AuthDraft(kind, public, secrets)


def wrong_text(described: AuthField, value: object) -> str | None:
    """What is wrong with the value of a field, or None."""
    if not isinstance(value, str):
        return "must be text"
    if described.secret and value.startswith(MASK):
        return None
    if described.secret and not value:
        return "must not be empty"
    if len(value) > described.max_characters:
        return f"must have at most {described.max_characters} characters"
    if described.choices and value not in described.choices:
        return "must be one of " + ", ".join(described.choices)
    return described.wrong(value)


def json_schema() -> dict[str, Any]:
    """JSON Schema of both forms."""
    nested = {
        "title": "Nested",
        "type": "object",
        "properties": {"type": {"enum": list(KINDS)}, "config": {"type": "object"}},
        "required": ["type", "config"],
        "description": "The same fields inside config.",
    }
    flat = [kind.schema() for kind in KINDS.values()]
    return {"anyOf": [*flat, nested], "description": "A secret is written, never read: it comes back masked."}
