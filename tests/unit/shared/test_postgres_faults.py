"""Which faults of Postgres mean: call again."""

import asyncpg
import pytest
from asyncpg import exceptions

from connectors_shared.runtime.postgres_faults import DatabaseUnavailableError, passing_faults


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionRefusedError("nobody listens"),
        TimeoutError(),
        exceptions.ConnectionDoesNotExistError("closed in the middle"),
        exceptions.TooManyConnectionsError("sorry"),
        exceptions.CannotConnectNowError("starting up"),
        exceptions.AdminShutdownError("terminated"),
        exceptions.CrashShutdownError("terminated"),
        exceptions.QueryCanceledError("timeout"),
        exceptions.DeadlockDetectedError("deadlock"),
        exceptions.SerializationError("again"),
        exceptions.LockNotAvailableError("locked"),
        exceptions.DiskFullError("full"),
        exceptions.InvalidPasswordError("changed"),
        exceptions.ReadOnlySQLTransactionError("a standby"),
        asyncpg.InterfaceError("pool is closing"),
        asyncpg.InternalClientError("out of step"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_passes_is_a_connection_error(fault: Exception) -> None:
    with pytest.raises(DatabaseUnavailableError, match=type(fault).__name__) as raised, passing_faults():
        raise fault
    assert isinstance(raised.value, ConnectionError)
    assert raised.value.__cause__ is fault


@pytest.mark.parametrize(
    "fault",
    [
        exceptions.UndefinedTableError("not migrated"),
        exceptions.NotNullViolationError("nothing"),
        exceptions.NumericValueOutOfRangeError("lane"),
        asyncpg.DataError("not a uuid"),
        ValueError("ours"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_our_own_mistakes_stay_what_they_are(fault: Exception) -> None:
    with pytest.raises(type(fault)) as raised, passing_faults():
        raise fault
    assert raised.value is fault
