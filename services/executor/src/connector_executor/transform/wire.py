"""What goes over the pipe between the executor and a worker: MessagePack in frames with a 4-byte length."""

import struct
from typing import Final

import msgspec

_LENGTH: Final = struct.Struct("<I")
LENGTH_BYTES: Final = _LENGTH.size


class Request(msgspec.Struct, array_like=True, frozen=True):
    """`document` and `bindings` are JSON; an empty document means that there is none."""

    expression: str
    document: bytes
    bindings: bytes | None
    deadline_seconds: float


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """`value` is JSON, or None when the transform failed with `code`; a retiring worker exits after it.

    `seconds` is the processor time that the evaluation took."""

    value: bytes | None
    code: str = ""
    message: str = ""
    retiring: bool = False
    seconds: float = 0.0
    position: int | None = None


class Settings(msgspec.Struct, frozen=True):
    """What a worker is told on its command line, as JSON."""

    max_result_bytes: int
    cache_entries: int
    niceness: int = 0
    """Above 0: gives way to all else on the machine."""


READY: Final = Answer(None)

_encoder = msgspec.msgpack.Encoder()
_request_decoder = msgspec.msgpack.Decoder(Request)
_answer_decoder = msgspec.msgpack.Decoder(Answer)


def frame(message: Request | Answer) -> bytes:
    payload = _encoder.encode(message)
    return _LENGTH.pack(len(payload)) + payload


def length_of(header: bytes | bytearray) -> int:
    return int(_LENGTH.unpack_from(header)[0])


def decode_request(payload: bytes) -> Request:
    return _request_decoder.decode(payload)


class AnswerStream:
    """Cuts the bytes a worker writes into answers."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Answer]:
        self._buffer += data
        answers = []
        while (end := self._end_of_frame()) is not None:
            answers.append(_answer_decoder.decode(self._buffer[LENGTH_BYTES:end]))
            del self._buffer[:end]
        return answers

    def _end_of_frame(self) -> int | None:
        if len(self._buffer) < LENGTH_BYTES:
            return None
        end = LENGTH_BYTES + length_of(self._buffer)
        return end if len(self._buffer) >= end else None
