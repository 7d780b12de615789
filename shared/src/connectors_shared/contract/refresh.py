"""An executor tells the registry that an API refuses an access token, and is told what came of it."""

from enum import StrEnum
from uuid import UUID

from connectors_shared.contract.facts import Revision
from connectors_shared.contract.model import Message


class Refreshed(StrEnum):
    """What came of it. `renewed`: a newer token is published, or about to be; `fresh`: the token is so new that it
    cannot be the fault; `later`: the provider does not answer; `stale`: a person has to do something; `unknown`: there
    is no such credential.
    """

    RENEWED = "renewed"
    FRESH = "fresh"
    LATER = "later"
    STALE = "stale"
    UNKNOWN = "unknown"


class RefreshOrder(Message):
    """`revision`: of the credential whose access token was refused."""

    workspace_id: UUID
    revision: Revision


class RefreshReport(Message):
    """`revision`: of the credential as executors have been told, or are about to be."""

    refreshed: Refreshed
    revision: int = 0
