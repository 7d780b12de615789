"""Somebody brings the stack up, creates a connector with curl, and sends one execution from a file."""

import json
import os
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(240)
DIRECT: dict[str, Any] = {"trust_env": False, "timeout": 60.0}
"""Without a proxy of the shell; a busy machine may take its time."""


class Shell:
    """The commands of the local stack on a state folder of their own."""

    def __init__(self, state: Path) -> None:
        self._environment = os.environ | {"CONNECTORS_STATE_DIR": str(state)}

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "connectors_local.cli", *arguments],
            env=self._environment,
            cwd=PROJECT,
            capture_output=True,
            input=text,
            text=True,
            timeout=200,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        lines = self.run("env").stdout.splitlines()
        return dict(shlex.split(line.removeprefix("export "))[0].split("=", 1) for line in lines if line)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    shell = Shell(tmp_path_factory.mktemp("stack"))
    started = shell.run("up")
    assert started.returncode == 0, started.stdout + started.stderr
    yield shell
    stopped = shell.run("down")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr


@pytest.fixture(scope="module")
def environment(shell: Shell) -> dict[str, str]:
    return shell.environment()


def client(environment: dict[str, str], token: str = "CONNECTORS_TOKEN") -> httpx2.Client:
    return httpx2.Client(
        base_url=environment["CONNECTORS_REGISTRY_URL"],
        headers={"Authorization": f"Bearer {environment[token]}"},
        **DIRECT,
    )


def create(environment: dict[str, str], **config: Any) -> str:
    body = {
        "name": "By hand",
        "config": {"method": "GET", "url": "http://169.254.169.254/{{input.path}}", **config},
        "input_schema": {"path": {"type": "string", "required": True}},
    }
    with client(environment) as api:
        answer = api.post("/api/connectors", json=body)
    assert answer.status_code == 201, answer.text
    connector_id: str = answer.json()["id"]
    return connector_id


def test_the_environment_names_everything_that_runs(environment: dict[str, str]) -> None:
    assert set(environment) >= {
        "CONNECTORS_REGISTRY_URL",
        "CONNECTORS_MAPPER_URL",
        "CONNECTORS_EXECUTOR_URL",
        "CONNECTORS_CONSOLE_URL",
        "CONNECTORS_TOKEN",
        "CONNECTORS_OTHER_TOKEN",
        "KAFKA_BOOTSTRAP_SERVERS",
        "DATABASE_URL",
        "REDIS_URL",
    }
    for name in ("REGISTRY", "MAPPER", "EXECUTOR"):
        with httpx2.Client(base_url=environment[f"CONNECTORS_{name}_URL"], **DIRECT) as service:
            assert service.get("/readyz").json() == {"status": "ready"}
    for name in ("REGISTRY_INTERNAL", "MAPPER_INTERNAL", "EXECUTOR"):
        with httpx2.Client(base_url=environment[f"CONNECTORS_{name}_URL"], **DIRECT) as service:
            assert "connectors_" in service.get("/metrics").text


def test_what_is_for_operators_is_not_on_the_public_port(environment: dict[str, str]) -> None:
    for name in ("REGISTRY", "MAPPER"):
        for path in ("/metrics", "/docs", "/openapi.json"):
            public, internal = (f"{environment[f'CONNECTORS_{name}{part}_URL']}{path}" for part in ("", "_INTERNAL"))
            assert httpx2.get(public, **DIRECT).status_code == 404
            assert httpx2.get(internal, **DIRECT).status_code == 200


SERVED = ("REGISTRY", "REGISTRY_INTERNAL", "MAPPER", "MAPPER_INTERNAL", "EXECUTOR", "FLOWS")


