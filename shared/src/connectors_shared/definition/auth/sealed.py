"""Authentication as it is published: its kind is looked up, its fields are checked; the secrets stay sealed."""

from connectors_shared.contract.connector import SealedAuth
from connectors_shared.definition.auth import KINDS
from connectors_shared.definition.auth.kind import AuthField, AuthKind
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.reading import wrong_text
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.problems import Problem


def compile_auth(auth: SealedAuth, pointer: str, found: Compilation) -> AuthKind:
    kind = KINDS.get(auth.type)
    if kind is None:
        found.refuse(f"{pointer}/type", "must be one of " + ", ".join(KINDS), unknown_word=True)
        return NONE
    problems = [problem for described in kind.fields if (problem := _wrong(described, auth))]
    if kind is not NONE and auth.credential_id is None:
        problems.append(Problem("/credentialId", "is required"))
    problems = problems or kind.check(auth.public)
    for problem in problems:
        found.refuse(pointer + problem.pointer, problem.detail, unknown_word=problem.unknown_word)
    return NONE if problems else kind


def _wrong(described: AuthField, auth: SealedAuth) -> Problem | None:
    value = (auth.sealed if described.secret else auth.public).get(described.name)
    detail = "is required" if value is None else None if described.secret else wrong_text(described, value)
    return Problem(f"/{described.name}", detail) if detail else None
