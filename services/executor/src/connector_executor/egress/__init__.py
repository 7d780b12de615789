"""Outbound HTTP: bounded, guarded against internal addresses, failures as values."""

from .grants import Grant, parse_grants
from .guard import AddressGuard
from .ports import PortPolicy
from .request import (
    DEFAULT_BOUNDS,
    HttpRequest,
    HttpResponse,
    SendBounds,
    Sender,
    SendFailure,
    SendFailureKind,
)
from .sender import AiohttpSender

__all__ = [
    "DEFAULT_BOUNDS",
    "AddressGuard",
    "AiohttpSender",
    "Grant",
    "HttpRequest",
    "HttpResponse",
    "PortPolicy",
    "SendBounds",
    "SendFailure",
    "SendFailureKind",
    "Sender",
    "parse_grants",
]
