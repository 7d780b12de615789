"""Outbound HTTP: bounded, guarded against internal addresses, failures as values."""

from connectors_shared.runtime.lean_imports import trusting_nobody

with trusting_nobody():  # the sender has a context of its own
    import aiohttp as _aiohttp  # noqa: F401

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
from .sender import AiohttpSender
from .watch import Watch

__all__ = [
    "DEFAULT_BOUNDS",
    "ON_BEHALF_OF",
    "AddressGuard",
    "AiohttpSender",
    "Confidential",
    "Grant",
    "HttpRequest",
    "HttpResponse",
    "Needles",
    "PortPolicy",
    "SendBounds",
    "SendFailure",
    "SendFailureKind",
    "Sender",
    "Watch",
    "parse_grants",
]
