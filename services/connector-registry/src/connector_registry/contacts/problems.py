"""Why the field mapper's answer cannot be passed on."""

from collections.abc import Mapping
from typing import ClassVar

from connectors_shared.http.problems import ProblemError


class ContactsNotConfiguredError(ProblemError):
    status = 503
    kind = "contacts-not-configured"
    title = "Contacts do not answer here"
    detail = "Start the registry again after you set CONNECTORS_MAPPER_URL to the address of a field mapper."


class ContactsNotForKeysError(ProblemError):
    status = 503
    kind = "contacts-not-for-keys"
    title = "Contacts do not answer to API keys here"
    detail = (
        "Ask with a token; or start the registry again after you set CONNECTORS_MAPPER_TOKEN to the secret that the"
        " field mapper has for it in CONNECTORS_INTERNAL_CALLERS."
    )


class ContactsUnavailableError(ProblemError):
    status = 503
    kind = "contacts-unavailable"
    title = "The field mapper cannot be reached"
    detail = "Nothing was written; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds after which it may be sent again."}


class ContactsLostError(ProblemError):
    status = 502
    kind = "contacts-lost"
    title = "The field mapper gave no answer"
    detail = "What was to be written may have been written: read it before you send it again."


class TooManyForwardedError(ProblemError):
    status = 429
    kind = "too-many-requests"
    title = "The workspace has too many requests under way"
    detail = "Nothing was written; send it again after Retry-After seconds, with fewer at once."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds after which it may be sent again."}


class TooManyFilesError(ProblemError):
    status = 429
    kind = "too-many-files"
    title = "Too many files are under way, in or out"
    detail = "Nothing was written; send it again after Retry-After seconds."
    sends: ClassVar[Mapping[str, str]] = {"Retry-After": "Seconds after which it may be sent again."}


class BodyTooSlowError(ProblemError):
    status = 408
    kind = "body-too-slow"
    title = "The body did not come in time"
    detail = "Nothing was written; send it again over a better connection."


class NoSuchContactsPathError(ProblemError):
    status = 404
    kind = "not-found"
    title = "There is nothing at this address"


class UnusableAddressError(ProblemError):
    status = 400
    kind = "unusable-address"
    title = "The address cannot be passed on"
    detail = "Shorten it: path and query may take some 65,000 characters together, escaped."
