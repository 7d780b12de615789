"""Why the field mapper's answer cannot be passed on."""

from collections.abc import Mapping
from typing import ClassVar

from connector_registry.relaying.problems import AGAIN
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
    sends: ClassVar[Mapping[str, str]] = AGAIN


class ContactsLostError(ProblemError):
    status = 502
    kind = "contacts-lost"
    title = "The field mapper gave no answer"
    detail = "What was to be written may have been written: read it before you send it again."
