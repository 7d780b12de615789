"""What a person sends: a shared credential as they want it to be. Unknown fields are refused: typos."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connectors_shared.contract.credential import MOST_ORIGINS, CredentialStatus
from connectors_shared.definition.auth.field import Auth
from connectors_shared.definition.auth.none import NONE
from connectors_shared.definition.auth.reading import AuthDraft
from connectors_shared.definition.origins import UrlError, parse_origin, split_url
from connectors_shared.definition.shape import Location, Shape, read_shape
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, field_problems

READ_ONLY: Final = frozenset(
    {
        "id",
        "workspace_id",
        "revision",
        "key_ids",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "published",
        "token",
        "entered_at",
        "used_by",
    }
)
"""Fields of an answer that may be sent back unchanged; they are ignored."""
STAND_INS: Final[dict[Location, Any]] = {
    ("name",): "unread",
    ("auth",): {"type": NONE.type},
    ("allowed_origins",): ["https://unread.invalid"],
}
"""What stands for a part that cannot be read, while the others are judged."""
M = TypeVar("M", bound=BaseModel)
NO_ORIGIN: Final = "must be an origin, as in https://api.example.com, without a path"


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Origins = Annotated[list[Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=MOST_ORIGINS)]


class CredentialDraft(BaseModel):
    """A credential that connectors share. `allowed_origins`: nowhere else is it sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name
    auth: Auth
    allowed_origins: Origins


class CredentialChange(BaseModel):
    """Fields left out keep their value, and so does a secret of `auth` that is left out or masked.

    `status`: stale parks the executions of all connectors that use it, until a secret is replaced or it is ok again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name | None = None
    auth: Auth | None = None
    allowed_origins: Origins | None = None
    status: CredentialStatus | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a draft, and what is wrong with the rest."""

    draft: CredentialDraft
    shape: Shape
    problems: list[FieldProblem]

    def with_more(self, *more: list[FieldProblem]) -> list[FieldProblem]:
        """All that is wrong, but for what follows from what could not be read."""
        told = [problem.pointer for problem in self.problems]
        found = [each for some in more for each in some]
        original = [FieldProblem(pointer=self.shape.original(each.pointer), detail=each.detail) for each in found]
        return self.problems + [each for each in original if not _is_below(each.pointer, told)]


def read_draft(raw: object) -> Reading:
    """Raises InvalidRequestError where nothing can be read."""
    shape = read_shape(CredentialDraft.model_validate, _without_read_only(raw), STAND_INS)
    problems = field_problems(shape.errors)
    if shape.readable is None:
        raise InvalidRequestError(problems)
    return Reading(CredentialDraft.model_validate(shape.readable), shape, problems)


def read_change(raw: object) -> CredentialChange:
    """Raises InvalidRequestError."""
    return _read(CredentialChange, raw)


def origins_of(given: list[str], problems: list[FieldProblem]) -> list[str]:
    """Each once, in the one spelling that they are compared in; what is none is told of."""
    found = [_origin(text, f"/allowed_origins/{index}", problems) for index, text in enumerate(given)]
    return list(dict.fromkeys(origin for origin in found if origin))


def auth_problems(auth: AuthDraft) -> list[FieldProblem]:
    found = [FieldProblem(pointer="/auth" + problem.pointer, detail=problem.detail) for problem in auth.problems]
    if not found and (auth.kind is NONE or auth.credential_id is not None):
        found.append(FieldProblem(pointer="/auth/type", detail="must be a kind that authorizes something"))
    return found


def _is_below(pointer: str, told: list[str]) -> bool:
    return any(pointer == one or pointer.startswith(one + "/") for one in told)


def _without_read_only(raw: object) -> object:
    return {name: value for name, value in raw.items() if name not in READ_ONLY} if isinstance(raw, dict) else raw


def _read(model: type[M], raw: object) -> M:
    try:
        return model.model_validate(_without_read_only(raw))
    except ValidationError as error:
        raise InvalidRequestError(field_problems(error.errors(include_input=False, include_url=False))) from None


def _origin(text: str, pointer: str, problems: list[FieldProblem]) -> str | None:
    try:
        origin, target = split_url(text)
        if target == "/" and "#" not in text:
            return str(parse_origin(origin))
        problems.append(FieldProblem(pointer=pointer, detail=NO_ORIGIN))
    except UrlError:
        problems.append(FieldProblem(pointer=pointer, detail=NO_ORIGIN))
    return None
