"""TLS of upstream connections, whose sessions (RFC 8446, 2.2) are taken up again.

With one the next connection to a host needs no certificate and no signature.

A host's session is given back to that host name alone, and works with nobody who is not the server that was verified.
"""

import asyncio
import ssl
from collections import OrderedDict
from typing import Any, Final

MOST_HOSTS: Final = 256
"""Whose sessions are kept; each takes some kilobytes, as the certificates of the host are part of it."""


class ResumingContext(ssl.SSLContext):
    """For clients. Both event loops make a connection's TLS by `wrap_bio`, and give no session to it."""

    _sessions: OrderedDict[str, ssl.SSLSession]

    @classmethod
    def trusting(cls, cafile: str | None = None) -> "ResumingContext":
        """Certificates and host names always verified, by the system's store (or what SSL_CERT_FILE names) or `cafile`.
        Reads files."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context._sessions = OrderedDict()
        if cafile is None:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        else:
            context.load_verify_locations(cafile)
        return context

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        known = self._sessions.get(server_hostname) if isinstance(server_hostname, str) else None
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session or known)

    def remember(self, connection: ssl.SSLObject) -> None:
        """Once something was read of it: in TLS 1.3 a server gives its tickets after the handshake."""
        host, session = connection.server_hostname, connection.session
        if host is None or session is None or not session.has_ticket:
            return
        self._sessions[host] = session
        self._sessions.move_to_end(host)
        if len(self._sessions) > MOST_HOSTS:
            self._sessions.popitem(last=False)

    def forget(self, host: str) -> None:
        """A handshake with it failed: not twice because of a session that a server cannot bear."""
        self._sessions.pop(host, None)

    def known_hosts(self) -> list[str]:
        return list(self._sessions)


def remember_session(transport: asyncio.BaseTransport | None) -> None:
    """Of a connection on which an answer was read; of a plain one there is none."""
    connection: Any = None if transport is None else transport.get_extra_info("ssl_object")
    if connection is not None and isinstance(connection.context, ResumingContext):
        connection.context.remember(connection)
