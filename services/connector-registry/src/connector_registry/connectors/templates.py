"""The named mappings of a connector, one by one: each change is a change of the connector, and a new version of it."""

from collections.abc import Callable
from typing import Any, ClassVar, Final
from uuid import UUID

from connector_registry.connectors.draft import MappingTemplate
from connector_registry.connectors.port import DraftRefused, StaleVersion
from connector_registry.connectors.service import Catalogue, Change, Revisions
from connectors_shared.http.idempotency import no_promise
from connectors_shared.http.principal import Principal
from connectors_shared.http.problems import FieldProblem, InvalidRequestError, ProblemError

FIELD: Final = "field_mapping_templates"
MOST_TEMPLATES: Final = 50
ATTEMPTS: Final = 5
"""For a caller who does not mind what somebody else has changed meanwhile."""


class TemplateMissing(ProblemError):  # noqa: N818
    """The connector has no such template."""

    status = 404
    kind = "template-not-found"
    title = "No such template"
    detail = "The connector has no template of this name."


class TemplateExists(ProblemError):  # noqa: N818
    """The connector has one of that name."""

    status = 409
    kind = "template-exists"
    title = "There is a template of this name"
    detail = "Replace it, or choose another name."


class TooManyTemplates(ProblemError):  # noqa: N818
    """The connector has as many as it may."""

    status = 409
    kind = "too-many-templates"
    title = "The connector has enough templates"
    detail: ClassVar[str] = f"Delete one first; there may be {MOST_TEMPLATES}."


Templates = dict[str, Any]
"""By name, as they are stored or sent, in their order."""


class TemplateShelf:
    """Each caller sees those of their own workspace. Raises what `Catalogue.change` raises."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def all(self, who: Principal, connector_id: UUID) -> tuple[list[MappingTemplate], int]:
        """And the revision of the connector."""
        found = await self._catalogue.find(who, connector_id)
        stored = found.connector.definition[FIELD]
        return [MappingTemplate.model_validate(template) for template in stored], found.connector.revision

    async def create(
        self,
        who: Principal,
        connector_id: UUID,
        template: object,
        expected: Revisions,
        promise: Callable[[Change], None] = no_promise,
    ) -> Change:
        """`promise` is told what will be there, before it is. Raises TemplateExists or TooManyTemplates."""
        named = name_of(template)

        def added(there: Templates) -> None:
            if named in there:
                raise TemplateExists
            if len(there) >= MOST_TEMPLATES:
                raise TooManyTemplates
            there[named] = template

        return await self._changed(who, connector_id, added, expected, named, promise)

    async def replace(
        self, who: Principal, connector_id: UUID, name: str, template: object, expected: Revisions
    ) -> Change:
        """It may get another name. Raises TemplateMissing or TemplateExists."""
        named = name_of(template)

        def replaced(there: Templates) -> None:
            if name not in there:
                raise TemplateMissing
            if named != name and named in there:
                raise TemplateExists
            kept = list(there.items())
            there.clear()
            there.update((named, template) if old == name else (old, one) for old, one in kept)

        return await self._changed(who, connector_id, replaced, expected, named)

    async def remove(self, who: Principal, connector_id: UUID, name: str, expected: Revisions) -> Change:
        """Raises TemplateMissing."""

        def removed(there: Templates) -> None:
            if there.pop(name, None) is None:
                raise TemplateMissing

        return await self._changed(who, connector_id, removed, expected, name)

    async def _changed(
        self,
        who: Principal,
        connector_id: UUID,
        change: Callable[[Templates], None],
        expected: Revisions,
        name: str,
        promise: Callable[[Change], None] = no_promise,
    ) -> Change:
        attempts = ATTEMPTS if expected is None else 1
        while True:
            attempts -= 1
            connector = (await self._catalogue.find(who, connector_id)).connector
            if expected is not None and connector.revision not in expected:
                raise StaleVersion(connector.revision)
            there: Templates = {template["name"]: template for template in connector.definition[FIELD]}
            change(there)
            body, revision = {FIELD: list(there.values())}, frozenset({connector.revision})
            try:
                return await self._catalogue.change(who, connector_id, body, revision, promise)
            except StaleVersion:
                if not attempts:
                    raise
            except DraftRefused as refused:
                raise _of_template(refused, list(there).index(name)) from None


def name_of(template: object) -> str:
    """Of one as it was sent. Raises InvalidRequestError; all else is judged with the connector."""
    name = template.get("name") if isinstance(template, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise InvalidRequestError([FieldProblem(pointer="/name", detail="is required: what people call it")])
    return name.strip()


def _of_template(refused: DraftRefused, place: int) -> DraftRefused:
    """What was sent is the template alone."""
    before = f"/{FIELD}/{place}"
    return DraftRefused(
        [
            FieldProblem(pointer=problem.pointer.removeprefix(before) or "/", detail=problem.detail)
            for problem in refused.problem.errors
        ]
    )
