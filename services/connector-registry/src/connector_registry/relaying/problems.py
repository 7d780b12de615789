"""Why a request is not sent on."""

from collections.abc import Mapping
from typing import ClassVar, Final

from connectors_shared.http.problems import ProblemError

AGAIN: Final[Mapping[str, str]] = {"Retry-After": "Seconds after which it may be sent again."}


class CallerRefusedError(ProblemError):
    status = 502
    kind = "caller-refused"
    title = "A service behind this one does not know who asks"
    detail = "You are signed in. Whoever runs the services has to give both the same keys of tokens, or secrets."


class TooManyForwardedError(ProblemError):
    status = 429
    kind = "too-many-requests"
    title = "The workspace has too many requests under way"
    detail = "Nothing was written; send it again after Retry-After seconds, with fewer at once."
    sends: ClassVar[Mapping[str, str]] = AGAIN


class TooManyFilesError(ProblemError):
    status = 429
    kind = "too-many-files"
    title = "Too many files are under way, in or out"
    detail = "Nothing was written; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = AGAIN


class BodyTooSlowError(ProblemError):
    status = 408
    kind = "body-too-slow"
    title = "The body did not come in time"
    detail = "Nothing was written; send it again over a better connection."


class UnusableAddressError(ProblemError):
    status = 400
    kind = "unusable-address"
    title = "The address cannot be passed on"
    detail = "Shorten it: path and query may take some 65,000 characters together, escaped."
