"""Authentication as a field of a request that pydantic reads, and as its document tells of it."""

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from connectors_shared.definition.auth.reading import AuthDraft, json_schema, read_auth


def _read(raw: object) -> AuthDraft:
    """What is wrong with it is in its `problems`, which name no value; a secret that is missing is found out later."""
    return raw if isinstance(raw, AuthDraft) else read_auth(raw)


Auth = Annotated[AuthDraft, PlainValidator(_read), WithJsonSchema(json_schema())]
