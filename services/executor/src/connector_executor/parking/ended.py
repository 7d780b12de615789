"""What the store knows of an execution that was asked about in order to end it (`Queueing.ENDS`)."""

from connector_executor.admission.port import Admitted, Verdict
from connector_executor.execution import Execution
from connector_executor.finisher import Finisher
from connector_executor.outcome import LOST, Failure
from connector_executor.parking.dead_lettering import DeadLetterEnd
from connectors_shared.contract.failure import FailureType

End = Failure | DeadLetterEnd
"""What an execution comes to if it has never run."""


def tell(finisher: Finisher, execution: Execution, end: End, answer: Admitted) -> bool:
    """Publish its outcome: `end` only if it has never run. False: it is to be dead-lettered, or is not known yet."""
    if answer.verdict is Verdict.GO and isinstance(end, Failure):
        finisher.finish(execution, end)
    elif answer.verdict is Verdict.DONE:
        finisher.republish(execution, answer.result)
    elif answer.verdict is Verdict.SETTLED:
        finisher.drop(execution)
    elif answer.verdict is Verdict.UNKNOWN:
        finisher.finish(execution, Failure(FailureType.OUTCOME_UNKNOWN, LOST))
    else:
        return False
    return True
