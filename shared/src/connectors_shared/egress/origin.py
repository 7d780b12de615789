"""The origin of a URL, read as it was when it was saved; what is doubtful is a send that failed."""

from connectors_shared.definition import origins
from connectors_shared.definition.origins import Origin, UrlError

from .refusal import SendError
from .request import SendFailureKind


def split_url(url: str) -> tuple[str, str]:
    """Its origin as written and its request target, ready for the wire. Raises SendError."""
    try:
        return origins.split_url(url)
    except UrlError as error:
        raise _refused(error) from None


def parse_origin(text: str) -> Origin:
    """Reads `scheme://authority`. Raises SendError (invalid_url, address_refused) for anything doubtful."""
    try:
        return origins.parse_origin(text)
    except UrlError as error:
        raise _refused(error) from None


def invalid_url(message: str) -> SendError:
    return SendError(SendFailureKind.invalid_url, message)


def _refused(error: UrlError) -> SendError:
    kind = SendFailureKind.address_refused if error.odd_address else SendFailureKind.invalid_url
    return SendError(kind, error.message)
