"""What the demo asks of the services, against a transport that plays them."""

import json
from collections.abc import Callable
from uuid import UUID

import httpx2
import pytest

from connectors_local.demo.clients import Api, ApiError, Mapper, Registry, for_each
from connectors_local.demo.contacts import DemoContact

CONNECTOR = UUID(int=7)
CONTACT = DemoContact(UUID(int=8), "2065550100", {"first_name": "Ann", "phone": "2065550100"})
Handler = Callable[[httpx2.Request], httpx2.Response]


def api(handler: Handler, token: str = "t") -> Api:
    headers = {"Authorization": f"Bearer {token}"}
    return Api(httpx2.AsyncClient(base_url="http://test", transport=httpx2.MockTransport(handler), headers=headers))


async def test_a_connector_is_created_the_first_time_and_changed_afterwards() -> None:
    asked: list[str] = []

    def registry(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.path}")
        if request.method == "GET":
            line = {"id": str(CONNECTOR), "name": "Known"}
            return httpx2.Response(200, json={"connectors": [line], "next_cursor": None})
        return httpx2.Response(201, json={"id": str(CONNECTOR)})

    assert await Registry(api(registry)).save({"name": "New"}) == CONNECTOR
    assert await Registry(api(registry)).save({"name": "Known"}) == CONNECTOR
    list_path = "GET /api/connectors"
    assert asked == [list_path, "POST /api/connectors", list_path, f"PUT /api/connectors/{CONNECTOR}"]


@pytest.mark.parametrize("status", [201, 202, 409])
async def test_the_pretend_api_is_granted_once(status: int) -> None:
    asked: list[object] = []

    def registry(request: httpx2.Request) -> httpx2.Response:
        asked.append((request.method, request.url.path, json.loads(request.content)))
        return httpx2.Response(status, json={})

    await Registry(api(registry)).grant("http://127.0.0.1:8090", "because")
    assert asked == [("POST", "/api/network-grants", {"host": "127.0.0.1", "port": 8090, "reason": "because"})]


async def test_a_name_is_looked_for_on_every_page_and_must_be_equal() -> None:
    def registry(request: httpx2.Request) -> httpx2.Response:
        if request.url.params.get("cursor") == "two":
            line = {"id": str(CONNECTOR), "name": "Phone"}
            return httpx2.Response(200, json={"connectors": [line], "next_cursor": None})
        line = {"id": str(UUID(int=1)), "name": "Phone number"}
        return httpx2.Response(200, json={"connectors": [line], "next_cursor": "two"})

    assert await Registry(api(registry)).find("Phone") == CONNECTOR
    assert await Registry(api(registry)).find("phone") is None


async def test_a_contact_of_an_earlier_run_is_put_back_to_what_the_file_says() -> None:
    bodies: list[tuple[str, dict[str, object]]] = []

    def mapper(request: httpx2.Request) -> httpx2.Response:
        bodies.append((request.url.path, json.loads(request.content)))
        if request.url.path == "/api/contacts":
            return httpx2.Response(409, json={"title": "There is a contact with this id"})
        return httpx2.Response(200, json={"id": str(CONTACT.id)})

    await Mapper(api(mapper)).put(CONTACT, ["income"])
    path, body = bodies[1]
    assert path == f"/api/contacts/{CONTACT.id}/update"
    user = body["user_fields"]
    assert isinstance(user, dict)
    assert (len(user), user["first_name"], user["address"]) == (18, "Ann", None)
    assert body["custom_fields"] == {"income": None}


async def test_a_failure_says_what_was_asked_and_answered_but_never_the_token() -> None:
    refusing = api(lambda request: httpx2.Response(403, text="not allowed"), token="canary-token")
    with pytest.raises(ApiError) as caught:
        await refusing.ask("GET", "/api/contacts")
    assert "GET http://test/api/contacts answered 403: not allowed" in str(caught.value)
    assert "canary-token" not in repr(caught.value)


async def test_a_service_that_does_not_answer_is_named() -> None:
    def down(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    with pytest.raises(ApiError, match=r"http://test/api/contacts: ConnectError refused"):
        await api(down).ask("GET", "/api/contacts")


async def test_an_answer_that_is_no_json_is_an_error() -> None:
    with pytest.raises(ApiError, match="did not answer in JSON"):
        await api(lambda request: httpx2.Response(200, text="<html>")).ask("GET", "/x")


async def test_results_keep_the_order_of_the_items_and_the_first_failure_is_raised() -> None:
    async def double(item: int) -> int:
        if item < 0:
            raise ValueError(item)
        return item * 2

    assert await for_each(double, list(range(50))) == list(range(0, 100, 2))
    with pytest.raises(ValueError, match="-3"):
        await for_each(double, [1, -3, 5])
