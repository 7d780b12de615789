"""Outbound HTTP: bounded, guarded against internal addresses, failures as values."""

from .confidential import Confidential
from .grants import Grant, parse_grants
from .guard import AddressGuard
from .lookup import ON_BEHALF_OF
from .needles import Needles
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
from .sender import LlhttpSender
from .watch import Watch

__all__ = [
    "DEFAULT_BOUNDS",
    "ON_BEHALF_OF",
    "AddressGuard",
    "Confidential",
    "Grant",
    "HttpRequest",
    "HttpResponse",
    "LlhttpSender",
    "Needles",
    "PortPolicy",
    "SendBounds",
    "SendFailure",
    "SendFailureKind",
    "Sender",
    "Watch",
    "parse_grants",
]
