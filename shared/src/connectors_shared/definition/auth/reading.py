"""Authentication as a person writes it, in one of three forms.

`{"type": "bearer", "token": "…"}` is the flat form,
`{"type": "bearer", "config": {"token": "…"}}` the nested one,
`{"credentialId": "…"}` names a credential that others use too; its type may stand beside it.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.kind import AuthField, AuthKind
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.problems import MOST_PROBLEMS, Problem, and_more, escaped

MASK: Final = "••••"
"""How a mask begins: it stands where a secret was, and means the stored one."""
CREDENTIAL_ID: Final = "credentialId"
REFERENCE: Final = (CREDENTIAL_ID, "type")
IN_THERE: Final = "is part of the credential; change it there, or leave credentialId out"
MISSPELT: Final = "is not a field here; check its spelling"
UNUSED: Final = "is not used beside the other fields; leave it out"


@dataclass(frozen=True, slots=True)
class AuthDraft:
    """Fields that were given, or have a default. A secret that was left out is absent: the stored one stays.

    `credential_id` names a shared credential instead, which is to be of the kind unless that is NONE. `problems` is
    everything wrong with it, with pointers below `auth`; none of them repeats what was given.
    """

    kind: AuthKind
    public: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    problems: list[Problem] = field(default_factory=list)
    credential_id: UUID | None = None


def read_auth(raw: object) -> AuthDraft:
    if not isinstance(raw, dict):
        return _unreadable(Problem("", "must be an object with a type"))
    if CREDENTIAL_ID in raw:
        return _read_reference(raw)
    named = raw.get("type")
    kind = KINDS.get(named) if isinstance(named, str) else None
    if kind is None:
        return _unreadable(Problem("/type", "must be one of " + ", ".join(KINDS), unknown_word=True))
    if "config" in raw:
        return _read_nested(kind, raw)
    draft = AuthDraft(kind)
    _read(draft, {name: value for name, value in raw.items() if name != "type"}, "")
    return draft


def _read_reference(raw: dict[str, Any]) -> AuthDraft:
    draft = AuthDraft(_kind_beside(raw), problems=_misplaced([name for name in raw if name not in REFERENCE], IN_THERE))
    if "type" in raw and draft.kind is NONE:
        draft.problems.append(Problem("/type", "must be the kind of the credential, or left out", unknown_word=True))
    try:
        return replace(draft, credential_id=UUID(raw[CREDENTIAL_ID]))
    except (ValueError, AttributeError, TypeError):
        draft.problems.append(Problem(f"/{CREDENTIAL_ID}", "must be the id of a credential"))
        return draft


def _kind_beside(raw: dict[str, Any]) -> AuthKind:
    named = raw.get("type")
    return KINDS.get(named, NONE) if isinstance(named, str) else NONE


def _unreadable(problem: Problem) -> AuthDraft:
    return AuthDraft(NONE, problems=[problem])


def _read_nested(kind: AuthKind, raw: dict[str, Any]) -> AuthDraft:
    detail = "belongs inside config, beside the other fields of this auth"
    unknown = [name for name in raw if name not in ("type", "config")]
    draft = AuthDraft(kind, problems=_misplaced(unknown, detail))
    inner = raw["config"]
    if not isinstance(inner, dict):
        draft.problems.append(Problem("/config", "must be an object"))
        return draft
    if "type" in inner:
        draft.problems.append(Problem("/config/type", "belongs beside config, not inside it"))
    _read(draft, {name: value for name, value in inner.items() if name != "type"}, "/config")
    return draft


def _read(draft: AuthDraft, given: dict[str, object], pointer: str) -> None:
    wrong = list[Problem]()
    for described in draft.kind.fields:
        name = str(described.alias) if described.alias in given and described.name not in given else described.name
        value = given.pop(name, described.default)
        if value is None:
            if not described.secret:
                wrong.append(Problem(f"/{name}", "is required"))
            continue
        detail = wrong_text(described, value)
        if detail:
            wrong.append(Problem(f"/{name}", detail))
        (draft.secrets if described.secret else draft.public)[described.name] = str(value)
    wrong += _misplaced(list(given), MISSPELT)
    wrong = wrong or draft.kind.check(draft.public) or _unused(draft)
    draft.problems.extend(problem.below(pointer) for problem in wrong)


def _unused(draft: AuthDraft) -> list[Problem]:
    needed = draft.kind.needed(draft.public)
    return [Problem(f"/{name}", UNUSED) for name in draft.secrets if name not in needed]


def _misplaced(names: list[str], detail: str) -> list[Problem]:
    """The first of them, and how many there are beside them."""
    told = [Problem(f"/{escaped(name)}", detail) for name in names[:MOST_PROBLEMS]]
    untold = len(names) - len(told)
    return [*told, Problem("", and_more(untold))] if untold else told


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
    """JSON Schema of all forms."""
    nested = {
        "title": "Nested",
        "type": "object",
        "properties": {"type": {"enum": list(KINDS)}, "config": {"type": "object"}},
        "required": ["type", "config"],
        "description": "The same fields inside config.",
    }
    flat = [kind.schema() for kind in KINDS.values()]
    reference = {
        "title": "Shared credential",
        "type": "object",
        "properties": {"type": {"enum": list(KINDS)}, CREDENTIAL_ID: {"type": "string", "format": "uuid"}},
        "required": [CREDENTIAL_ID],
        "additionalProperties": False,
        "description": "A credential of `/api/credentials`.",
    }
    return {
        "anyOf": [*flat, nested, reference],
        "description": "A secret is written, never read: it comes back masked.",
    }
