"""Reading responses of HTTP/1.1 from whatever pieces they come in, without I/O.

llhttp judges every byte of a head and of what frames a body. It is given a whole head at once, so how the network cut
it changes nothing; where a message ends is known to the byte, so what comes after it is never taken for another answer.
"""

from enum import Enum, auto
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from multidict import CIMultiDict

from .refusal import bad_response, too_large
from .request import SendBounds

FIRST_FINAL_STATUS: Final = 200
SWITCHING_PROTOCOLS: Final = 101
MOST_INTERIM_RESPONSES: Final = 32
_BODILESS: Final = frozenset({SWITCHING_PROTOCOLS, 204, 304})
_LINE_ENDS: Final = b"\r\n"
_MOST_END_BYTES: Final = 6
_MOST_DIGITS: Final = 19


class _Framing(Enum):
    """How a body's end is known."""

    length = auto()
    chunks = auto()
    end_of_stream = auto()


def _parser_for(reader: object) -> HttpResponseParser:
    """It forgives what browsers forgive: bare line feeds, spaces after the size of a chunk, odd characters in values.
    None of that leaves in doubt where a message ends."""
    parser = HttpResponseParser(reader)
    parser.set_dangerous_leniencies(
        lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
    )
    return parser


class ResponseReader:
    """One response after another, of one connection.

    `status` is 0 until the head of the final response has come, and `announced_bytes` how long its body is if the head
    tells; `pieces`, of `unread_bytes`, are those of its body that nobody has taken yet. `keeps`: after this response,
    if it is `complete`, the connection can be used for another one.
    """

    __slots__ = (
        "_body_bytes",
        "_chunks",
        "_code",
        "_ended",
        "_framing",
        "_has_body",
        "_head",
        "_interim",
        "_left",
        "_lines",
        "_max_framing_bytes",
        "_max_header_bytes",
        "_max_header_count",
        "_parser",
        "_probe",
        "_tail",
        "_trailers",
        "announced_bytes",
        "complete",
        "headers",
        "keeps",
        "pieces",
        "received_bytes",
        "status",
        "unread_bytes",
    )

    def __init__(self) -> None:
        self._parser: HttpResponseParser | None = None
        self._probe: HttpResponseParser | None = None
        self.headers: CIMultiDict[str] = CIMultiDict()

    def begin(self, bounds: SendBounds, *, has_body: bool) -> None:
        """A request was sent. `has_body`: False for one whose response has none, whatever its head says."""
        self._max_header_bytes = bounds.max_header_bytes
        self._max_header_count = bounds.max_header_count
        # What is no body: the head, and how chunks are framed, of which each costs as much as hundreds of bytes.
        self._max_framing_bytes = bounds.max_header_bytes + bounds.max_framing_bytes
        self._has_body = has_body
        self._head = b""
        self._interim = self._trailers = 0
        self._lines: list[tuple[bytes, bytes]] = []
        self._code = 0
        self._ended = False
        self._framing = _Framing.length
        self.announced_bytes = self._left = self._body_bytes = self.unread_bytes = 0
        self.pieces: list[bytes] = []
        self.received_bytes = 0
        self.status = 0
        self.keeps = self.complete = False
        if self._parser is None:
            self._parser = _parser_for(self)

    def feed(self, data: bytes) -> None:
        """What was received. Raises SendError (response_too_large, bad_response) and HttpParserError; there is no going
        on after that."""
        self.received_bytes += len(data)
        if not self.status:
            data = self._read_heads(data)
            if not self.status:
                if self.received_bytes > self._max_header_bytes:
                    raise too_large("head")
                return
        if self.complete:
            # Nobody asked for more: left in the connection, it would answer the next request.
            if data:
                self.keeps = False
        elif self._framing is _Framing.length:
            self._read_counted(data)
        elif self._framing is _Framing.chunks:
            self._read_chunks(data)
        elif data:
            self._add(data)

    def end(self) -> bool:
        """The upstream will send no more. Is the response whole?"""
        if self.status and self._framing is _Framing.end_of_stream:
            self.complete = True
        return self.complete

    def discard(self) -> None:
        """There will be no other response; what has been read stays."""
        self._parser = self._probe = None

    def take(self) -> bytes:
        """What has come of the body since the last time."""
        pieces = self.pieces
        if not pieces:
            return b""
        self.pieces = []
        self.unread_bytes = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _add(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.unread_bytes += len(piece)

    def _read_heads(self, data: bytes) -> bytes:
        """The interim responses, which are dropped, and the final one's head; returns what comes after it."""
        new, looked_at = data, 0
        if self._head:
            looked_at = max(0, len(self._head) - 2)
            data = self._head + data
        while data:
            if data[0] in _LINE_ENDS and not self._head:
                data = new = data.lstrip(_LINE_ENDS)
            end = data.find(b"\n\r\n", looked_at) + 3
            bare = data.find(b"\n\n", looked_at, end if end > 2 else len(data))
            if bare >= 0:
                end = bare + 2
            elif end == 2:
                self._keep_part(data, new)
                return b""
            self._read_head(data[:end])
            data = new = data[end:]
            looked_at = 0
            if self.status:
                return data
        return b""

    def _keep_part(self, data: bytes, new: bytes) -> None:
        """What cannot become a head is found out now, and not when an endless wait for the rest of it ends."""
        self._head = data
        if self._probe is None:
            self._probe = _parser_for(object())
        try:
            self._probe.feed_data(new)
        except HttpParserUpgrade:
            raise HttpParserError("a head that ends without an end") from None

    def _read_head(self, head: bytes) -> None:
        self._head, self._probe = b"", None
        if len(head) > self._max_header_bytes:
            raise too_large("head")
        if b"\0" in head:
            raise HttpParserError("a null byte in a head")
        assert self._parser is not None
        self._code = 0
        try:
            self._parser.feed_data(head)
        except HttpParserUpgrade:  # it would let another protocol speak now
            self._ended = True
        if not self._code:
            raise HttpParserError("a head without an end")
        if self._code < FIRST_FINAL_STATUS and self._code != SWITCHING_PROTOCOLS:
            self._interim += 1
            if self._interim > MOST_INTERIM_RESPONSES:
                raise too_large("head")
            self._lines = []
            if not self._ended:  # it waits for a body, which no interim response has
                self._parser = _parser_for(self)
            self._ended = False
        else:
            self._begin_body()

    def _begin_body(self) -> None:
        if len(self._lines) > self._max_header_count:
            raise too_large("head")
        lines, self._lines = self._lines, []
        self.headers = headers = CIMultiDict(
            [
                (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape").strip(" \t"))
                for name, value in lines
            ]
        )
        self.status = self._code
        if not self._has_body:
            self.complete = True
            if not self._ended:  # it waits for the body that its head announces
                self._parser = None
        elif self.status in _BODILESS:
            self.complete = True
        elif (coding := headers.get("Transfer-Encoding")) is not None:
            self._begin_coded(", ".join(headers.getall("Transfer-Encoding", [coding])).lower())
        elif (length := headers.get("Content-Length")) is not None:
            is_number = length.isascii() and length.isdecimal() and len(length) <= _MOST_DIGITS
            self.announced_bytes = self._left = int(length) if is_number else -1
            self.complete = self._left == 0
        else:
            self._framing = _Framing.end_of_stream
            self.keeps = False
        if self._left < 0 or (self.complete and self._has_body and not self._ended):
            self.complete = False
            raise HttpParserError("a body whose end is in doubt")

    def _begin_coded(self, coding: str) -> None:
        if coding == "chunked":
            self._framing = _Framing.chunks
            self._chunks: list[bytes] = []
            self._tail = b""
        elif coding == "identity":
            self._framing = _Framing.end_of_stream
            self.keeps = False
        else:
            raise bad_response("The response's transfer has an encoding that was not asked for.")

    def _read_counted(self, data: bytes) -> None:
        if len(data) > self._left:
            data = data[: self._left]
            self.keeps = False
        if not data:
            return
        self._left -= len(data)
        self._add(data)
        assert self._parser is not None
        self._parser.feed_data(data)
        if not self._left:
            if not self._ended:
                raise HttpParserError("a body without an end")
            self.complete = True

    def _read_chunks(self, data: bytes) -> None:
        if not data:
            return
        self._tail = (self._tail + data)[-_MOST_END_BYTES:]
        assert self._parser is not None
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if self._trailers > self._max_header_count:
                raise too_large("head") from error
            if not self._ended:
                raise HttpParserError("chunks that are none") from error
            self.keeps = False
        if self._chunks:
            piece = b"".join(self._chunks)
            self._chunks.clear()
            self._body_bytes += len(piece)
            self._add(piece)
        if self.received_bytes - self._body_bytes > self._max_framing_bytes:
            raise too_large("body")
        if self._ended:
            self.complete = True
            if not _is_clean_end(self._tail):
                self.keeps = False

    # What llhttp tells, through httptools.

    def on_message_begin(self) -> None:
        if self.status:  # more than was asked for, after a body in chunks
            self.keeps = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:
            self._lines.append((name, value))
        elif not self._ended:
            self._trailers += 1  # nobody reads them
            if self._trailers > self._max_header_count:
                raise too_large("head")

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        if not self.status:
            self._code = self._parser.get_status_code()
            self.keeps = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        if self._framing is _Framing.chunks and not self._ended:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        self._ended = True


def _is_clean_end(tail: bytes) -> bool:
    """Whether a body in chunks ends here: llhttp passes over line ends that follow it."""
    return tail.endswith(b"\r\n\r\n") and not tail.endswith(b"\r\n\r\n\r\n")
