"""Reading a response body within bounds, compressed or not."""

import zlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from .connection import Connection
from .reader import ResponseReader
from .refusal import bad_response, too_large
from .request import SendBounds

_GZIP_WINDOW: Final = 31
_ZLIB_WINDOW: Final = 15
_RAW_WINDOW: Final = -15
_DEFLATE_METHOD: Final = 8
_PIECE_BYTES: Final = 256 * 1024
"""What is inflated at once: one read from the network may be thousands of times as much."""
MOST_MEMBERS: Final = 10_000
"""Of one body. An empty one has 20 bytes and costs as much as inflating thousands."""
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_IDENTITY: Final = frozenset({"", "identity"})


class Inflater:
    """Incremental gzip (also of several members) or deflate (zlib or raw) with a bound on the output."""

    def __init__(self, encoding: str, max_output_bytes: int) -> None:
        self._gzip = encoding in _GZIP
        self._remaining = max_output_bytes
        self._stream: zlib._Decompress | None = None
        self._finished = 0

    def feed(self, data: bytes) -> Iterable[bytes]:
        """Yields what `data` inflates to, in pieces. Raises SendError (response_too_large, bad_response)."""
        while data := self._next_stream(data):
            stream = self._stream = self._stream or self._open(data)
            more = True
            while more:
                # One byte more than allowed tells "too much" from "exactly enough".
                most = min(self._remaining + 1, _PIECE_BYTES)
                try:
                    out = stream.decompress(data, most)
                except zlib.error:
                    raise bad_response("The response's compressed body is damaged.") from None
                self._remaining -= len(out)
                if self._remaining < 0:
                    raise too_large("body")
                if out:
                    yield out
                data = stream.unconsumed_tail
                more = not stream.eof and (bool(data) or len(out) == most)
            data = self._rest(stream)

    def finish(self) -> None:
        """Raises SendError (bad_response) when the stream stops in the middle."""
        if self._stream is not None:
            raise bad_response("The response's compressed body is cut short.")

    def _next_stream(self, data: bytes) -> bytes:
        """After a finished stream comes another gzip member, or padding that everyone ignores."""
        if self._stream is not None or not self._finished:
            return data
        data = data.lstrip(b"\0") if self._gzip else b""
        if data and self._finished >= MOST_MEMBERS:
            raise too_large("body")
        return data

    def _open(self, data: bytes) -> "zlib._Decompress":
        if self._gzip:
            return zlib.decompressobj(_GZIP_WINDOW)
        return zlib.decompressobj(_ZLIB_WINDOW if data[0] & 0x0F == _DEFLATE_METHOD else _RAW_WINDOW)

    def _rest(self, stream: "zlib._Decompress") -> bytes:
        if not stream.eof:
            return stream.unconsumed_tail
        self._stream = None
        self._finished += 1
        return stream.unused_data


Take = Callable[[int], Awaitable[None]]
"""Told of each piece of a body that comes in pieces, in bytes; returns when the next one may be read."""


def whole_body(reader: ResponseReader, bounds: SendBounds) -> bytes | None:
    """The body, if all of it has come and it is as it was sent; else `read_body` gets it. Raises SendError
    (response_too_large)."""
    if not reader.complete or reader.headers.get("Content-Encoding"):
        return None
    body = reader.take()
    if len(body) > bounds.max_wire_bytes or len(body) > bounds.max_body_bytes:
        raise too_large("body")
    return body


async def read_body(connection: Connection, bounds: SendBounds, take: Take) -> bytes:
    """The decompressed body. Raises SendError (response_too_large, bad_response) and what `Connection.more` raises."""
    encoding = connection.reader.headers.get("Content-Encoding", "").strip().lower()
    if encoding in _IDENTITY:
        return await _read_plain(connection, min(bounds.max_wire_bytes, bounds.max_body_bytes), take)
    if encoding not in _GZIP and encoding != "deflate":
        raise bad_response("The response's body has an encoding that was not asked for.")
    return await _read_compressed(connection, Inflater(encoding, bounds.max_body_bytes), bounds.max_wire_bytes, take)


async def _read_plain(connection: Connection, max_bytes: int, take: Take) -> bytes:
    blocks: list[bytes] = []
    size = 0
    while block := await connection.more():
        size += len(block)
        if size > max_bytes:
            raise too_large("body")
        blocks.append(block)
        await take(len(block))
    return b"".join(blocks)


async def _read_compressed(connection: Connection, inflater: Inflater, max_wire_bytes: int, take: Take) -> bytes:
    blocks: list[bytes] = []
    wire_bytes = 0
    while block := await connection.more():
        wire_bytes += len(block)
        if wire_bytes > max_wire_bytes:
            raise too_large("body")
        for piece in inflater.feed(block):
            blocks.append(piece)
            await take(len(piece))
    inflater.finish()
    return b"".join(blocks)
