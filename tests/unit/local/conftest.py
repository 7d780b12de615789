"""A repository on loopback that can misbehave in every way seen in the wild."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class FakeRepository:
    """`faults[path]` is consumed one per request; an empty list means a faithful answer."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""

    def next_fault(self, path: str) -> str:
        waiting = self.faults.get(path, [])
        return waiting.pop(0) if waiting else "none"


def handler_for(repository: FakeRepository) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            repository.requests.append((self.path, wanted))
            fault = repository.next_fault(self.path)
            content = repository.files.get(self.path)
            if content is None or fault.isdigit():
                self.send_error(int(fault) if fault.isdigit() else 404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and fault != "no-range" else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            body = content[start:]
            if fault == "corrupt":
                body = bytes(byte ^ 0xFF for byte in body)
            if fault == "cut":
                body = body[: len(body) // 2]
                self.close_connection = True
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """The test looks at `requests` instead."""

    return Handler


@pytest.fixture
def repository() -> Iterator[FakeRepository]:
    fake = FakeRepository()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_for(fake)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        fake.address = f"http://127.0.0.1:{server.server_address[1]}"
        with contextlib.closing(server.socket):
            yield fake
            server.shutdown()
            thread.join()
