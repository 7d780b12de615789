"""Judging mappings that somebody wants to save: the same reading as the mapper's, and the paths beside it."""

from collections.abc import Sequence

from connectors_shared.contract.contact import FieldMapping
from connectors_shared.definition.compilation import Compilation
from connectors_shared.definition.mappings.terms import read_terms
from connectors_shared.definition.paths.review import PathReview, TooMuchWorkError


def check_mappings(mappings: Sequence[FieldMapping], pointer: str, review: PathReview, found: Compilation) -> None:
    """Raises TooMuchWorkError once it has told where it became too much."""
    for place, mapping in enumerate(mappings):
        _check(mapping, f"{pointer}/{place}", review, found)


def _check(mapping: FieldMapping, pointer: str, review: PathReview, found: Compilation) -> None:
    read_terms(mapping, lambda where, detail: found.refuse(pointer + where, detail))
    try:
        wrong = review.error(mapping.source_path)
    except TooMuchWorkError as error:
        found.refuse(f"{pointer}/sourcePath", str(error))
        raise
    if wrong:
        found.refuse(f"{pointer}/sourcePath", wrong)
