"""The one exception of this package: a send that ends without a response. `send` turns it into a value."""

from .request import SendBounds, SendFailureKind


class SendError(Exception):
    """`kind` and `message` become those of the SendFailure."""

    def __init__(self, kind: SendFailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def total_timeout(bounds: SendBounds) -> SendError:
    return SendError(SendFailureKind.total_timeout, f"The call did not end within {bounds.total_seconds:g} seconds.")
