"""What the registry saves, the executor compiles and renders; what it refuses, it refuses by the name of a field."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from connector_executor.connectors.table import ConnectorTable
from connector_executor.stages.authorize import Authorized, Authorizer
from connector_executor.stages.render import render_request
from connector_executor.stages.validate import validate_inputs
from connector_registry.connectors.memory import InMemoryConnectorStore
from connector_registry.connectors.port import DraftRefused
from connector_registry.connectors.service import Catalogue
from connector_registry.credentials.book import CredentialBook
from connectors_shared.contract.facts import Kind, parse_key
from connectors_shared.egress import HttpRequest
from connectors_shared.egress.origin import parse_origin, split_url
from connectors_shared.egress.wire import RequestWriter
from connectors_shared.http.principal import Principal
from connectors_shared.runtime.clock import SystemClock
from connectors_shared.runtime.secrets import Keyring
from tests.unit.executor.hostile import JSON

KEYRING = Keyring({"k1": b"k" * 32})
WHO = Principal(user_id="ann", workspace_id=UUID(int=1))
Messages = list[tuple[str, bytes | None]]
INPUTS = ("name", "id", "x")
CONTEXT: dict[str, Any] = {"contactId": "c", "variables": {"a": {"b": 1}}}
SOUND = (
    *("{{input.name}}", "{{input.id}}", "{{ input.x[0].y }}", "{{input.x ?? null}}", '{{input.x ?? "}}"}}'),
    *("{{input.x ?? {} | json}}", "{{input.x | trim | base64}}", "{{context.contactId}}", "{{workspace.id | upper}}"),
    *("{{context.variables.a.b ?? [1, 2.50]}}", "a", "/", "?", "&", "=", "%", ":", "é", "@", "{{", "}"),
)
WRONG = (
    *("{{input.x | shout}}", "{{input.x + 1}}", "{{input.a.}}", "{{contact.id}}", "{{context.who}}", "{{workspace}}"),
    *("{{input.x ?? y}}", '{{input.x | date("%Y", "UTC")}}', "..", " ", "\n", "\\", '"', "["),
)
HOSTS = (
    "https://a..b/",
    "https://" + "a" * 70 + ".test/",
    "https://127.1/",
    "https://[fe80::1%25eth0]/",
    "ftp://a/",
    "",
)
AUTHS: list[dict[str, Any]] = [
    {"type": "none"},
    {"type": "bearer", "token": "t" * 20},
    {"type": "bearer", "config": {"token": "t" * 20}},
    {"type": "apikey", "key": "k", "name": "X-Key"},
    {"type": "apikey", "key": "k", "name": "Host", "location": "query"},
    {"type": "basic", "username": "ann", "password": "pässword"},
]
WRONG_AUTHS: list[dict[str, Any]] = [
    {"type": "bearer"},
    {"type": "apikey", "key": "k", "name": "X-A"},
    {"type": "apikey", "key": "k", "name": "Host"},
    {"type": "basic", "username": "a:b", "password": "p"},
    {"type": "oauth2"},
]
JSON_TEXTS = ('{"a": {{input.x}}}', '["{{input.x}}", 1]', "{{input.x}}")
WRONG_JSON_TEXTS = ('{"a": {{contact.x}}}', '{"a": ', "[1e999]", '["{{input.a.}}"]')
WINDOWS = ({"limit": 5, "seconds": 1}, {"limit": 1_000_000, "seconds": 60.5})
WRONG_WINDOWS = ({"limit": 0, "seconds": 1}, {"limit": 1, "seconds": 1e-300}, {"limit": 1_000_000, "seconds": 0.4})
SCHEMAS: list[dict[str, Any]] = [{}, {name: {} for name in INPUTS}, {name: {"default": "d"} for name in INPUTS}]
SCHEMAS += [
    {name: {"enum": ["value"], "pattern": "[a-z]+", "maxLength": 5, "label": "L"} for name in INPUTS},
    {
        "name": {"required": True, "minLength": 1},
        "id": {"default": "d", "format": "hostname"},
        "x": {"description": "any"},
    },
]
WRONG_SCHEMAS: list[dict[str, Any]] = [
    {name: {"type": "array", "items": {"properties": {}}} for name in INPUTS},
    {name: {"pattern": "["} for name in INPUTS},
    {name: {"enum": []} for name in INPUTS},
    {name: {"type": "integer", "default": "d"} for name in INPUTS},
    {"name": {"type": "text"}},
    {"a b": {}},
]


def drafts(*, sound: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Drafts whose parts are right one by one, or any."""

    def one_of(right: Sequence[Any], wrong: Sequence[Any]) -> st.SearchStrategy[Any]:
        return st.sampled_from([*right] if sound else [*right, *wrong])

    texts = st.lists(one_of(SOUND, WRONG), max_size=5).map("".join)
    urls = texts.map("https://api.test/".__add__) | st.just("http://[2001:db8::1]:8443")
    names = one_of(["X-A", "Accept", "Content-Type"], ["x-a", "Authorization", "Host", "a b", "{{input.x}}", ""])
    parameter = {
        "key": one_of(["q", "ü"], ["{{input.x}}", ""]),
        "valueType": one_of(["input", "static"], ["other"]),
        "inputField": one_of([*INPUTS, "input.x", "x[0]"], ["x }} y", "nope", ""]),
    }
    header_types = one_of(["static", "secret"], ["input"])
    leaves = texts | st.integers(-(2**60), 2**60) | st.booleans() | st.none()
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    )
    bodies = st.one_of(
        st.fixed_dictionaries({"bodyType": st.just("json"), "body": values.filter(lambda v: not isinstance(v, str))}),
        st.fixed_dictionaries(
            {"bodyType": st.just("form"), "body": st.dictionaries(st.text("ab"), leaves, max_size=3)}
        ),
        st.fixed_dictionaries({"bodyType": st.just("raw"), "body": texts}),
        st.fixed_dictionaries({"bodyType": st.just("json"), "body": one_of(JSON_TEXTS, WRONG_JSON_TEXTS)}),
    )
    if not sound:
        urls |= st.sampled_from(HOSTS) | texts
        kinds = st.sampled_from(["json", "form", "raw", "xml", None])
        bodies |= st.fixed_dictionaries({"bodyType": kinds, "body": values | JSON})
    config = st.fixed_dictionaries(
        {"method": one_of(["GET", "POST", "PATCH"], ["FETCH"]), "url": urls},
        optional={
            "headers": st.lists(
                st.fixed_dictionaries({"key": names, "value": texts}, optional={"valueType": header_types}),
                max_size=3,
                unique_by=lambda h: str(h["key"]),
            ),
            "queryParams": st.lists(
                st.fixed_dictionaries(
                    parameter,
                    optional={
                        "staticValue": texts,
                        "arrays": one_of(["repeat", "comma", "brackets"], ["pipes"]),
                        "nulls": one_of(["omit", "empty", "send"], ["skip"]),
                    },
                ),
                max_size=3,
            ),
            "responseTransform": one_of(["", "$.a", '{"b": c[0]}'], ["a[", "(", " "]),
            "rateLimit": st.fixed_dictionaries({"windows": st.lists(one_of(WINDOWS, WRONG_WINDOWS), max_size=2)}),
            "idempotencyHeader": one_of(["Idempotency-Key"], ["X-A", "a b", "host", ""]),
            "auth": one_of(AUTHS, WRONG_AUTHS),
        },
    )
    regions = one_of(
        [{}, {"url": "https://{{input.name}}.test:8443/{{input.id}}", "allowedHosts": ["VALUE.test", "other.test"]}],
        [
            {"url": "https://{{input.name}}.test/"},
            {"url": "https://{{input.name}}.test/", "allowedHosts": ["a b"]},
            {"url": "https://x.test:{{input.name}}/", "allowedHosts": ["x.test"]},
            {"allowedHosts": ["x.test"]},
        ],
    )
    parts = (config, bodies | st.just({}), regions)
    whole = st.builds(lambda first, second, third: first | second | third, *parts)
    fields = {"name": one_of(["n"], [""]), "config": whole, "input_schema": one_of(SCHEMAS, WRONG_SCHEMAS)}
    return st.fixed_dictionaries(fields)


