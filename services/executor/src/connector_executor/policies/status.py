"""What an HTTP status means for an execution: sound defaults, overridden per connector."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors_shared.contract.policy import StatusMeaning, StatusPolicy

DEFAULT_CLASS = {
    1: StatusMeaning.FAIL,
    2: StatusMeaning.SUCCESS,
    3: StatusMeaning.FAIL,
    4: StatusMeaning.FAIL,
    5: StatusMeaning.RETRY,
}
DEFAULT_STATUS = {
    401: StatusMeaning.REFRESH_AND_RETRY,
    408: StatusMeaning.RETRY,
    425: StatusMeaning.RETRY,
    429: StatusMeaning.RATE_LIMITED,
    501: StatusMeaning.FAIL,
    505: StatusMeaning.FAIL,
}


@dataclass(frozen=True, slots=True)
class StatusTable:
    """Meanings by status, then by class. `chosen` are the statuses that the connector names one by one."""

    statuses: dict[int, StatusMeaning]
    classes: dict[int, StatusMeaning]
    chosen: frozenset[int] = frozenset()

    @classmethod
    def of(cls, policies: Sequence[StatusPolicy]) -> "StatusTable":
        if not policies:
            return DEFAULT_TABLE
        statuses = dict(DEFAULT_STATUS)
        classes = dict(DEFAULT_CLASS)
        for policy in policies:
            if policy.status.endswith("xx"):
                digit = int(policy.status[0])
                classes[digit] = policy.meaning
                statuses = {status: kept for status, kept in statuses.items() if status // 100 != digit}
        chosen = {int(p.status): p.meaning for p in policies if not p.status.endswith("xx")}
        return cls(statuses | chosen, classes, frozenset(chosen))

    def meaning(self, status: int) -> StatusMeaning:
        found = self.statuses.get(status)
        return found if found is not None else self.classes.get(status // 100, StatusMeaning.FAIL)


DEFAULT_TABLE = StatusTable(DEFAULT_STATUS, DEFAULT_CLASS)
