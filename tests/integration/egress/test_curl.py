"""The cURL command of a trial sends the very bytes that the sender has sent: run by a real shell."""

import asyncio
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connector_executor.stages.authorize import Authorized
from connector_executor.trials.curl import curl_command
from connector_executor.trials.sent import as_sent, sent_headers
from connector_executor.trials.trace import Observed
from connectors_shared.egress import HttpRequest, LlhttpSender, Needles, SendBounds
from connectors_shared.egress.watch import Watch
from connectors_shared.runtime.clock import SystemClock
from tests.integration.egress.conftest import MakeSender, Serve

SHELLS = [shell for shell in ("sh", "bash") if shutil.which(shell)]
CURL = shutil.which("curl")
HOSTILE = 'it\'s "$HOME" `id` $(id) \\ !! \n\t {a,b} [1-3] %20 ü😀 @file'
SECRET = "s3cret-'$x\"`y`-with everything"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Recorder:
    """Keeps every request, byte for byte."""

    seen: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            found = LENGTH.search(head)
            body = await reader.readexactly(int(found[1])) if found else b""
            self.seen.append(head + body)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()


@dataclass
class Bench:
    sender: LlhttpSender
    recorder: Recorder
    port: int
    script: Path

    async def sent(self, request: HttpRequest, authorized: Authorized) -> tuple[bytes, str, dict[str, str]]:
        """What the sender wrote, the command for it, and the variables that it needs."""
        request.watch = Watch()
        await self.sender.send(request, SendBounds())
        attempt = Observed(request, SystemClock().now(), request.watch, 0.0, 0.0, 0.0, 0.0)
        url, headers = as_sent(request.url), sent_headers(attempt)
        command, variables = curl_command(request.method, url, headers, request.body, 30, authorized)
        return self.recorder.seen[-1], command, {each.name: each.holds for each in variables}

    async def run(self, shell: str, command: str, variables: dict[str, str]) -> bytes:
        names = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"} | variables
        self.script.write_text(command)
        process = await asyncio.create_subprocess_exec(
            shell, self.script, env=names, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        _, complaint = await process.communicate()
        assert process.returncode == 0, complaint.decode()
        return self.recorder.seen[-1]


@pytest.fixture
async def bench(serve: Serve, make_sender: MakeSender, tmp_path: Path) -> Bench:
    assert CURL, "this test needs curl on the PATH"
    recorder = Recorder()
    port = await serve(recorder)
    return Bench(await make_sender(f"127.0.0.1:{port}"), recorder, port, tmp_path / "command.sh")


def in_parts(message: bytes) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
    """Request line, headers in any order, body."""
    head, _, body = message.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    split = [header.partition(b":")[::2] for header in headers]
    return line, sorted((name.lower(), value.strip()) for name, value in split), body


def a_request(port: int, **fields: Any) -> HttpRequest:
    usual: dict[str, Any] = {"method": "GET", "url": f"http://127.0.0.1:{port}/a", "headers": ()}
    return HttpRequest(**usual | fields)


REQUESTS: list[dict[str, Any]] = [
    {"url": "/v2/[x]/{y}/../z;a?b=%27&c=[1-3]&d={q}#frag"},
    {"method": "POST", "body": HOSTILE.encode(), "headers": (("X-A", 'it\'s "$HOME" `id` \\ !'), ("X-Empty", ""))},
    {"method": "POST"},
    {"method": "DELETE", "headers": (("Content-Type", "application/json"), ("Accept", "text/csv"))},
    {"method": "PUT", "body": b"@/etc/passwd", "headers": (("Content-Type", "text/plain"), ("User-Agent", "me"))},
    {"method": "HEAD"},
    {"method": "POST", "body": b"a\0b\xff"},
    {"method": "POST", "body": ("x'" * 80_000).encode()},
    {"method": "POST", "body": b"y" * 1_200_000},
]


@pytest.mark.parametrize("shell", SHELLS)
async def test_the_command_sends_the_same_bytes(bench: Bench, shell: str) -> None:
    for fields in REQUESTS:
        url = f"http://127.0.0.1:{bench.port}{fields.get('url', '/a?b=c')}"
        sent, command, _ = await bench.sent(a_request(bench.port, **fields | {"url": url}), Authorized())
        assert in_parts(await bench.run(shell, command, {})) == in_parts(sent)


async def test_secrets_are_variables_and_nowhere_in_the_command(bench: Bench) -> None:
    key = uuid4().hex
    authorized = Authorized([("Authorization", f"Bearer {SECRET}")], [("api key", key)], Needles([SECRET, key]))
    request = a_request(
        bench.port,
        method="POST",
        url=f"http://127.0.0.1:{bench.port}/a?api%20key={key}",
        headers=(("X-Repeated", f"<{SECRET}>"), ("Authorization", f"Bearer {SECRET}")),
        body=f"twice {SECRET} and {SECRET}".encode(),
    )
    sent, command, variables = await bench.sent(request, authorized)
    assert SECRET not in command
    assert key not in command
    assert set(variables) == {"AUTHORIZATION", "API_KEY"}
    assert "Bearer" in variables["AUTHORIZATION"]
    secrets = {"AUTHORIZATION": SECRET, "API_KEY": key}
    assert in_parts(await bench.run("sh", command, secrets)) == in_parts(sent)


async def test_a_secret_that_is_not_set_sends_nothing(bench: Bench) -> None:
    authorized = Authorized([("X-Key", "abcdefgh")], [], Needles(["abcdefgh"]))
    _, command, _ = await bench.sent(a_request(bench.port, headers=(("X-Key", "abcdefgh"),)), authorized)
    count = len(bench.recorder.seen)
    with pytest.raises(AssertionError, match="X_KEY"):
        await bench.run("sh", command, {})
    assert len(bench.recorder.seen) == count