def saved(draft: dict[str, Any]) -> Messages | DraftRefused:
    """The messages that are published about it, or the refusal."""
    store = InMemoryConnectorStore()
    catalogue = Catalogue(store, CredentialBook(KEYRING), Announced(), SystemClock())
    try:
        asyncio.run(catalogue.create(WHO, draft))
    except DraftRefused as refusal:
        return refusal
    return store.outgoing.messages


class Announced:
    async def published(self) -> bool:
        return True


def rendered(messages: Messages) -> HttpRequest:
    """The request of an execution that gives each input."""
    table = ConnectorTable()
    for key, message in messages:
        fact = parse_key(key.encode())
        assert fact is not None
        connector_id = fact.id
        if fact.kind is Kind.CONNECTOR:
            table.apply(connector_id, message)
        else:
            table.apply_credential(fact.id, message)
    plan = table.plan(connector_id)
    assert plan is not None
    assert plan.fault is None, plan.fault
    inputs = validate_inputs(dict.fromkeys(INPUTS, "value"), plan.request.inputs)
    assert isinstance(inputs, dict), inputs
    auth = Authorizer(KEYRING).authorize(plan)
    assert isinstance(auth, Authorized), auth
    request = render_request(plan, {"input": inputs, "context": CONTEXT, "workspace": {"id": "w"}}, "execution", auth)
    assert isinstance(request, HttpRequest), request
    return request


def written(request: HttpRequest) -> bytes:
    """What goes on the wire."""
    origin, target = split_url(request.url)
    return RequestWriter("test").render(request, parse_origin(origin).host_header, target)


def is_named(pointer: str, draft: Any) -> bool:
    """It leads to a part of the draft, or to one that its parent lacks."""
    *way, _last = pointer.split("/")[1:]
    for token in way:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(draft, list) and name.isdigit() and int(name) < len(draft):
            draft = draft[int(name)]
        elif isinstance(draft, dict) and name in draft:
            draft = draft[name]
        else:
            return False
    return pointer.startswith("/")


@given(drafts(sound=True) | drafts(sound=False))
@example({"name": "n", "config": {"method": "GET", "url": "https://api.test/../{{input.x}}"}, "input_schema": {}})
@example({"name": "n", "config": {"method": "GET", "url": "https://a..b/"}, "input_schema": {}})
def test_what_the_registry_saves_runs_and_what_it_refuses_has_a_place(draft: dict[str, Any]) -> None:
    outcome = saved(draft)
    if isinstance(outcome, DraftRefused):
        assert outcome.problem.errors
        assert all(is_named(problem.pointer, draft) and problem.detail for problem in outcome.problem.errors), (
            outcome.problem.errors
        )
    else:
        assert written(rendered(outcome))
