"""What the build of the console left in `built/`. A running registry sees a new build at once."""

import hashlib
import mimetypes
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

BUILT: Final = Path(__file__).parent / "built"
NONCE: Final = "CONNECTORS_CSP_NONCE"
"""Stands in the built page for what is new in each answer."""
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FOREVER: Final = "public, max-age=31536000, immutable"
A_DAY: Final = "public, max-age=86400"
MOST_KEPT_BYTES: Final = 16 * 1024 * 1024
"""In memory, of the assets that never change."""
NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Connectors</title>
<h1>The console is not built</h1>
<p>The API answers under <code>/api</code>. In a checkout, <code>make console</code> builds the console;
a released package contains it.</p></html>
"""


class ConsoleFiles:
    """`folder` may be empty, or filled later."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder = folder
        self._assets = StaticFiles(directory=folder / "assets", check_dir=False)
        self._kept: dict[tuple[str, bool], _Asset] = {}
        self._kept_bytes = 0
        self._keeping = Lock()

    def page(self) -> Response:
        """The one page, whatever its address: the console reads that itself."""
        try:
            text = (self._folder / "index.html").read_text("utf-8")
        except FileNotFoundError:
            return HTMLResponse(NOT_BUILT, 503, {"Retry-After": "10"})
        nonce = secrets.token_urlsafe(16)
        headers = {"Content-Security-Policy": POLICY.format(nonce=nonce), "Referrer-Policy": "same-origin"}
        return HTMLResponse(text.replace(NONCE, nonce), headers=headers)

    async def asset(self, path: str, request: Request) -> Response:
        """Compressed by the build where that is smaller. Raises HTTPException (404)."""
        packed = "gzip" in request.headers.get("accept-encoding", "")
        kept = self._kept.get((path, packed)) or await run_in_threadpool(self._read, path, packed=packed)
        if kept is None:
            raise HTTPException(404)
        if self._assets.is_not_modified(Headers(kept.headers), request.headers):
            return NotModifiedResponse(Headers(kept.headers))
        return Response(kept.body, headers=kept.headers)

    def _read(self, path: str, *, packed: bool) -> "_Asset | None":
        body = self._bytes(f"{path}.gz") if packed else None
        encoding = {} if body is None else {"Content-Encoding": "gzip"}
        if body is None:
            body = self._bytes(path)
        if body is None:
            return None
        # The name of a bundle changes with what it holds; that of the icon does not.
        is_for_ever = "-" in path
        headers = {
            "Cache-Control": FOREVER if is_for_ever else A_DAY,
            "Content-Type": mimetypes.guess_type(path)[0] or "application/octet-stream",
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Vary": "Accept-Encoding",
            **encoding,
        }
        asset = _Asset(body, headers)
        if is_for_ever:
            self._keep((path, packed), asset)
        return asset

    def _bytes(self, path: str) -> bytes | None:
        try:
            place, _ = self._assets.lookup_path(path)
            return Path(place).read_bytes() if place else None
        except (OSError, ValueError):  # none, a folder, or a name that no file has
            return None

    def _keep(self, name: tuple[str, bool], asset: "_Asset") -> None:
        with self._keeping:
            self._kept_bytes += len(asset.body)
            if self._kept_bytes > MOST_KEPT_BYTES:  # of builds that are gone
                self._kept.clear()
                self._kept_bytes = len(asset.body)
            self._kept[name] = asset


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    headers: Mapping[str, str]
