"""Whether the same step may succeed later, or this very data makes it fail; and what is logged of a fault."""

from traceback import format_tb
from typing import Final

import asyncpg

from connectors_shared.runtime.persist import is_outage

DATA_CLASSES: Final = frozenset({"22", "23", "54"})
"""SQLSTATE classes: data exception, integrity violation, program limit exceeded."""


class TooSlowError(Exception):
    """A transaction did not end in its time, though Postgres answers: it is halved like one whose data fails."""


class NotPublishedError(Exception):
    """Some messages are not acknowledged yet; the cause is the error of the first."""


def may_pass(error: BaseException) -> bool:
    """Whether time or an operator mends it: connections, locks, full disks, a missing table."""
    if isinstance(error, NotPublishedError):
        return error.__cause__ is not None and may_pass(error.__cause__)
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] not in DATA_CLASSES
    return is_outage(error)


def described(error: Exception) -> dict[str, str]:
    """For the log. A message, and Postgres' DETAIL above all, may repeat a contact's values, so there is none."""
    facts = {"error": type(error).__name__}
    if isinstance(error, asyncpg.PostgresError):
        facts |= {"sqlstate": error.sqlstate or "", "constraint": error.constraint_name or ""}
    if error.__cause__ is not None:
        facts["cause"] = type(error.__cause__).__name__
    return facts | {"stack": "".join(format_tb(error.__traceback__))}