@pytest.mark.parametrize("name", SERVED)
def test_a_request_whose_end_is_in_doubt_is_refused_by_every_service(environment: dict[str, str], name: str) -> None:
    address = urlsplit(environment[f"CONNECTORS_{name}_URL"])
    head = b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(head + b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answered = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1 ") == 1


def test_contacts_answer_under_the_origin_of_the_registry(environment: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {environment['CONNECTORS_TOKEN']}"}
    origins = [environment[f"CONNECTORS_{name}_URL"] for name in ("REGISTRY", "MAPPER")]
    made = httpx2.post(f"{origins[0]}/api/contacts", json={"first_name": "Ann"}, headers=headers, **DIRECT)
    assert made.status_code == 201, made.text
    path = f"/api/contacts/{made.json()['id']}"
    found = [httpx2.get(origin + path, headers=headers, **DIRECT) for origin in origins]
    assert found[0].content == found[1].content
    flow = {"Authorization": f"Bearer {environment['CONNECTORS_FLOW_TOKEN']}"}
    refused = httpx2.get(origins[0] + path, headers=flow, **DIRECT)
    assert (refused.status_code, refused.headers["www-authenticate"].count("contacts:read")) == (403, 1)


def test_a_flow_runs_connectors_and_changes_none(environment: dict[str, str]) -> None:
    connector = f"{environment['CONNECTORS_REGISTRY_URL']}/api/connectors/{create(environment)}"
    headers = {"Authorization": f"Bearer {environment['CONNECTORS_FLOW_TOKEN']}"}
    called = httpx2.post(f"{connector}/execute", json={"inputs": {"path": "latest"}}, headers=headers, **DIRECT)
    assert called.json()["error"]["type"] == "address_refused"
    changed = httpx2.put(connector, json={"name": "Mine"}, headers=headers, **DIRECT)
    assert changed.status_code == 403
    assert "connectors:edit" in changed.json()["detail"]


def test_an_execution_right_after_the_create_is_answered(shell: Shell, environment: dict[str, str]) -> None:
    connector_id = create(environment)
    event = {"connectorId": connector_id, "inputs": {"path": "latest"}}
    sent = shell.run("send", "-", text=json.dumps(event))

    assert sent.returncode == 1, sent.stdout + sent.stderr
    result = json.loads(sent.stdout)
    assert result["connectorId"] == connector_id
    assert result["error"]["type"] == "address_refused"


def test_who_waits_gets_the_outcome_over_rest(environment: dict[str, str]) -> None:
    connector_id = create(environment)
    order = {"inputs": {"path": "latest"}, "context": {"flowRunId": "run", "stepId": "step"}}
    with client(environment) as api:
        answer = api.post(f"/api/connectors/{connector_id}/execute", json=order)
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is False
    assert answer.json()["error"]["type"] == "address_refused"
    with client(environment, "CONNECTORS_OTHER_TOKEN") as other:
        assert other.post(f"/api/connectors/{connector_id}/execute", json=order).status_code == 404


class Recorded(BaseHTTPRequestHandler):
    """An API that keeps what it was sent."""

    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    quiet: ClassVar[bool] = False
    """It asks for a year of it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, dict(self.headers), body))
        self.send_response(429 if self.quiet else 200)
        if self.quiet:
            self.send_header("Retry-After", str(365 * 86_400))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"person": {"name": "Jose"}}')

    def log_message(self, *_arguments: Any) -> None:
        return


@pytest.fixture
def recording_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorded) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


def test_a_draft_is_tried_and_its_command_does_the_same(
    environment: dict[str, str], recording_port: int, tmp_path: Path
) -> None:
    secret = f"canary-{uuid4().hex}"
    draft = {
        "name": "Draft",
        "config": {
            "method": "POST",
            "url": f"http://127.0.0.1:{recording_port}/people/{{{{input.id}}}}",
            "auth": {"type": "bearer", "token": secret},
            "bodyType": "json",
            "body": {"phone": "{{input.phone}}"},
            "responseTransform": "person",
        },
        "input_schema": {"id": {}, "phone": {"default": "it's"}},
    }
    with client(environment) as api:
        granted = api.post(
            "/api/network-grants", json={"host": "127.0.0.1", "port": recording_port, "reason": "a test"}
        )
        assert granted.status_code == 201, granted.text
        answer = api.post("/api/connectors/test", json={"connector": draft, "inputs": {"id": "a b"}})
        assert api.get("/api/connectors", params={"q": "Draft"}).json()["connectors"] == []
        wrong = api.post("/api/transform/preview", json={"expression": "person.name + ", "sample": {"person": {}}})
    assert answer.status_code == 200, answer.text
    assert secret not in answer.text
    report = answer.json()
    assert (report["success"], report["output"]) == (True, {"name": "Jose"})
    assert report["outputSchema"]["properties"] == {"name": {"type": "string"}}
    assert {"queue", "connect", "firstByte", "download", "transform"} <= set(report["attempts"][0]["timings"])
    [preview] = wrong.json()["previews"]
    assert (preview["success"], preview["error"]["code"], preview["error"]["position"]) == (False, "syntax", 14)
    script = tmp_path / "command.sh"
    script.write_text(report["request"]["curl"])
    subprocess.run(["sh", script], env=os.environ | {"AUTHORIZATION": secret}, check=True, capture_output=True)
    by_executor, by_curl = Recorded.seen
    assert by_executor == by_curl
    assert by_executor[1]["Authorization"] == f"Bearer {secret}"


def test_an_api_that_asked_for_a_year_of_quiet_is_tried_when_its_owner_wants_it(
    environment: dict[str, str], recording_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"method": "POST", "url": f"http://127.0.0.1:{recording_port}/", "bodyType": "json", "body": {}}
    with client(environment) as api:
        api.post("/api/network-grants", json={"host": "127.0.0.1", "port": recording_port, "reason": "a test"})
        made = api.post("/api/connectors", json={"name": "Quiet", "config": config | {"responseTransform": "person"}})
        connector = f"/api/connectors/{made.json()['id']}"
        monkeypatch.setattr(Recorded, "quiet", True)
        asked = api.post(f"{connector}/execute", json={})
        monkeypatch.setattr(Recorded, "quiet", False)
        refused = api.post(f"{connector}/execute", json={})
        assert [each.status_code for each in (asked, refused)] == [429, 429], refused.text
        health = api.get(f"{connector}/health").json()
        assert (health["state"], health["cause"]["code"]) == ("limited", "rate_limited")
        with client(environment, "CONNECTORS_OTHER_TOKEN") as other:
            assert other.post(f"{connector}/resume").status_code == 404
        with client(environment, "CONNECTORS_FLOW_TOKEN") as flow:
            assert flow.post(f"{connector}/resume").status_code == 403
        resumed = [api.post(f"{connector}/resume").json() for _ in range(2)]
        assert resumed == [{"lifted": ["rate_limited"], "parked": 0}, {"lifted": [], "parked": 0}]
        assert api.post(f"{connector}/execute", json={}).json()["data"] == {"name": "Jose"}
        noted = api.get("/api/audit", params={"action": "resumed"}).json()["entries"]
    assert {each["thing"]["name"] for each in noted} == {"Quiet"}


def test_the_page_of_the_python_client_can_be_copied_and_run(
    environment: dict[str, str], recording_port: int, tmp_path: Path
) -> None:
    Recorded.seen.clear()
    with client(environment) as api:
        granted = api.post(
            "/api/network-grants", json={"host": "127.0.0.1", "port": recording_port, "reason": "a test"}
        )
        assert granted.status_code == 201, granted.text
        config = {"method": "POST", "url": f"http://127.0.0.1:{recording_port}/", "bodyType": "json", "body": {}}
        made = api.post("/api/connectors", json={"name": "By page", "config": config | {"responseTransform": "person"}})
    assert made.status_code == 201, made.text
    page = (PROJECT / "clients/python/README.md").read_text("utf-8")
    program = tmp_path / "page.py"
    program.write_text("\n".join(part.split("```")[0] for part in page.split("```python")[1:]))
    ran = subprocess.run(
        [sys.executable, program],
        env=os.environ | environment | {"CONNECTOR_ID": made.json()["id"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert [line for line in ran.stdout.splitlines() if line.startswith("{")] == ["{'name': 'Jose'}"] * 2
    assert len(Recorded.seen) == 2


def test_a_missing_input_comes_back_by_name(shell: Shell, environment: dict[str, str]) -> None:
    sent = shell.run("send", "-", text=json.dumps({"connectorId": create(environment)}))
    assert "path is required" in json.loads(sent.stdout)["error"]["message"]


def test_a_wrong_event_is_refused_before_it_is_sent(shell: Shell) -> None:
    sent = shell.run("send", "-", text=json.dumps({"connectorId": "no uuid"}))
    assert sent.returncode == 2
    assert "connectorId" in sent.stderr


def test_another_workspace_sees_nothing(environment: dict[str, str]) -> None:
    connector_id = create(environment)
    with client(environment, "CONNECTORS_OTHER_TOKEN") as other:
        assert other.get(f"/api/connectors/{connector_id}").status_code == 404
        assert connector_id not in other.get("/api/connectors").text


def test_a_secret_is_masked_everywhere(environment: dict[str, str]) -> None:
    secret = f"canary-{uuid4().hex}"
    connector_id = create(environment, auth={"type": "bearer", "token": secret})
    with client(environment) as api:
        answer = api.get(f"/api/connectors/{connector_id}")
    assert secret not in answer.text
    assert answer.json()["config"]["auth"]["token"] == "••••" + secret[-4:]


def test_the_demo_can_be_told_again_on_a_stack_that_runs(shell: Shell) -> None:
    for _ in range(2):
        told = shell.run("demo", "--once")
        assert told.returncode == 0, told.stdout + told.stderr
        assert told.stdout.rstrip().splitlines()[-1].startswith("demo: ok 100/100"), told.stdout
