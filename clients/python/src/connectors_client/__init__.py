"""Calls connectors from a flow engine: over Kafka with the results found again, or over REST."""

from connectors_client.errors import (
    AnswerUnusableError,
    CallFailedError,
    ClientError,
    ConflictError,
    ConnectionLostError,
    ExecutionFailedError,
    InvalidCallError,
    NoOutcomeError,
    NotAllowedError,
    NotCalledError,
    NotPublishedError,
    OutcomeLateError,
    OutcomeUnknownError,
    RefusedError,
    TooManyPendingError,
    TryLaterError,
    UnknownConnectorError,
    WrongField,
)
from connectors_client.executions import Executions, KafkaExecutions, NotConnectedError
from connectors_client.feed import Feed, Heard
from connectors_client.outcome import Outcome, derived_execution_id
from connectors_client.pending import Pending
from connectors_client.rest import CallTerms, RestExecutions
from connectors_shared.contract.contact import FieldMapping, MappingOptions
from connectors_shared.contract.execution import ConnectorExecute, ConnectorResult, ExecutionContext
from connectors_shared.contract.failure import FailureType
from connectors_shared.contract.updates import ContactUpdated

__all__ = [
    "AnswerUnusableError",
    "CallFailedError",
    "CallTerms",
    "ClientError",
    "ConflictError",
    "ConnectionLostError",
    "ConnectorExecute",
    "ConnectorResult",
    "ContactUpdated",
    "ExecutionContext",
    "ExecutionFailedError",
    "Executions",
    "FailureType",
    "Feed",
    "FieldMapping",
    "Heard",
    "InvalidCallError",
    "KafkaExecutions",
    "MappingOptions",
    "NoOutcomeError",
    "NotAllowedError",
    "NotCalledError",
    "NotConnectedError",
    "NotPublishedError",
    "Outcome",
    "OutcomeLateError",
    "OutcomeUnknownError",
    "Pending",
    "RefusedError",
    "RestExecutions",
    "TooManyPendingError",
    "TryLaterError",
    "UnknownConnectorError",
    "WrongField",
    "derived_execution_id",
]
