"""A credential as it is published: its kind is looked up, its fields are checked; the secrets stay sealed."""

from connectors_shared.contract.credential import PublishedCredential
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.kind import AuthField, AuthKind
from connectors_shared.definition.auth.reading import wrong_text
from connectors_shared.definition.problems import Problem


def kind_of(credential: PublishedCredential) -> AuthKind | list[Problem]:
    """Its kind, or everything that is wrong with its fields, by pointers into the message."""
    kind = KINDS.get(credential.type)
    if kind is None:
        return [Problem("/type", "must be one of " + ", ".join(KINDS), unknown_word=True)]
    problems = [problem for described in kind.fields if (problem := _wrong(described, credential))]
    return problems or kind.check(credential.public) or kind


def _wrong(described: AuthField, credential: PublishedCredential) -> Problem | None:
    if described.unpublished:
        return None
    value = (credential.sealed if described.secret else credential.public).get(described.name)
    detail = "is required" if value is None else None if described.secret else wrong_text(described, value)
    return Problem(f"/{described.name}", detail) if detail else None
