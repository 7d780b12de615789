"""Where a request ends must be beyond doubt: a proxy in front that sees another end takes the rest for another request.

h11 takes a request with both `Transfer-Encoding` and `Content-Length`, which RFC 9112 6.3 lets a server refuse, and one
of HTTP/1.0 with `Transfer-Encoding`, whose framing 6.1 calls faulty.
"""

from typing import Any

import h11


class StrictConnection(h11.Connection):
    """Raises RemoteProtocolError for those, which uvicorn answers with 400 before it closes the connection."""

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request) and _is_doubtful(event):
            raise h11.RemoteProtocolError("where the request ends is in doubt")
        return event


def _is_doubtful(request: h11.Request) -> bool:
    names = [name for name, _ in request.headers]
    if b"transfer-encoding" not in names:
        return False
    return b"content-length" in names or request.http_version < b"1.1"
