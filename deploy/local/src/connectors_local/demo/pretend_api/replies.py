"""How the pretend API answers: JSON, and problems in one shape."""

import json
from typing import Any, Final

from aiohttp import web

JSON: Final = "application/json"


def reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type=JSON, headers=headers)


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return reply({"error": {"status": status, "message": message}}, status, headers)
