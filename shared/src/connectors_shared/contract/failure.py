"""Why an execution did not succeed: the `error.type` of a result.

before the call (nothing reached the upstream, or only attempts that are known to have failed)
├── invalid_input         the inputs do not fit the connector's input schema
├── invalid_request       the definition cannot be used, or no request can be built from it and the inputs
├── unknown_connector     no definition of the connector is published in the workspace
├── connector_deleted     it was, and has been deleted from the workspace
├── connector_disabled    its owner switched the connector off
├── connector_unhealthy   switched off automatically after a long time of failures only
├── version_unavailable   the pinned version does not exist, or not any more
├── credential_unusable   the credential was deleted, cannot be decrypted, or may not be sent there
├── address_refused       the address is internal or the port is not allowed
├── deadline_exceeded     the execution's deadline passed while it waited
├── backlog_full          the connector's backlog has reached its ceiling
├── upstream_unavailable  the API stayed unavailable for longer than its connector waits for it
└── cancelled             somebody cancelled it while it was parked
during the call
├── connection_failed     no connection: name, refusal, TLS
├── timeout               no full answer in time, and the call had no lasting effect or may be repeated
├── outcome_unknown       sent, but no answer that says what came of it: it may have happened, so it is not repeated
├── http_error            the upstream answered with a failure status
└── invalid_response      the answer is malformed, too large or not decodable
after the call
├── transform_failed      the response transform failed on this answer
└── result_too_large      the transformed result is above the limit of a message, or nested too deep for one
"""

from enum import StrEnum


class FailureType(StrEnum):
    """Wire words of `error.type`; the tree above says what each one means."""

    INVALID_INPUT = "invalid_input"
    INVALID_REQUEST = "invalid_request"
    UNKNOWN_CONNECTOR = "unknown_connector"
    CONNECTOR_DELETED = "connector_deleted"
    CONNECTOR_DISABLED = "connector_disabled"
    CONNECTOR_UNHEALTHY = "connector_unhealthy"
    VERSION_UNAVAILABLE = "version_unavailable"
    CREDENTIAL_UNUSABLE = "credential_unusable"
    ADDRESS_REFUSED = "address_refused"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    BACKLOG_FULL = "backlog_full"
    UPSTREAM_UNAVAILABLE = "upstream_unavailable"
    CANCELLED = "cancelled"
    CONNECTION_FAILED = "connection_failed"
    TIMEOUT = "timeout"
    OUTCOME_UNKNOWN = "outcome_unknown"
    HTTP_ERROR = "http_error"
    INVALID_RESPONSE = "invalid_response"
    TRANSFORM_FAILED = "transform_failed"
    RESULT_TOO_LARGE = "result_too_large"


BEFORE_THE_CALL = frozenset(
    {
        FailureType.INVALID_INPUT,
        FailureType.INVALID_REQUEST,
        FailureType.UNKNOWN_CONNECTOR,
        FailureType.CONNECTOR_DELETED,
        FailureType.CONNECTOR_DISABLED,
        FailureType.CONNECTOR_UNHEALTHY,
        FailureType.VERSION_UNAVAILABLE,
        FailureType.CREDENTIAL_UNUSABLE,
        FailureType.ADDRESS_REFUSED,
        FailureType.DEADLINE_EXCEEDED,
        FailureType.BACKLOG_FULL,
        FailureType.UPSTREAM_UNAVAILABLE,
        FailureType.CANCELLED,
    }
)
DURING_THE_CALL = frozenset(
    {
        FailureType.CONNECTION_FAILED,
        FailureType.TIMEOUT,
        FailureType.OUTCOME_UNKNOWN,
        FailureType.HTTP_ERROR,
        FailureType.INVALID_RESPONSE,
    }
)
AFTER_THE_CALL = frozenset({FailureType.TRANSFORM_FAILED, FailureType.RESULT_TOO_LARGE})


class DeadReason(StrEnum):
    """Why a message could not be worked on at all (`dead-reason` header of a dead letter).

    `UNKNOWN_CONNECTOR` is in letters of earlier versions; now such an execution ends in a result that says so.
    """

    EMPTY = "empty"
    NOT_JSON = "not_json"
    INVALID_MESSAGE = "invalid_message"
    UNSUPPORTED_VERSION = "unsupported_version"
    UNKNOWN_CONNECTOR = "unknown_connector"
    TOO_LARGE = "too_large"
    BACKLOG_FULL = "backlog_full"
    REPEATED_FAULT = "repeated_fault"
    MAPPING_REFUSED = "mapping_refused"
    """A value cannot be written, and its mapping says `deadLetter` for that."""
