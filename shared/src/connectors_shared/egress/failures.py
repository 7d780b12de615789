"""What the system and llhttp raise, in the words of SendFailure."""

import ssl
from typing import Final

from httptools import HttpParserError

from .connection import ConnectionLostError
from .refusal import SendError, bad_response
from .request import SendFailureKind

EXCHANGE_ERRORS: Final = (ConnectionLostError, HttpParserError)


def explain_connect_error(error: OSError, host_header: str) -> SendError:
    """`error` came before any byte of the request was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = getattr(error, "verify_message", "") or "it does not match the host"
        return SendError(SendFailureKind.tls, f"The certificate of {host_header} is not trusted: {reason}.")
    if isinstance(error, ssl.SSLError):
        return SendError(SendFailureKind.tls, f"No secure connection to {host_header} could be made.")
    if isinstance(error, TimeoutError):
        return connect_timeout(host_header)
    return SendError(SendFailureKind.connect_refused, f"No connection to {host_header} could be made.")


def connect_timeout(host_header: str) -> SendError:
    return SendError(SendFailureKind.connect_timeout, f"The host {host_header} did not accept a connection in time.")


def unresolved(host_header: str) -> SendError:
    return SendError(SendFailureKind.dns, f"The host name of {host_header} could not be resolved.")


def explain_exchange_error(error: Exception, host_header: str) -> SendError:
    """`error` came after the request, or some of it, was sent."""
    if isinstance(error, HttpParserError):
        return bad_response(f"The host {host_header} did not answer in valid HTTP.")
    return SendError(SendFailureKind.connection_lost, f"The host {host_header} ended the connection early.")
