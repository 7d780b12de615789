"""What a browser signs in with."""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connector_registry.sessions.cookie import MOST_TOKEN_CHARACTERS
from connectors_shared.http.openapi import request_body

Proof = Annotated[str, Field(min_length=1, max_length=MOST_TOKEN_CHARACTERS, pattern=r"^[!-~]+$")]


class SessionDraft(BaseModel):
    """`token`: as for the header Authorization. `code`: of a one-time link."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: Proof | None = Field(default=None, repr=False)
    code: Proof | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.token is None) == (self.code is None):
            raise ValueError("give either a token or a code")
        return self


DRAFT_BODY: Final = request_body(SessionDraft)
