"""The one exception of this package: a send that ends without a response. `send` turns it into a value."""

from .request import RefusedPlace, SendBounds, SendFailureKind


class SendError(Exception):
    """`kind`, `message` and `place` become those of the SendFailure."""

    def __init__(self, kind: SendFailureKind, message: str, place: RefusedPlace | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.place = place


def total_timeout(bounds: SendBounds) -> SendError:
    return SendError(SendFailureKind.total_timeout, f"The call did not end within {bounds.total_seconds:g} seconds.")


def first_byte_timeout(seconds: float) -> SendError:
    return SendError(SendFailureKind.first_byte_timeout, f"The API did not answer within {seconds:g} seconds.")


def too_large(what: str) -> SendError:
    return SendError(SendFailureKind.response_too_large, f"The response's {what} is larger than allowed.")


def bad_response(message: str) -> SendError:
    return SendError(SendFailureKind.bad_response, message)


def closing() -> SendError:
    return SendError(SendFailureKind.connection_lost, "The sender is closing.")
