"""What the build of the console left in `built/`. A running registry sees a new build at once."""

import mimetypes
import secrets
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

BUILT: Final = Path(__file__).parent / "built"
NONCE: Final = "CONNECTORS_CSP_NONCE"
"""Stands in the built page for what is new in each answer."""
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FOREVER: Final = "public, max-age=31536000, immutable"
A_DAY: Final = "public, max-age=86400"
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
        response = await self._compressed(path, request) or await self._assets.get_response(path, request.scope)
        # The name of a bundle changes with what it holds; that of the icon does not.
        response.headers["Cache-Control"] = FOREVER if "-" in path else A_DAY
        response.headers["Vary"] = "Accept-Encoding"
        return response

    async def _compressed(self, path: str, request: Request) -> Response | None:
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return None
        try:
            response = await self._assets.get_response(f"{path}.gz", request.scope)
        except HTTPException:
            return None
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return response
