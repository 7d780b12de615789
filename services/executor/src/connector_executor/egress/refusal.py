"""The one exception of this package: a send that ends without a response. `send` turns it into a value."""

from .request import SendFailureKind


class SendError(Exception):
    """`kind` and `message` become those of the SendFailure."""

    def __init__(self, kind: SendFailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
