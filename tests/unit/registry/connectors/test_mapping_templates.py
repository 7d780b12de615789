"""The named mappings of a connector over REST: each of them alone, and as parts of the connector's definition."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Build = Callable[..., dict[str, Any]]
BASIC = {"name": "Basic identity", "mappings": [{"sourcePath": "firstName", "targetField": "first_name"}]}


@pytest.fixture
async def path(client: httpx2.AsyncClient, a_connector: Build) -> str:
    made = await client.post("/api/connectors", json=a_connector())
    return f"/api/connectors/{made.json()['id']}/field-mapping-templates"


async def names(client: httpx2.AsyncClient, path: str) -> list[str]:
    return [template["name"] for template in (await client.get(path)).json()["templates"]]


async def test_templates_are_created_read_replaced_and_deleted(client: httpx2.AsyncClient, path: str) -> None:
    made = await client.post(path, json=BASIC)
    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert made.headers["Location"] == f"{path}/Basic%20identity"
    await client.post(path, json=BASIC | {"name": "a/b"})
    read = await client.get(made.headers["Location"])
    assert read.json()["mappings"][0]["sourcePath"] == "firstName"
    assert read.headers["ETag"] == '"3"'
    replaced = await client.put(made.headers["Location"], json={"name": "Names", "mappings": []})
    assert replaced.status_code == 200, replaced.text
    assert await names(client, path) == ["Names", "a/b"]
    assert (await client.delete(f"{path}/a%2Fb")).status_code == 204
    assert await names(client, path) == ["Names"]
    connector = (await client.get(path.rpartition("/")[0])).json()
    assert (connector["version"], [one["name"] for one in connector["field_mapping_templates"]]) == (5, ["Names"])


async def test_one_that_is_created_twice_with_one_key_is_answered_as_before(
    client: httpx2.AsyncClient, path: str
) -> None:
    key = {"Idempotency-Key": "template-1"}
    first, again = [await client.post(path, json=BASIC, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    for name in ("etag", "location"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    other = await client.post(path, json=BASIC | {"name": "Other"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert await names(client, path) == ["Basic identity"]


async def test_what_is_not_there_or_there_twice_is_a_problem_with_a_name(client: httpx2.AsyncClient, path: str) -> None:
    await client.post(path, json=BASIC)
    await client.post(path, json=BASIC | {"name": "other"})
    for answer, status, kind in (
        (await client.post(path, json=BASIC), 409, "template-exists"),
        (await client.put(f"{path}/other", json=BASIC), 409, "template-exists"),
        (await client.put(f"{path}/gone", json=BASIC), 404, "template-not-found"),
        (await client.get(f"{path}/gone"), 404, "template-not-found"),
        (await client.delete(f"{path}/gone"), 404, "template-not-found"),
        (await client.post(path, json=BASIC | {"name": "x"}, headers={"If-Match": '"1"'}), 412, "version-changed"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"sourcePath": "a..b"}, "/mappings/1/sourcePath"),
        ({"targetField": "nickname"}, "/mappings/1/targetField"),
        ({"several": "some"}, "/mappings/1/several"),
        ({"onError": "later"}, "/mappings/1/onError"),
        ({"tags": "add"}, "/mappings/1/tags"),
        ({"targetField": "phone", "reading": {"region": "XX"}}, "/mappings/1/reading/region"),
        ({"targetType": "custom_field", "reading": {"format": "YYYY"}}, "/mappings/1/reading/format"),
        ({"targetType": "custom_field", "reading": {"locale": "xx"}}, "/mappings/1/reading/locale"),
        ({"speling": 1}, "/mappings/1/speling"),
    ],
)
async def test_a_mapping_is_judged_when_it_is_saved_by_what_the_mapper_reads(
    client: httpx2.AsyncClient, path: str, wrong: dict[str, Any], pointer: str
) -> None:
    await client.post(path, json=BASIC)
    mapping = {"sourcePath": "a", "targetField": "city"} | wrong
    answer = await client.post(
        path, json={"name": "n", "mappings": [{"sourcePath": "a", "targetField": "city"}, mapping]}
    )
    assert answer.status_code == 422
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("body", [{}, {"name": " "}, {"name": 1}, []])
async def test_a_template_has_a_name(client: httpx2.AsyncClient, path: str, body: Any) -> None:
    answer = await client.post(path, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/name")


async def test_a_connector_has_no_two_templates_of_one_name_and_fifty_at_most(
    client: httpx2.AsyncClient, a_connector: Build
) -> None:
    twice = await client.post("/api/connectors", json=a_connector(field_mapping_templates=[BASIC, BASIC]))
    assert twice.json()["errors"][0]["pointer"] == "/field_mapping_templates/1/name"
    many = [BASIC | {"name": f"t{number}"} for number in range(50)]
    made = await client.post("/api/connectors", json=a_connector(field_mapping_templates=many))
    answer = await client.post(f"/api/connectors/{made.json()['id']}/field-mapping-templates", json=BASIC)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-many-templates")


async def test_what_is_read_may_be_sent_back_and_makes_no_version(client: httpx2.AsyncClient, path: str) -> None:
    await client.post(path, json=BASIC)
    connector, _, _ = path.rpartition("/")
    whole = (await client.get(connector)).json()
    whole.pop("created_by", None)
    sent = {"field_mapping_templates": whole["field_mapping_templates"]}
    assert (await client.put(connector, json=sent)).json()["version"] == 2
