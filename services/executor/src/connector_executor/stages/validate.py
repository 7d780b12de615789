"""Do the inputs fit the connector's input schema?"""

from collections.abc import Mapping
from typing import Any, Final

from connector_executor.outcome import Failure
from connectors_shared.contract.failure import FailureType
from connectors_shared.definition.inputs.fields import Fields, Misfits, fit
from connectors_shared.definition.problems import Problem, shortened

INPUTS: Final = "/inputs"
LONGEST: Final = 200
"""Characters of a pointer, and of what is said of it: a result carries them on."""


def validate_inputs(inputs: Mapping[str, Any], fields: Fields) -> dict[str, Any] | Failure:
    """The inputs as they are used, or everything that does not fit, by pointers into the message."""
    outcome = fit(fields, inputs, INPUTS)
    return _refusal(outcome) if isinstance(outcome, Misfits) else outcome


def _refusal(misfits: Misfits) -> Failure:
    errors = tuple([_bounded(problem) for problem in misfits.problems])
    told = [f"{pointer.removeprefix(INPUTS + '/')} {detail}" for pointer, detail in errors]
    if misfits.untold:
        told.append(f"and {misfits.untold} more")
    return Failure(FailureType.INVALID_INPUT, f"The inputs do not fit: {'; '.join(told)}.", errors=errors)


def _bounded(problem: Problem) -> tuple[str, str]:
    return shortened(problem.pointer, LONGEST), shortened(problem.detail, LONGEST)
