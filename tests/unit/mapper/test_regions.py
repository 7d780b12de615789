"""The workspace says which country's a phone number is; nobody is found by a number of which that is not known."""

from uuid import UUID, uuid4

import msgspec
import pytest

from connectors_shared.contract.updates import ContactUpdated
from field_mapper.batch import BatchProcessor
from field_mapper.metrics import MapperMetrics
from field_mapper.model import ContactRef
from field_mapper.regions import Regions
from field_mapper.retries import Retries

from .builders import CREATE, a_result, user
from .conftest import StoppedClock
from .twin import FakeRecord, InMemoryContacts, InMemoryPublisher

WORKSPACE = uuid4()
NATIONAL = "030 1234567"
MAPPINGS = (user("p", "phone"), user("n", "first_name"))


def a_fact(revision: int, region: str | None = None, *, deleted: bool = False) -> bytes:
    told = {"workspaceId": WORKSPACE, "revision": revision, "deleted": deleted, "name": "x"}
    return msgspec.json.encode(told | ({"phoneRegion": region} if region else {}))


def stored(regions: Regions, workspace_id: UUID = WORKSPACE) -> object:
    return regions(workspace_id)("phone", NATIONAL)


def test_the_newest_fact_of_a_workspace_holds_for_it_and_for_no_other() -> None:
    regions = Regions()
    regions.apply(WORKSPACE, a_fact(2, "DE"))
    regions.apply(WORKSPACE, a_fact(1, "FR"))
    assert (stored(regions), stored(regions, uuid4())) == ("+49301234567", NATIONAL)
    regions.apply(WORKSPACE, a_fact(3))
    assert stored(regions) == NATIONAL


@pytest.mark.parametrize("last", [a_fact(3, "DE", deleted=True), None])
def test_a_workspace_that_is_gone_has_settled_nothing(last: bytes | None) -> None:
    regions = Regions("FR")
    regions.apply(WORKSPACE, a_fact(2, "DE"))
    regions.apply(WORKSPACE, last)
    assert regions(WORKSPACE)("phone", "01 42 68 53 00") == "+33142685300"


@pytest.mark.parametrize("fact", [b"", b"[]", b"null", b'{"revision": 0}', b"\xff", b"[" * 100_000, a_fact(9, "XX")])
def test_a_fact_that_says_nothing_usable_ends_nothing(fact: bytes) -> None:
    regions = Regions()
    regions.apply(WORKSPACE, fact)
    assert stored(regions) == NATIONAL


@pytest.mark.parametrize(("told", "held"), [(30, 30), (0, None), (-1, None), (None, None)])
async def test_how_often_a_workspace_may_ask_is_known(told: int | None, held: int | None) -> None:
    regions = Regions()
    fact = {"revision": 1, "requestsPerMinute": told}
    regions.apply(WORKSPACE, msgspec.json.encode(fact))
    assert await regions.requests_per_minute(WORKSPACE) == held
    assert await regions.requests_per_minute(uuid4()) is None


async def test_a_number_of_no_known_country_matches_its_own_text_only_and_the_update_says_so(
    contacts: InMemoryContacts, publisher: InMemoryPublisher, metrics: MapperMetrics, retries: Retries
) -> None:
    regions = Regions()
    processor = BatchProcessor(contacts, publisher, regions, StoppedClock(), metrics, retries)
    american, stranger = uuid4(), uuid4()
    results = [
        a_result(WORKSPACE, {"p": "+1 301 234 567 8", "n": "Ann"}, *MAPPINGS, contact_id=american, options=CREATE),
        a_result(WORKSPACE, {"p": NATIONAL, "n": "Bea"}, *MAPPINGS, contact_id=stranger, options=CREATE, minutes=1),
        a_result(WORKSPACE, {"p": "0301234567", "n": "Cid"}, *MAPPINGS, minutes=2),
    ]
    for offset, result in enumerate(results):
        await processor.process([FakeRecord(result.to_json(), offset)])
    _, written, unmatched = (
        ContactUpdated.model_validate_json(message.value or b"") for message in publisher.on("contact.updated")
    )
    assert contacts.committed.contacts[ContactRef(WORKSPACE, stranger)].user == {"phone": NATIONAL, "first_name": "Bea"}
    assert [(line.target_field, "no country code" in line.remark) for line in written.mappings if line.remark] == [
        ("phone", True)
    ]
    assert (unmatched.contact_id, [line.remark for line in unmatched.mappings]) == (None, [None, None])
