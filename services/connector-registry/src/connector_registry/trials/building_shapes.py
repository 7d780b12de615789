"""What is asked and answered while an output is designed: previews of transforms, schemas of samples."""

from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from connector_registry.schemas.comparison import SchemaChange
from connectors_shared.contract.model import Message
from connectors_shared.contract.trial import TransformError
from connectors_shared.http.openapi import request_body

MOST_SAMPLES: Final = 20


class PreviewDraft(Message):
    """A transform, and a `sample` of an answer; or `connectorId`: the newest examples of that connector."""

    model_config = ConfigDict(extra="forbid")

    expression: Annotated[str, Field(min_length=1, max_length=20_000)]
    sample: Any = None
    connector_id: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if ("sample" in self.model_fields_set) == (self.connector_id is not None):
            raise ValueError("give either a sample or a connectorId")
        return self


class ExampleName(Message):
    id: UUID
    name: str


class Preview(Message):
    """What the transform makes of one sample. `example`: which it is, if it is one."""

    example: ExampleName | None = None
    success: bool
    output: Any = None
    error: TransformError | None = None


class PreviewAnswer(Message):
    """`outputSchema`: of all outputs together; absent when there is none."""

    previews: list[Preview]
    output_schema: dict[str, Any] | None = None


class InferenceDraft(Message):
    """`samples` of an output. With `connectorId` the schema is compared with the one that is saved; without samples it
    is made of the outputs of that connector's newest examples. `savedSchema`: one to compare with instead.
    """

    model_config = ConfigDict(extra="forbid")

    samples: Annotated[list[Any], Field(max_length=MOST_SAMPLES)] = Field(default_factory=list)
    connector_id: UUID | None = None
    saved_schema: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _some_of_both(self) -> Self:
        if not self.samples and self.connector_id is None:
            raise ValueError("give samples, or a connectorId that has examples")
        return self


class Inference(Message):
    """`outputSchema` may be saved as the connector's `output_schema`. `partial`: of very large samples only a part was
    looked at. `changes` against the saved one, those first that break whoever reads the output; absent when none is
    saved.
    """

    output_schema: dict[str, Any]
    partial: bool
    changes: list[SchemaChange] | None = None


PREVIEW_BODY: Final = request_body(PreviewDraft)
INFERENCE_BODY: Final = request_body(InferenceDraft)
