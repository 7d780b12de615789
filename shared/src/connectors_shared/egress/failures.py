"""What aiohttp and the system raise, in the words of SendFailure."""

import socket
from typing import Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
)
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from .decoding import bad_response, too_large
from .refusal import SendError
from .request import SendFailureKind

CONNECT_ERRORS: Final = (ClientError, OSError)
EXCHANGE_ERRORS: Final = (ClientError, HttpProcessingError, OSError)


def explain_connect_error(error: Exception, host_header: str) -> SendError:
    """`error` came before any byte of the request was sent."""
    if isinstance(error, ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "") or "it does not match the host"
        return SendError(SendFailureKind.tls, f"The certificate of {host_header} is not trusted: {reason}.")
    if isinstance(error, ClientConnectorSSLError):
        return SendError(SendFailureKind.tls, f"No secure connection to {host_header} could be made.")
    if isinstance(error, ClientConnectorDNSError | socket.gaierror):
        return SendError(SendFailureKind.dns, f"The host name of {host_header} could not be resolved.")
    cause = error.os_error if isinstance(error, ClientConnectorError) else error
    if isinstance(cause, TimeoutError):
        return SendError(
            SendFailureKind.connect_timeout, f"The host {host_header} did not accept a connection in time."
        )
    return SendError(SendFailureKind.connect_refused, f"No connection to {host_header} could be made.")


def explain_exchange_error(error: Exception, host_header: str) -> SendError:
    """`error` came after the request, or some of it, was sent."""
    if isinstance(error, HttpProcessingError):
        if isinstance(error.__cause__, LineTooLong) or "Too many headers" in error.message:
            return too_large("head")
        return bad_response(f"The host {host_header} did not answer in valid HTTP.")
    return SendError(SendFailureKind.connection_lost, f"The host {host_header} ended the connection early.")
